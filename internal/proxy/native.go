package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/gateway/native"
)

// nativeShape is the shape that an upstream's chats are written in, or nil.
func nativeShape(g *gateway.Upstream) native.Shape {
	if g.Native == "" {
		return nil
	}
	s, err := native.Named(g.Native, g.NativeParams)
	if err != nil {
		return nil // gateway.Upstream has no address then
	}
	return s
}

// sendNative sends a chat that is written in the vendor's shape and makes the
// reply, good or bad, one in OpenAI's.
func (u *upstream) sendNative(ctx context.Context, body []byte, stream bool) (*http.Response, error) {
	address := u.native.Address(u.BaseURL, u.Model, stream)
	to, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"luodi"}}
	for _, h := range u.native.Headers(string(u.Key), address, body, now) {
		header.Set(h[0], h[1])
	}
	req := &http.Request{
		Method: http.MethodPost, URL: to, Host: to.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	res, err := u.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	res.Body = native.Body(u.native, res.Body, isStream(res), now)
	res.ContentLength = -1
	return res, nil
}
