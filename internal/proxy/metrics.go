package proxy

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/luodi/luodi/internal/meter"
)

// metrics are what /metrics shows. Labels are names of routes and outcomes,
// never keys or content.
type metrics struct {
	registry *prometheus.Registry
	active   prometheus.GaugeFunc
	refused  *prometheus.CounterVec
	denied   *prometheus.CounterVec
	calls    *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	first    *prometheus.HistogramVec
}

// routeMetrics are a route's, looked up once.
type routeMetrics struct {
	outcomes       map[meter.Outcome]prometheus.Counter
	input, output  prometheus.Counter
	latency, first prometheus.Observer
}

func newMetrics(s *Server) *metrics {
	buckets := []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		active:   prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "luodi_gateway_active_calls", Help: "Calls under way."}, func() float64 { return float64(s.active.Load()) }),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "luodi_gateway_refused_total", Help: "Calls that were refused before they reached a model, by error code."}, []string{"code"}),
		denied:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "luodi_gateway_denied_total", Help: "Calls that a guard refused, by guard."}, []string{"guard"}),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "luodi_gateway_calls_total", Help: "Calls in the ledger, by route and outcome."}, []string{"route", "outcome"}),
		tokens:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "luodi_gateway_tokens_total", Help: "Tokens in the ledger, by route and kind."}, []string{"route", "kind"}),
		latency:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "luodi_gateway_latency_seconds", Help: "From the request to the last byte of its reply.", Buckets: buckets}, []string{"route"}),
		first:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "luodi_gateway_first_byte_seconds", Help: "From the request to the first byte of its reply.", Buckets: buckets}, []string{"route"}),
	}
	m.registry.MustRegister(m.active, m.refused, m.denied, m.calls, m.tokens, m.latency, m.first,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), budgets{s})
	m.registry.MustRegister(s.cfg.Collect...)
	return m
}

func (m *metrics) route(name string) *routeMetrics {
	r := &routeMetrics{
		outcomes: map[meter.Outcome]prometheus.Counter{},
		input:    m.tokens.WithLabelValues(name, "input"), output: m.tokens.WithLabelValues(name, "output"),
		latency: m.latency.WithLabelValues(name), first: m.first.WithLabelValues(name),
	}
	for _, o := range meter.Outcomes {
		r.outcomes[o] = m.calls.WithLabelValues(name, string(o))
	}
	return r
}

func (r *routeMetrics) settled(row *meter.Row) {
	r.outcomes[row.Outcome].Inc()
	r.input.Add(float64(row.Usage.Input))
	r.output.Add(float64(row.Usage.Output))
	r.latency.Observe(row.Latency.Seconds())
	if row.FirstToken > 0 {
		r.first.Observe(row.FirstToken.Seconds())
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// budgets collects what this process holds of budgets, when asked.
type budgets struct{ s *Server }

var budgetDesc = prometheus.NewDesc("luodi_budget_used", "Held and settled by this process, in units of the currency.", []string{"window", "currency"}, nil)

var alertDesc = prometheus.NewDesc("luodi_budget_alert", "1 once all processes together have spent a budget's alert.", []string{"window"}, nil)

var packageDesc = prometheus.NewDesc("luodi_package_used", "Tokens of a package, held and used by this process.", []string{"window"}, nil)

func (b budgets) Describe(c chan<- *prometheus.Desc) {
	c <- packageDesc
	c <- budgetDesc
	c <- alertDesc
}

func (b budgets) Collect(c chan<- prometheus.Metric) {
	for _, st := range b.s.cfg.Meter.States() {
		if st.Window.Budget.Currency == meter.Tokens {
			c <- prometheus.MustNewConstMetric(packageDesc, prometheus.GaugeValue, float64(st.Used), st.Window.ID)
			continue
		}
		c <- prometheus.MustNewConstMetric(budgetDesc, prometheus.GaugeValue, st.Used.Float(), st.Window.ID, string(st.Window.Budget.Currency))
		if st.Window.Budget.Alert > 0 {
			alert := 0.0
			if st.Alert {
				alert = 1
			}
			c <- prometheus.MustNewConstMetric(alertDesc, prometheus.GaugeValue, alert, st.Window.ID)
		}
	}
}

// idle waits at most d for the calls under way to end.
func (s *Server) idle(d time.Duration) {
	for end := time.Now().Add(d); s.active.Load() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
}
