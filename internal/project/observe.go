package project

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/strictyaml"
)

const (
	requestLog = strictyaml.Path("request_log")
	traces     = strictyaml.Path("traces")
)

// RequestLog keeps what calls of routes, and of keys with --log on, say.
type RequestLog struct {
	Routes  []string `yaml:"routes"`   // names at the gateway; "*" is all
	Keep    Age      `yaml:"keep"`     // filled in: 30 days
	MaxSize Size     `yaml:"max_size"` // of all files; filled in: 1 GiB
	PII     string   `yaml:"pii"`      // mask or allow; filled in: mask
}

// Traces go to an OpenTelemetry collector.
type Traces struct {
	Endpoint string  `yaml:"endpoint"` // "": OTEL_EXPORTER_OTLP_ENDPOINT, or none
	Content  bool    `yaml:"content"`  // prompts and replies too, with placeholders for personal data
	Share    float64 `yaml:"share"`    // of the calls; filled in: 1
}

// Age is a time in days or hours.
type Age time.Duration

// UnmarshalText reads "30d" or "12h".
func (a *Age) UnmarshalText(b []byte) error {
	s := string(b)
	for unit, d := range map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour} {
		number, ok := strings.CutSuffix(s, unit)
		if n, err := strconv.ParseInt(number, 10, 16); ok && err == nil && n > 0 {
			*a = Age(time.Duration(n) * d)
			return nil
		}
	}
	return fmt.Errorf("%q is no age; write it as 30d or 12h", s)
}

// Keep is for how long something is kept: an Age, or not at all.
type Keep time.Duration

// UnmarshalText reads "90d", "12h" or "off".
func (k *Keep) UnmarshalText(b []byte) error {
	if string(b) == "off" {
		*k = -1
		return nil
	}
	if err := (*Age)(k).UnmarshalText(b); err != nil {
		return fmt.Errorf("%q is no age; write it as 30d or 12h, or off", b)
	}
	return nil
}

// Off tells that nothing is kept.
func (k Keep) Off() bool { return k < 0 }

func (c *checker) checkObserved() {
	l := &c.RequestLog
	if l.Keep == 0 {
		l.Keep = Age(30 * 24 * time.Hour)
	}
	if l.MaxSize == 0 {
		l.MaxSize = 1 << 30
	}
	if c.doc.Has(requestLog.Key("pii")) {
		c.oneOf(requestLog.Key("pii"), "rule for personal data", l.PII, []string{PIIMask, PIIAllow})
	} else {
		l.PII = PIIMask
	}
	if c.doc.Has(requestLog.Key("routes")) && !slices.Contains(l.Routes, "*") {
		c.checkList(requestLog.Key("routes"), "model, route or scenario/NAME", l.Routes, c.Served())
	}
	t := &c.Traces
	if t.Share == 0 && !c.doc.Has(traces.Key("share")) {
		t.Share = 1
	}
	if t.Share <= 0 || t.Share > 1 {
		c.doc.Errorf(traces.Key("share"), "expected a share of the calls above 0 and up to 1, such as 0.1")
	}
	if !c.doc.Has(traces.Key("endpoint")) {
		return
	}
	if unset := c.expand(traces.Key("endpoint"), &t.Endpoint); len(unset) > 0 {
		t.Endpoint = "" // off where it is not set
		return
	}
	if u, err := url.Parse(t.Endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		c.doc.Errorf(traces.Key("endpoint"), "the collector is no address; write it as http://127.0.0.1:4318")
	}
}
