package openai

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/gateway/native"
)

// Endpoint is a model behind a base URL.
type Endpoint struct {
	Name    string // as the project calls it, for messages; "" is Model
	BaseURL string // up to and with the version: https://host/v1
	Model   string // as the vendor calls it
	Key     gateway.Secret
	KeyName string // where Key comes from, such as DASHSCOPE_API_KEY, for messages
	Header  string // the header that carries Key; "" is Authorization: Bearer
	Rules   gateway.Rules
	PII     string // what becomes of personal data in a call: gateway.PIIMask, PIIBlock or PIIAllow, which "" is too
	// Native is the vendor's own API that chats are written in; "" is OpenAI's.
	// NativeParams are what its shape needs to know; see package native.
	Native       string
	NativeParams map[string]string
}

// Client asks endpoints. The zero value is ready; it may be used from any
// goroutine.
type Client struct {
	Transport http.RoundTripper // nil: one for all clients, with proxies from the environment
	Timeout   time.Duration     // for one try, reply included; 0 is 2 minutes
	Retries   int               // tries after the first one; 0 is 4, below 0 none
	Pause     time.Duration     // before the first retry, doubled each time up to 30 s; 0 is 500 ms
	// MaxRetryAfter is the longest wait that an endpoint may ask for; beyond
	// it the call ends with its error. 0 is 1 minute.
	MaxRetryAfter time.Duration
	// Sleep waits between tries; nil waits by the clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

const (
	defaultTimeout       = 2 * time.Minute
	defaultRetries       = 4
	defaultPause         = 500 * time.Millisecond
	maxPause             = 30 * time.Second
	defaultMaxRetryAfter = time.Minute
	maxReply             = 64 << 20
)

var shared = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}()

// reached are the base URLs that this process has had a reply from.
var reached sync.Map

// attempt is one try at a call.
type attempt struct {
	status     int // 0: no reply came
	retryAfter time.Duration
	err        error
}

// do posts body (nil: gets) and hands a reply with status 200 to read, trying
// again while that may help: no connection, a reply cut short, 408, 429, 5xx.
func (c *Client) do(ctx context.Context, ep Endpoint, path string, body []byte, read func(*http.Response, time.Time) error) error {
	retries := c.Retries
	if retries == 0 {
		retries = defaultRetries
	}
	pause := c.Pause
	if pause == 0 {
		pause = defaultPause
	}
	for try := 0; ; try++ {
		a := c.try(ctx, ep, path, body, read)
		if a.err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("asking %s at %s: %w", ep.name(), ep.BaseURL, context.Cause(ctx))
		}
		if _, known := reached.Load(ep.BaseURL); !known && absent(a.err) {
			retries = min(retries, 1)
		}
		if try >= retries || !a.worthRetry() || a.retryAfter > or(c.MaxRetryAfter, defaultMaxRetryAfter) {
			return ep.describe(a, try+1)
		}
		wait := max(a.retryAfter, pause/2+rand.N(pause/2+1))
		pause = min(2*pause, maxPause)
		if err := c.sleep(ctx, wait); err != nil {
			return fmt.Errorf("asking %s at %s: %w", ep.name(), ep.BaseURL, err)
		}
	}
}

func (c *Client) try(ctx context.Context, ep Endpoint, path string, body []byte, read func(*http.Response, time.Time) error) (a attempt) {
	ctx, cancel := context.WithTimeoutCause(ctx, or(c.Timeout, defaultTimeout), errTimeout)
	defer cancel()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	start := time.Now()
	shape, address, body, err := ep.write(path, body)
	if err != nil {
		a.err = shapeError(err.Error())
		return a
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		a.err = errBadURL
		return a
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "luodi")
	if shape != nil {
		for _, h := range shape.Headers(string(ep.Key), req.URL.String(), body, start) {
			req.Header.Set(h[0], h[1])
		}
	} else if ep.Key != "" && ep.Header != "" {
		req.Header.Set(ep.Header, string(ep.Key))
	} else if ep.Key != "" {
		req.Header.Set("Authorization", "Bearer "+string(ep.Key))
	}
	transport := c.Transport
	if transport == nil {
		transport = shared
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		a.err = cause(ctx, err)
		return a
	}
	if _, known := reached.Load(ep.BaseURL); !known {
		reached.Store(ep.BaseURL, true)
	}
	if shape != nil {
		res.Body = native.Body(shape, res.Body, strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream"), start)
	}
	defer res.Body.Close()
	a.status = res.StatusCode
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		a.retryAfter = retryAfter(res.Header.Get("Retry-After"), start)
		a.err = &wireError{status: res.StatusCode, body: text}
		return a
	}
	if err := read(res, start); err != nil {
		a.err = cause(ctx, err)
	}
	return a
}

var (
	errTimeout = errors.New("no whole reply in time")
	errBadURL  = errors.New("its base URL is not a URL")
)

// cause is err, or what ended the context where that is why.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func (a attempt) worthRetry() bool {
	if errors.Is(a.err, errBadURL) {
		return false
	}
	var v *vendorError
	if errors.As(a.err, &v) {
		return v.retry()
	}
	var shape shapeError
	if errors.As(a.err, &shape) {
		return false
	}
	switch a.status {
	case 0, http.StatusOK: // no connection, or a reply cut short
		return true
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return a.status >= 500 && a.status != http.StatusNotImplemented
}

// absent reports whether nothing listens at the address, or no such host is
// known; a name server that does not answer now is another matter.
func absent(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary
}

// retryAfter reads the header's seconds or date.
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(v, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

func (c *Client) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
