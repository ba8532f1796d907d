package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// parted is a reply that was put together, or the failure of one of its parts
// with what those before it have used: the vendor bills them.
type parted struct {
	io.Reader
	used meter.Usage
}

func (parted) Close() error { return nil }

// sendParts asks for embeddings in several calls, one after the other, where the
// vendor takes fewer inputs than there are, and makes one reply of theirs.
func (u *upstream) sendParts(ctx context.Context, parts [][]byte) (*http.Response, error) {
	var replies [][]byte
	var used meter.Usage
	for _, part := range parts {
		res, err := u.sendOne(ctx, embedding, part)
		if err != nil {
			if len(replies) == 0 {
				return nil, err
			}
			return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: parted{Reader: bytes.NewReader(nil), used: used}}, nil
		}
		b, err := readTo(res.Body, nil, maxReplyBytes)
		res.Body.Close()
		_, failed := u.Rules.FindError(b)
		if err != nil || failed || res.StatusCode != http.StatusOK {
			if res.StatusCode == http.StatusOK && !failed {
				res.StatusCode = http.StatusBadGateway // it was cut
			}
			res.Body = parted{Reader: bytes.NewReader(b), used: used}
			return res, nil
		}
		n, _ := gateway.FindUsage(b)
		used.Input += n.Input
		replies = append(replies, b)
	}
	b, err := gateway.JoinEmbeddings(replies)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(b)), Body: parted{Reader: bytes.NewReader(b)},
	}, nil
}

// sunk settles what parts of a call that failed have used.
func (c *call) sunk(res *http.Response) {
	if p, ok := res.Body.(parted); ok && !p.used.IsZero() {
		c.settle(p.used, false, meter.UpstreamError)
	}
}
