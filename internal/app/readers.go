package app

import (
	"slices"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/database"
	"github.com/luodi/luodi/internal/reader/docx"
	"github.com/luodi/luodi/internal/reader/eml"
	"github.com/luodi/luodi/internal/reader/legacy"
	"github.com/luodi/luodi/internal/reader/ocr"
	"github.com/luodi/luodi/internal/reader/parquet"
	"github.com/luodi/luodi/internal/reader/pptx"
	"github.com/luodi/luodi/internal/reader/xlsx"
	"github.com/luodi/luodi/internal/source"
)

// readers are those of formats that need a library, besides source's own, and
// nothing of the project.
var readers = office()

func office() []source.Reader {
	word, sheet, slides := docx.Reader{}, xlsx.Reader{}, pptx.Reader{}
	return append([]source.Reader{word, sheet, slides, parquet.Reader{}}, legacy.Readers(word, sheet, slides)...)
}

// readers are all that the project's files may need. Mails read their
// attachments through those of files.
func (a *App) readers() []source.Reader {
	files := append(slices.Clip(readers), a.pdf)
	return append(files, eml.Reader{Readers: slices.Clip(files)}, database.Reader{})
}

// recogniser is the project's OCR program, nil where it names none.
func recogniser(p *project.Project) *ocr.Command {
	if p.OCR == "" {
		return nil
	}
	return &ocr.Command{Line: p.OCR}
}
