package knowledge

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"

	"github.com/luodi/luodi/internal/errs"
)

// packText cuts a text into blocks and packs each.
func packText(version, text string) ([]Text, error) {
	var out []Text
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	for i := 0; i*BlockSize < len(text) || i == 0; i++ {
		buf.Reset()
		w.Reset(&buf)
		if _, err := io.WriteString(w, text[i*BlockSize:min((i+1)*BlockSize, len(text))]); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		out = append(out, Text{Version: version, Block: i, Data: bytes.Clone(buf.Bytes())})
	}
	return out, nil
}

func unpack(data []byte) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(data))
	defer r.Close()
	var buf bytes.Buffer
	buf.Grow(BlockSize)
	if _, err := io.Copy(&buf, io.LimitReader(r, BlockSize+1)); err != nil {
		return nil, err
	}
	if buf.Len() > BlockSize {
		return nil, errs.Internal("text block is too long")
	}
	return buf.Bytes(), nil
}

// readText returns bytes [from,to) of a version's text. A block that was read
// comes from the cache where there is one.
func readText(ctx context.Context, s Store, c *cache, base string, v string, from, to int) (string, error) {
	if from >= to {
		return "", nil
	}
	first, last := from/BlockSize, (to-1)/BlockSize
	var buf []byte
	for b := first; b <= last; b++ {
		block, err := c.get(blobKey{version: v, number: b}, func() ([]byte, error) {
			ts, err := s.Texts(ctx, base, v, b, b)
			if err != nil {
				return nil, err
			}
			if len(ts) != 1 {
				return nil, errs.NotFound("knowledge base %s has no text of version %s", base, v)
			}
			return unpack(ts[0].Data)
		})
		if err != nil {
			return "", fmt.Errorf("reading the text of %s: %w", v, err)
		}
		buf = append(buf, block...)
	}
	from, to = from-first*BlockSize, to-first*BlockSize
	if to > len(buf) {
		return "", errs.Internal("text of version %s ends at byte %d, before %d", v, first*BlockSize+len(buf), first*BlockSize+to)
	}
	return string(buf[from:to]), nil
}
