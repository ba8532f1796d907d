// Package opc opens the zip files that office documents are, without trusting
// them.
//
// A file of a few kilobytes can unpack to terabytes, name members that lead
// out of a folder, nest elements until a stack ends, or declare entities that
// multiply. The limits against that are here, once for all readers of office
// formats: a package that breaks one is refused with errs.Invalid and says
// which. Members are unpacked as a stream; trees are built of one block of a
// part at a time, so that memory is bounded by the largest block, not by the
// file.
//
// It knows members and XML. What these mean is for docx, pptx and xlsx.
package opc

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// The limits of a package. They are far above what people write: a thousand
// pages are some 20 MiB of XML.
const (
	MaxMembers  = 20_000
	MaxUnpacked = 2 << 30   // bytes of all members together
	MaxPart     = 1 << 30   // bytes of a part that is read as a stream
	maxRatio    = 200       // unpacked to packed bytes
	ratioFrom   = 8 << 20   // of members from this size
	MaxText     = 64 << 20  // bytes of text that one document gives
	maxDepth    = 256       // elements in each other
	maxNodes    = 1_000_000 // elements and texts of one block
)

// Package is an opened file. It is for one goroutine.
type Package struct {
	members map[string]*zip.File
	names   []string
}

// Open lists the members of a package. kind is what the file should be, for
// the error: "a Word document".
func Open(raw []byte, kind string) (*Package, error) {
	if bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return nil, errs.Invalid("the file is encrypted with a password, or of the Office formats before 2007 under a new name; save it again as %s without a password", kind)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, errs.Invalid("the file is not %s: it is no whole zip archive (%v); it was cut off or is damaged", kind, err)
	}
	if len(z.File) > MaxMembers {
		return nil, errs.Invalid("the file has %d members, the limit is %d", len(z.File), MaxMembers)
	}
	p := &Package{members: make(map[string]*zip.File, len(z.File))}
	var sum uint64
	for _, f := range z.File {
		if err := p.add(f, &sum); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Package) add(f *zip.File, sum *uint64) error {
	name := f.Name
	if strings.ContainsAny(name, "\\\x00") || path.IsAbs(name) || name != "" && path.Clean("/"+name) != "/"+strings.TrimSuffix(name, "/") {
		return errs.Invalid("the file has a member named %q, which leads out of it", name)
	}
	if strings.HasSuffix(name, "/") {
		return nil
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return errs.Invalid("member %s is packed by method %d, which office programs do not write", name, f.Method)
	}
	if f.Flags&1 != 0 {
		return errs.Invalid("member %s is encrypted; save the file without a password", name)
	}
	if *sum += f.UncompressedSize64; f.UncompressedSize64 > MaxUnpacked || *sum > MaxUnpacked {
		return errs.Invalid("the file unpacks to more than %d MiB, the limit; it may be a zip bomb", MaxUnpacked>>20)
	}
	if f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/max(1, f.CompressedSize64) > maxRatio {
		return errs.Invalid("member %s unpacks to %d times its size, the limit is %d; it may be a zip bomb", name, f.UncompressedSize64/max(1, f.CompressedSize64), maxRatio)
	}
	key := strings.ToLower(name) // part names are equal without case (ECMA-376-2, 6.2.2.3)
	if p.members[key] != nil {
		return errs.Invalid("the file has two members named %s", name)
	}
	p.members[key] = f
	p.names = append(p.names, name)
	return nil
}

// Names are the members in the file's order.
func (p *Package) Names() []string { return p.names }

// Has reports whether there is a member.
func (p *Package) Has(name string) bool { return p.members[strings.ToLower(name)] != nil }

// Stream opens a member. Reading more than it declares, or more than limit
// bytes, is an error.
func (p *Package) Stream(name string, limit int64) (io.ReadCloser, error) {
	f := p.members[strings.ToLower(name)]
	if f == nil {
		return nil, errs.Invalid("the file has no member %s; it is damaged or not what its name says", name)
	}
	if f.UncompressedSize64 > uint64(limit) {
		return nil, errs.Invalid("member %s has %d MiB unpacked, the limit is %d", name, f.UncompressedSize64>>20, limit>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, errs.Invalid("member %s is damaged (%v)", name, err)
	}
	return &member{r, name}, nil
}

// member says of which member an error is.
type member struct {
	io.ReadCloser
	name string
}

func (m *member) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = errs.Invalid("member %s is damaged or cut off (%v)", m.name, err)
	}
	return n, err
}

// Relations are a part's relationships: the target part, or the address where
// External, by id.
func (p *Package) Relations(part string) (map[string]Relation, error) {
	dir, base := path.Split(part)
	name := dir + "_rels/" + base + ".rels"
	out := map[string]Relation{}
	if !p.Has(name) {
		return out, nil
	}
	err := p.Walk(name, func(d *Decoder, e xml.StartElement) error {
		if e.Name.Local != "Relationship" {
			return nil
		}
		r := Relation{Type: path.Base(Attr(e, "Type")), Target: Attr(e, "Target"), External: Attr(e, "TargetMode") == "External"}
		if !r.External {
			if strings.HasPrefix(r.Target, "/") {
				r.Target = strings.TrimPrefix(path.Clean(r.Target), "/")
			} else {
				r.Target = strings.TrimPrefix(path.Join("/", dir, r.Target), "/")
			}
		}
		out[Attr(e, "Id")] = r
		return nil
	})
	return out, err
}

// Relation is one relationship of a part.
type Relation struct {
	Type     string // the last word of its type: image, header, hyperlink
	Target   string // a member, or an address where External
	External bool
}

// Main is the part that the package is about, by its own relationships.
func (p *Package) Main(fallback string) string {
	rels, err := p.Relations("")
	if err == nil {
		for _, r := range rels {
			if r.Type == "officeDocument" && p.Has(r.Target) {
				return r.Target
			}
		}
	}
	return fallback
}
