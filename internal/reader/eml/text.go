package eml

import (
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/html"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/charset"
)

// charsetReader decodes the encoded words of headers.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "gb2312", "gbk", "cp936":
		name = "gb18030"
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, errs.Invalid("there is no charset %q", name)
	}
	return e.NewDecoder().Reader(r), nil
}

// number is a part's place in the tree of parts.
func number(p *enmime.Part) string {
	if p.PartID == "" || p.PartID == "0" {
		return "1"
	}
	return p.PartID
}

// text writes a part of the message's own text.
func (m *message) text(p *enmime.Part) error {
	raw := p.Content
	s := string(raw)
	if p.Charset == "" || strings.EqualFold(p.Charset, "us-ascii") {
		if t, err := charset.Decode(raw); err == nil {
			s = t.String
		}
	}
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "�")
	if p.ContentType == "text/html" {
		_, s, _ = html.Extractor{}.Extract(s)
	}
	at := source.Location{Part: number(p)}
	quoted, offset, gap := false, 0, 2
	for line := range strings.Lines(s) {
		at.Start, at.End = offset, offset+len(line)
		offset = at.End
		text := strings.TrimRight(line, "\n \t")
		if strings.TrimSpace(text) == "" {
			gap = 2
			continue
		}
		quoted = quoted || p.ContentType == "text/plain" && original().MatchString(text)
		at.Role = ""
		if quoted || strings.HasPrefix(strings.TrimSpace(text), ">") {
			at.Role = "quoted"
		}
		if strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t") {
			text = strings.TrimLeft(text, " \t")
		}
		m.out.Block(gap, "", []layout.Piece{{Text: text, At: at}})
		gap = 1
	}
	return nil
}

// original is the line after which mail programs put the mail that is
// answered. It is made for the first mail: it takes a quarter of a megabyte.
var original = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(-{2,}\s*(original message|原始邮件|原始郵件|ursprüngliche nachricht|forwarded message|转发邮件|轉寄郵件|回复的原邮件)\s*-{2,}|on .{6,200} wrote:|在?\s*\d{4}\s*[-/年].{4,120}(写道|寫道)\s*[:：]|_{20,})\s*$`)
})
