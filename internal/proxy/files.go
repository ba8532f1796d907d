package proxy

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const maxFile = 512 << 20 // bytes of an upload

// files passes /v1/files, /v1/batches and, in Anthropic's shape,
// /v1/messages/batches to a vendor's account as they are.
// The account is that of the model named by the header X-Luodi-Model or the
// parameter model, or of the only vendor that the key can reach.
//
// What lies in an account is seen by every key that may use it, hence only
// keys made for it may. A batch cannot be held against a budget, so keys under
// one cannot start any: it is billed, at the batch price, when its output is
// first fetched, to the key that began it. Other calls have rows without cost.
func (s *Server) files(w http.ResponseWriter, r *http.Request) {
	s.active.Add(1)
	defer s.active.Add(-1)
	c := &call{s: s, w: w, r: r, endpoint: chat, start: time.Now(), id: s.requestID()}
	w.Header()["X-Luodi-Request-Id"] = []string{c.id}
	if err := c.serveFiles(); err != nil {
		if c.hold != nil {
			c.settle(meter.Usage{}, false, meter.UpstreamError)
		}
		c.refuse(err)
	}
}

func (c *call) serveFiles() (err error) {
	if c.key, err = c.s.authorise(c.r); err != nil {
		return err
	}
	if !c.key.Files {
		return errs.Forbidden("this key may not use files and batches; make one with luodi key create --files")
	}
	u, err := c.account()
	if err != nil {
		return err
	}
	target, header, err := c.fileAddress(u)
	if err != nil {
		return err
	}
	if err := c.admit(); err != nil {
		return err
	}
	if u.PII != "" && u.PII != gateway.PIIAllow && c.r.Method == http.MethodPost {
		return errs.Forbidden("files are not looked into, and personal data may not go to this vendor (pii: %s in luodi.yaml)", u.PII)
	}
	starts := c.r.Method == http.MethodPost && (c.r.URL.Path == "/v1/batches" || c.r.URL.Path == messageBatches)
	if probe := c.asked(); starts && c.s.cfg.Meter.Budgeted(&probe) {
		return errs.Forbidden("a batch cannot be held against the budget that this key is under")
	}
	if err := c.reserve(u.Vendor, u.Model, meter.Free, meter.Usage{}); err != nil {
		return err
	}
	return c.passFile(u, target, header)
}

// account finds the upstream whose account is meant.
func (c *call) account() (*upstream, error) {
	name := c.r.Header.Get("X-Luodi-Model")
	if name == "" {
		name = c.r.URL.Query().Get("model")
	}
	st := c.s.state.Load()
	var found *upstream
	for _, n := range st.table.Names() {
		v := st.views[n]
		if name != "" && n != name || !may(c.key, v) {
			continue
		}
		for _, t := range v.targets {
			if t.up == nil {
				continue
			}
			if found != nil && (found.BaseURL != t.up.BaseURL || found.Key != t.up.Key) && name == "" {
				return nil, errs.Invalid("there are several vendors; name a model of the one that is meant in the header X-Luodi-Model")
			}
			if found == nil {
				found, c.view = t.up, v
			}
		}
	}
	if found == nil {
		return nil, errs.NotFound("the model %q does not exist, has no vendor, or this key may not use it", name)
	}
	return found, nil
}

func (c *call) passFile(u *upstream, target *url.URL, header http.Header) error {
	req := &http.Request{
		Method: c.r.Method, URL: target, Host: target.Host, Header: maps.Clone(header), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.MaxBytesReader(c.w, c.r.Body, maxFile), ContentLength: c.r.ContentLength,
	}
	if req.ContentLength == 0 {
		req.Body = nil
	}
	req.Header["Content-Type"] = c.r.Header["Content-Type"]
	ctx, cancel := context.WithCancel(c.r.Context())
	file := ""
	if c.r.Method == http.MethodGet {
		file = outputOf(c.r.URL.Path)
	}
	if file != "" { // read to its end even if the client leaves: it may have to be billed
		ctx, cancel = context.WithTimeout(context.WithoutCancel(c.r.Context()), batchTimeout)
	}
	defer cancel()
	res, err := u.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if c.r.Context().Err() != nil {
			c.settle(meter.Usage{}, false, meter.ClientGone)
			return nil
		}
		return c.unreachable(u, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return c.upstreamStatus(u, res)
	}
	c.first = time.Now()
	for _, h := range []string{"Content-Type", "Content-Length", "Content-Disposition"} {
		if v := res.Header[h]; v != nil {
			c.w.Header()[h] = v
		}
	}
	c.w.WriteHeader(res.StatusCode)
	outcome, err := meter.OK, error(nil)
	switch {
	case file != "":
		err = c.passOutput(u, file, res.Body)
	case tellsOfBatches(c.r.URL.Path):
		err = c.passBatches(u, res)
	default:
		_, err = io.Copy(c.w, res.Body)
	}
	if err != nil {
		outcome = meter.ClientGone
		if c.r.Context().Err() == nil {
			outcome = meter.UpstreamCut
		}
	}
	c.settle(meter.Usage{}, false, outcome)
	if outcome == meter.UpstreamCut {
		panic(http.ErrAbortHandler) // the client must not take it for whole
	}
	return nil
}

// fileAddress is where a call of files or batches goes, and with which header.
func (c *call) fileAddress(u *upstream) (*url.URL, http.Header, error) {
	path, base, header := c.r.URL.Path, u.BaseURL, u.header
	rest := strings.TrimPrefix(path, "/v1")
	if strings.HasPrefix(path, messageBatches) {
		if u.urls[messages] == nil {
			return nil, nil, errs.NotFound("the model %s has no batches in Anthropic's shape; its vendor's are at /v1/batches", u.Model)
		}
		base, header, rest = u.Messages, u.messages, strings.TrimPrefix(path, "/v1/messages")
	}
	target, err := url.Parse(strings.TrimRight(base, "/") + rest)
	if err != nil || strings.Contains(path, "..") {
		return nil, nil, errs.Invalid("the path %s is none of files or batches", path)
	}
	q := c.r.URL.Query()
	q.Del("model")
	target.RawQuery = q.Encode()
	return target, header, nil
}

// passOutput passes the content of a file and bills it where it is the output
// of a batch.
func (c *call) passOutput(u *upstream, file string, body io.Reader) error {
	b := &bill{price: c.s.account(u), models: map[string]*batchSum{}}
	to := &patient{w: c.w}
	if _, err := io.Copy(io.MultiWriter(b, to), body); err != nil {
		return err
	}
	if err := c.billBatch(u, file, b); err != nil {
		c.s.log.Error("a batch's output was not billed; it is when it is fetched again", "id", c.id, "file", file, "error", err)
	}
	return to.err
}

// patient is a writer that goes on when its reader is gone.
type patient struct {
	w   io.Writer
	err error
}

func (p *patient) Write(b []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.w.Write(b)
	}
	return len(b), nil
}
