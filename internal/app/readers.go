package app

import (
	"slices"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/database"
	"github.com/luodi/luodi/internal/reader/ocr"
	"github.com/luodi/luodi/internal/source"
)

// readers are those of formats that need a library, besides source's own.
var readers = []source.Reader{}

// readers are all that the project's files may need.
func (a *App) readers() []source.Reader {
	return append(slices.Clip(readers), a.pdf, database.Reader{})
}

// recogniser is the project's OCR program, nil where it names none.
func recogniser(p *project.Project) *ocr.Command {
	if p.OCR == "" {
		return nil
	}
	return &ocr.Command{Line: p.OCR}
}
