package app

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// missed counts the searches that went without vectors or reranking. Its zero
// value is ready; it is a collector of the gateway's metrics.
type missed struct {
	mu    sync.Mutex
	bases map[string]*without
}

// without is one base's.
type without struct {
	n          int64
	last, told time.Time
}

const (
	warnEvery = 15 * time.Second // between two warnings about a base
	// missedFor is how long after such a search a base is called not well: it
	// takes a quarter of a minute until an endpoint is asked again.
	missedFor = 30 * time.Second
)

// degraded counts a search that went without what it should have had, and
// tells the log, not for each one.
func (a *App) degraded(base string, err error) {
	if n, tell := a.missed.add(base, a.now()); tell {
		slog.Warn("a search went without its embedding space or reranker", "base", base, "err", err, "so_far", n)
	}
}

func (m *missed) add(base string, now time.Time) (n int64, tell bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.bases[base]
	if w == nil {
		if m.bases == nil {
			m.bases = map[string]*without{}
		}
		w = &without{}
		m.bases[base] = w
	}
	w.n, w.last = w.n+1, now
	if tell = now.Sub(w.told) >= warnEvery; tell {
		w.told = now
	}
	return w.n, tell
}

// reasons are the bases that are not well now, for /healthz. It needs no key,
// so why is in the log only.
func (m *missed) reasons(now time.Time) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for base, w := range m.bases {
		if now.Sub(w.last) < missedFor {
			out = append(out, fmt.Sprintf("searches of knowledge base %s go without their embedding space or reranker; the log says why", base))
		}
	}
	slices.Sort(out)
	return out
}

var missedDesc = prometheus.NewDesc("luodi_search_degraded_total", "Searches that went without their embedding space or reranker, by knowledge base.", []string{"base"}, nil)

func (m *missed) Describe(c chan<- *prometheus.Desc) { c <- missedDesc }

func (m *missed) Collect(c chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for base, w := range m.bases {
		c <- prometheus.MustNewConstMetric(missedDesc, prometheus.CounterValue, float64(w.n), base)
	}
}
