// Package eml reads mails (.eml): the message as one document, and every
// attachment through the reader of its own format, as if it were a file beside
// it. Its records are addressed mail.eml!2/contract.docx, where 2 is the
// number of the mime part, and so are mails in mails.
//
// The message is its subject as heading, the lines From, To, Cc and Date (as
// ISO 8601) and the text; of the forms that a mail gives its text in, plain
// text is taken, else the content of the html. Charsets are those that the
// parts declare, with GB 18030 in the place of its subsets; where none is
// declared it is decided on bytes. What is quoted from earlier mails is kept
// and marked quoted.
//
// An attachment that cannot be read is named in a note with the reason, and
// spoils nothing else. Pictures and signatures are not read; nothing is
// fetched.
package eml

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/mail"
	"path"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// The limits of a mail: bytes, parts, and mails in each other.
const (
	maxBytes = 128 << 20
	maxParts = 1000
	maxDepth = 5
)

// Reader is a source.Reader. Its zero value reads attachments in the formats
// that package source reads.
type Reader struct {
	Readers []source.Reader // of attachments, besides those of package source
	depth   int
}

// Format implements source.Reader.
func (Reader) Format() string { return "eml" }

// Version implements source.Reader.
func (Reader) Version() int { return 1 }

// Extensions implements source.Reader.
func (Reader) Extensions() []string { return []string{".eml"} }

// Read implements source.Reader.
func (r Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	if len(in.Raw) > maxBytes {
		return nil, errs.Invalid("the mail has %d MiB, the limit is %d; save its attachments as files of their own", len(in.Raw)>>20, maxBytes>>20)
	}
	// Parts in each other cost a stack each, before any limit of the parser.
	if n := bytes.Count(bytes.ToLower(in.Raw), []byte("boundary=")); n > maxParts {
		return nil, errs.Invalid("the mail has more than %d parts of parts; it may be a bomb", maxParts)
	}
	parser := enmime.NewParser(enmime.SkipMalformedParts(true), enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.DisableCharacterDetection(true), enmime.MinCharsetDetectRunes(1<<30), enmime.MaxStoredPartErrors(20),
		enmime.SetReadPartErrorPolicy(enmime.AllowCorruptTextPartErrorPolicy), enmime.SetCustomParseMediaType(mediaType))
	root, err := parser.ReadParts(bytes.NewReader(in.Raw))
	if err != nil {
		return nil, errs.Invalid("the file is no mail, or was cut off (%v)", err)
	}
	header := mail.Header(root.Header)
	if header.Get("From")+header.Get("Date")+header.Get("Subject")+header.Get("Received")+header.Get("To") == "" {
		return nil, errs.Invalid("the file is no mail: it has none of the lines From, To, Date and Subject")
	}
	m := message{in: in, reader: r, emit: emit, out: layout.Writer{Limit: opc.MaxText}}
	m.head(header)
	if err := m.collect(root, 0); err != nil {
		return nil, err
	}
	for _, p := range m.bodies() {
		if err := m.text(p); err != nil {
			return nil, err
		}
	}
	text, spans, err := m.out.Done()
	if err != nil {
		return nil, err
	}
	err = emit(source.Row{Class: source.ClassDocument, Title: m.title, Text: text, Spans: spans, End: len(in.Raw)})
	if err != nil {
		return nil, err
	}
	for _, p := range m.attached {
		if err := m.attachment(ctx, p); err != nil {
			return nil, err
		}
	}
	return m.notes, nil
}

// mediaType reads a Content-Type. GB 18030 holds all of the charsets that
// mails call gb2312 and gbk, and the rare characters people write regardless.
func mediaType(s string) (string, map[string]string, []string, error) {
	t, params, err := mime.ParseMediaType(s)
	if errors.Is(err, mime.ErrInvalidMediaParameter) {
		err = nil
	}
	switch strings.ToLower(params["charset"]) {
	case "gb2312", "gbk", "gb_2312-80", "cp936", "x-gbk":
		params["charset"] = "gb18030"
	case "utf8", "unicode-1-1-utf-8":
		params["charset"] = "utf-8"
	}
	return t, params, nil, err
}

// message is one mail being read.
type message struct {
	in       source.Input
	reader   Reader
	emit     func(source.Row) error
	out      layout.Writer
	title    string
	notes    []string
	plain    []*enmime.Part
	html     []*enmime.Part
	attached []*enmime.Part
	parts    int
}

// decode reads the encoded words of a header line.
var decode = mime.WordDecoder{CharsetReader: charsetReader}

// head writes the lines that say who wrote to whom, and when.
func (m *message) head(h mail.Header) {
	value := func(name string) string {
		s := h.Get(name)
		if d, err := decode.DecodeHeader(s); err == nil {
			s = d
		}
		return strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	}
	at := func(name string) source.Location { return source.Location{Part: "0", Role: "header " + name} }
	m.title = value("Subject")
	if m.title == "" {
		m.title = strings.TrimSuffix(path.Base(m.in.Path), path.Ext(m.in.Path))
	} else {
		m.out.Block(2, "# ", []layout.Piece{{Text: m.title, At: at("Subject")}})
	}
	lines := 2
	for _, name := range []string{"From", "To", "Cc", "Date"} {
		s := value(name)
		if t, err := mail.ParseDate(s); err == nil && name == "Date" {
			s = t.Format(time.RFC3339)
		}
		if s != "" {
			m.out.Block(lines, name+": ", []layout.Piece{{Text: s, At: at(name)}})
			lines = 1
		}
	}
}

// collect sorts the parts of a mail into texts and attachments.
func (m *message) collect(p *enmime.Part, depth int) error {
	for ; p != nil; p = p.NextSibling {
		if m.parts++; m.parts > maxParts || depth > 50 {
			return errs.Invalid("the mail has more than %d parts, or 50 in each other; it may be a bomb", maxParts)
		}
		named := p.FileName != "" || p.Disposition == "attachment"
		switch {
		case p.FirstChild != nil:
			if err := m.collect(p.FirstChild, depth+1); err != nil {
				return err
			}
		case strings.HasPrefix(p.ContentType, "multipart/"):
		case named, p.ContentType == "message/rfc822":
			m.attached = append(m.attached, p)
		case p.ContentType == "text/plain" || p.ContentType == "":
			m.plain = append(m.plain, p)
		case p.ContentType == "text/html":
			m.html = append(m.html, p)
		default:
			m.attached = append(m.attached, p)
		}
	}
	return nil
}

// bodies are the parts whose text is the message's: plain ones, and the html
// ones that have no plain form beside them.
func (m *message) bodies() []*enmime.Part {
	out := m.plain
	for _, h := range m.html {
		beside := false
		for _, p := range m.plain {
			alternative := h.Parent != nil && h.Parent.ContentType == "multipart/alternative" && p.Parent == h.Parent
			inner := h.Parent != nil && h.Parent.Parent != nil && h.Parent.Parent.ContentType == "multipart/alternative" && p.Parent == h.Parent.Parent
			beside = beside || (alternative || inner) && len(bytes.TrimSpace(p.Content)) > 0
		}
		if !beside {
			out = append(out, h)
		}
	}
	return out
}
