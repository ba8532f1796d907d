// Package office is the list of readers that a project has for the files of
// offices: Word, Excel, PowerPoint, Parquet, their older forms, and mails,
// whose attachments are read by the same list.
//
// It exists so that the readers are tested together as they are used: against
// files of another tool, a generated corpus whose every fact has a known place,
// files that were made to harm, and bytes that a fuzzer made up.
//
// It opens nothing by itself; each format's package says what it keeps.
package office

import (
	"slices"

	"github.com/luodi/luodi/internal/reader/docx"
	"github.com/luodi/luodi/internal/reader/eml"
	"github.com/luodi/luodi/internal/reader/legacy"
	"github.com/luodi/luodi/internal/reader/parquet"
	"github.com/luodi/luodi/internal/reader/pptx"
	"github.com/luodi/luodi/internal/reader/xlsx"
	"github.com/luodi/luodi/internal/source"
)

// Readers are those of office files; extra ones also read attachments, and
// come first.
func Readers(extra ...source.Reader) []source.Reader {
	word, sheet, slides := docx.Reader{}, xlsx.Reader{}, pptx.Reader{}
	files := append(slices.Clone(extra), word, sheet, slides, parquet.Reader{})
	files = append(files, legacy.Readers(word, sheet, slides)...)
	return append(files, eml.Reader{Readers: slices.Clip(files)})
}
