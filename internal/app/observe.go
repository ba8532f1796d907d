package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/luodi/luodi/internal/otlp"
	"github.com/luodi/luodi/internal/proxy"
	"github.com/luodi/luodi/internal/requestlog"
)

// flushTraces is how long the end of the gateway waits for a collector.
const flushTraces = 2 * time.Second

// observe gives the gateway its request log and its traces. The function ends
// both.
func (a *App) observe(cfg *proxy.Config) (end func(), err error) {
	log, err := a.openRequestLog()
	if err != nil {
		return nil, err
	}
	cfg.Requests = log
	traces, err := a.openTraces()
	if err != nil {
		log.Close()
		return nil, err
	}
	if traces != nil {
		cfg.Tracer, cfg.TraceContent = traces.Tracer(), a.Project.Traces.Content
	}
	cfg.Collect = append(collectors(log, traces), a.missed)
	return func() {
		if err := log.Close(); err != nil {
			slog.Warn("ending the request log", "error", err)
		}
		if traces != nil {
			ctx, cancel := context.WithTimeout(context.Background(), flushTraces)
			defer cancel()
			_ = traces.Close(ctx) // what did not arrive is counted
			if n := traces.Dropped(); n > 0 {
				slog.Warn("spans did not reach the collector", "dropped", n)
			}
		}
	}, nil
}

// openTraces returns nil where no collector is named.
func (a *App) openTraces() (*otlp.Traces, error) {
	t := a.Project.Traces
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if t.Endpoint == "" {
			t.Endpoint = os.Getenv(name)
		}
	}
	if t.Endpoint == "" {
		return nil, nil
	}
	return otlp.Open(otlp.Config{Endpoint: t.Endpoint, Version: Version, Share: t.Share})
}

func collectors(log *requestlog.Log, traces *otlp.Traces) []prometheus.Collector {
	counter := func(name, help string, of func() int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(of()) })
	}
	out := []prometheus.Collector{
		counter("luodi_request_log_records_total", "Calls written to the request log.", log.Written),
		counter("luodi_request_log_dropped_total", "Calls that the request log could not keep up with or write.", log.Dropped),
	}
	if traces != nil {
		out = append(out,
			counter("luodi_traces_spans_total", "Spans delivered to the collector.", traces.Sent),
			counter("luodi_traces_dropped_total", "Spans that did not fit the queue or could not be delivered.", traces.Dropped))
	}
	return out
}
