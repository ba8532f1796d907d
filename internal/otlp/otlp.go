// Package otlp sends traces to an OpenTelemetry collector over HTTP.
//
// It is off unless luodi.yaml or OTEL_EXPORTER_OTLP_ENDPOINT names a collector.
// Opening it touches no network, and a collector that is down, slow or gone
// never holds a call up: spans wait in a queue of fixed size, what does not fit
// or cannot be delivered is dropped, and the drops are counted. The SDK's own
// batching does not count them, hence the one here.
//
// What the spans say, by the names of the GenAI conventions, is package
// proxy's. Headers for the collector come from OTEL_EXPORTER_OTLP_HEADERS, as
// for every other program.
package otlp

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/errs"
)

// Config of Traces. Endpoint must be set.
type Config struct {
	Endpoint string        // "http://host:4318"; /v1/traces is added where it has no path
	Version  string        // of this program
	Share    float64       // of the calls that begin here; 0 is all. A caller's own choice holds
	Queue    int           // spans that wait; 0 is 4096
	Every    time.Duration // between batches; 0 is 2 s
}

// Traces makes spans and sends them.
type Traces struct {
	provider *sdk.TracerProvider
	batch    *batcher
}

// Open makes ready without touching the network. It returns errs.Invalid for
// an address that is none.
func Open(cfg Config) (*Traces, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errs.Invalid("opening traces: %q is no address of a collector; write http://127.0.0.1:4318", cfg.Endpoint)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(u.String()),
		otlptracehttp.WithTimeout(sendTimeout), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("opening traces: %w", err)
	}
	if cfg.Queue <= 0 {
		cfg.Queue = 4096
	}
	if cfg.Every <= 0 {
		cfg.Every = 2 * time.Second
	}
	share := cfg.Share
	if share <= 0 {
		share = 1
	}
	b := &batcher{to: exporter, queue: make(chan sdk.ReadOnlySpan, cfg.Queue), every: cfg.Every, stop: make(chan struct{})}
	b.ended.Add(1)
	go b.run()
	return &Traces{batch: b, provider: sdk.NewTracerProvider(
		sdk.WithSpanProcessor(b), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(share))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "luodi"), attribute.String("service.version", cfg.Version))),
	)}, nil
}

// Tracer makes spans.
func (t *Traces) Tracer() trace.Tracer { return t.provider.Tracer("github.com/luodi/luodi") }

// Sent and Dropped count spans since Open.
func (t *Traces) Sent() int64    { return t.batch.sent.Load() }
func (t *Traces) Dropped() int64 { return t.batch.dropped.Load() }

// Close sends what waits, for as long as ctx lasts.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

const (
	sendTimeout = 5 * time.Second
	maxBatch    = 512
)

// batcher is the queue between calls and the collector.
type batcher struct {
	to            sdk.SpanExporter
	queue         chan sdk.ReadOnlySpan
	every         time.Duration
	stop          chan struct{}
	once          sync.Once
	ended         sync.WaitGroup
	sent, dropped atomic.Int64
}

func (b *batcher) OnStart(context.Context, sdk.ReadWriteSpan) {}

func (b *batcher) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	select {
	case b.queue <- s:
	default:
		b.dropped.Add(1)
	}
}

func (b *batcher) ForceFlush(context.Context) error { return nil }

func (b *batcher) Shutdown(ctx context.Context) error {
	b.once.Do(func() { close(b.stop) })
	done := make(chan struct{})
	go func() { b.ended.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return b.to.Shutdown(ctx)
}

func (b *batcher) run() {
	defer b.ended.Done()
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	var spans []sdk.ReadOnlySpan
	for {
		select {
		case s := <-b.queue:
			if spans = append(spans, s); len(spans) == maxBatch {
				spans = b.send(spans)
			}
		case <-tick.C:
			spans = b.send(spans)
		case <-b.stop:
			for {
				select {
				case s := <-b.queue:
					if spans = append(spans, s); len(spans) == maxBatch {
						spans = b.send(spans)
					}
					continue
				default:
				}
				b.send(spans)
				return
			}
		}
	}
}

func (b *batcher) send(spans []sdk.ReadOnlySpan) []sdk.ReadOnlySpan {
	if len(spans) == 0 {
		return spans
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	if b.to.ExportSpans(ctx, spans) != nil {
		b.dropped.Add(int64(len(spans)))
	} else {
		b.sent.Add(int64(len(spans)))
	}
	return spans[:0]
}
