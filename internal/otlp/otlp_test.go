package otlp

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/luodi/luodi/internal/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector keeps what is sent to it, as protobuf in which names are readable.
type collector struct {
	mu    sync.Mutex
	paths []string
	got   strings.Builder
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths = append(c.paths, r.URL.Path)
	c.got.Write(b)
}

func open(t *testing.T, cfg Config) *Traces {
	t.Helper()
	tr, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func spans(t *Traces, n int) {
	for range n {
		_, s := t.Tracer().Start(context.Background(), "chat m-1")
		s.End()
	}
}

func TestSpansArrive(t *testing.T) {
	c := &collector{}
	srv := httptest.NewServer(c)
	defer srv.Close()
	tr := open(t, Config{Endpoint: srv.URL, Every: 5 * time.Millisecond})
	spans(tr, 700)
	if err := tr.Close(t.Context()); err != nil || tr.Sent() != 700 || tr.Dropped() != 0 {
		t.Errorf("%d sent, %d dropped, %v", tr.Sent(), tr.Dropped(), err)
	}
	if c.paths[0] != "/v1/traces" || !strings.Contains(c.got.String(), "chat m-1") || !strings.Contains(c.got.String(), "service.name") {
		t.Errorf("%q", c.paths)
	}
}

func TestACollectorThatIsDownHoldsNothingUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tests := map[string]string{"refuses": "http://127.0.0.1:1", "says nothing": "http://" + l.Addr().String()}
	for name, at := range tests {
		tr := open(t, Config{Endpoint: at, Queue: 100, Every: time.Millisecond})
		start := time.Now()
		spans(tr, 5000)
		took := time.Since(start)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_ = tr.Close(ctx)
		cancel()
		tr.batch.ended.Wait()
		if tr.Sent() != 0 || tr.Dropped() != 5000 || took > sendTimeout {
			t.Errorf("%s: %d sent, %d dropped", name, tr.Sent(), tr.Dropped())
		}
	}
}

func TestOpenTouchesNoNetwork(t *testing.T) {
	c := &collector{}
	srv := httptest.NewServer(c)
	defer srv.Close()
	tr := open(t, Config{Endpoint: srv.URL + "/custom", Every: time.Millisecond})
	time.Sleep(20 * time.Millisecond)
	if c.mu.Lock(); len(c.paths) != 0 {
		t.Error(c.paths)
	}
	c.mu.Unlock()
	spans(tr, 1)
	if err := tr.Close(t.Context()); err != nil || len(c.paths) != 1 || c.paths[0] != "/custom" {
		t.Error(err, c.paths)
	}
	if _, err := Open(Config{Endpoint: "localhost:4318"}); !errs.Is(err, errs.CodeInvalid) {
		t.Error(err)
	}
}

func TestShare(t *testing.T) {
	c := &collector{}
	srv := httptest.NewServer(c)
	defer srv.Close()
	tr := open(t, Config{Endpoint: srv.URL, Share: 0.1})
	spans(tr, 2000)
	if err := tr.Close(t.Context()); err != nil || tr.Sent() < 120 || tr.Sent() > 280 {
		t.Errorf("%d of 2000, %v", tr.Sent(), err)
	}
}
