package proxy

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
)

// decode makes a reply readable that was compressed although nobody asked for
// it. An encoding that is not known is an error: such a reply can neither be
// billed nor be passed on.
func decode(res *http.Response) error {
	switch encoding := res.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return nil
	case "gzip":
		res.Body, res.ContentLength = &unzipped{from: res.Body}, -1
		return nil
	default:
		return fmt.Errorf("the reply is encoded as %q, which was not asked for", encoding)
	}
}

// unzipped is a gzip body. Its header is read with the first bytes, for which
// the caller waits anyway.
type unzipped struct {
	from io.ReadCloser
	zip  *gzip.Reader
}

func (u *unzipped) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		if u.zip, err = gzip.NewReader(u.from); err != nil {
			u.zip = nil
			return 0, err
		}
	}
	return u.zip.Read(p)
}

func (u *unzipped) Close() error { return u.from.Close() }
