package proxy

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

// take reads the call and lets it in, or not.
func (c *call) take() (err error) {
	// It stays where the body is not read: net/http reads on to its end after
	// the reply, for ever if the client wants it so.
	_ = http.NewResponseController(c.w).SetReadDeadline(c.start.Add(c.s.cfg.Patience))
	if c.key, err = c.s.authorise(c.r); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	if err := c.req.Read(c.body); err != nil {
		return err
	}
	if c.endpoint == messages {
		c.original = c.body
	}
	if err := c.find(); err != nil {
		return err
	}
	if err := c.admit(); err != nil {
		return err
	}
	return c.deny()
}

// authorise finds the key of a request.
func (s *Server) authorise(r *http.Request) (*auth.Key, error) {
	secret := ""
	if h := r.Header["Authorization"]; len(h) > 0 {
		if len(h[0]) > 7 && strings.EqualFold(h[0][:7], "bearer ") {
			secret = h[0][7:]
		}
	} else if h := r.Header["X-Api-Key"]; len(h) > 0 {
		secret = h[0]
	}
	if secret == "" {
		return nil, errs.Unauthenticated("no API key was sent; send Authorization: Bearer luodi_…")
	}
	return s.cfg.Keys.Check(r.Context(), secret)
}

// find looks the route up; a key that is bound to a scenario knows no other.
func (c *call) find() error {
	v := c.s.state.Load().views[c.req.Model]
	if v == nil || !may(c.key, v) {
		return errs.NotFound("the model %q does not exist or this key may not use it; GET /v1/models lists those that it may", c.req.Model)
	}
	c.view = v
	c.w.Header()["X-Luodi-Route"] = v.header
	c.observe()
	c.drawn = c.endpoint.streams && v.route.Sample != nil && rand.Float64() < v.route.Sample.Share
	return nil
}

// admit holds the key to its requests and tokens a minute. Tokens are counted
// by a guess of the prompt first, and as they were used when the call settles.
func (c *call) admit() error {
	if !c.key.Limited() {
		return nil
	}
	tokens := c.s.ratios.Input("", c.req.PromptBytes, c.req.Messages)
	wait, of := c.s.limiter.Admit(c.key, tokens, c.start)
	if wait == 0 {
		c.taken = tokens
		return nil
	}
	seconds := strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10)
	return &failure{status: http.StatusTooManyRequests, code: codeRate, retryAfter: seconds,
		message: "this key has used up its " + of + " a minute; try again in " + seconds + " s"}
}

// readBody reads the request whole, in time and within its limit.
func (c *call) readBody() error {
	limit := c.s.cfg.MaxBody
	tooLarge := &failure{status: http.StatusRequestEntityTooLarge, code: "request_too_large", message: "the request is larger than this gateway takes"}
	n := c.r.ContentLength
	if n > limit {
		return tooLarge
	}
	var err error
	if n >= 0 {
		if int64(cap(c.body)) < n {
			c.body = make([]byte, n)
		}
		c.body = c.body[:n]
		_, err = io.ReadFull(c.r.Body, c.body)
		if err == nil { // reach the end, so that the server watches for the client leaving
			var end [1]byte
			_, _ = c.r.Body.Read(end[:])
		}
	} else {
		c.body, err = readTo(c.r.Body, c.body[:0], limit)
	}
	if err == nil {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	} else {
		c.w.Header().Set("Connection", "close")
	}
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge
	case err != nil:
		return &failure{status: http.StatusBadRequest, code: "incomplete_request", message: "the request's body did not come in whole"}
	}
	return nil
}

// errSent: the call failed, and the client was told within its stream.
var errSent = errors.New("the error was sent")

var errTooLarge = errors.New("too large")

// readTo appends r to dst, at most limit bytes in all.
func readTo(r io.Reader, dst []byte, limit int64) ([]byte, error) {
	if cap(dst) < 4096 {
		dst = make([]byte, 0, 4096)
	}
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if int64(len(dst)) > limit {
			return dst, errTooLarge
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
