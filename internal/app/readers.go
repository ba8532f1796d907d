package app

import (
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/database"
	"github.com/luodi/luodi/internal/reader/ocr"
	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/source"
)

// readers are those that need nothing of the project.
var readers = office.Readers()

// readers are all that the project's files may need. Mails read their
// attachments through those of files.
func (a *App) readers() []source.Reader {
	return append(office.Readers(a.pdf), database.Reader{})
}

// recogniser is the project's OCR program, nil where it names none.
func recogniser(p *project.Project) *ocr.Command {
	if p.OCR == "" {
		return nil
	}
	return &ocr.Command{Line: p.OCR}
}
