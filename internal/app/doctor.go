package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/openai"
)

// Check is one thing the doctor looked at.
type Check struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok | warn | fail
	Note   string `json:"note"`
}

// DoctorResult is what `luodi doctor --json` prints.
type DoctorResult struct {
	Checks []Check `json:"checks"`
}

// Err is an error when a check failed.
func (r DoctorResult) Err() error {
	for _, c := range r.Checks {
		if c.Status == "fail" {
			return errors.New("a check failed: " + c.Name)
		}
	}
	return nil
}

// Doctor checks the project: luodi.yaml, the store, every endpoint (asked for
// its models, which costs nothing), the age of prices and whom packages are for.
func Doctor(ctx context.Context, dir string) DoctorResult {
	var out DoctorResult
	add := func(name, status, format string, args ...any) {
		out.Checks = append(out.Checks, Check{name, status, fmt.Sprintf(format, args...)})
	}
	a, err := Open(ctx, dir)
	if err != nil {
		add("project", "fail", "%v", err)
		return out
	}
	defer a.Close()
	add("project", "ok", "%s: %d sources, %d knowledge bases, %d scenarios", a.Project.Name, len(a.Project.Sources), len(a.Project.Knowledge), len(a.Project.Scenarios))
	add("store", "ok", "%s", a.db.Name())
	client := openai.Client{Timeout: 5 * time.Second, Retries: -1}
	for _, m := range a.Project.Models {
		name := "model " + m.Name
		ep, err := a.endpoint(m.Name)
		switch {
		case err != nil:
			add(name, "fail", "%v", err)
			continue
		case !ep.Configured:
			add(name, "warn", "not configured: %s", ep.Reason)
			continue
		}
		if _, err := client.Models(ctx, a.target(ep)); err != nil {
			add(name, "warn", "%v", err)
		} else {
			add(name, "ok", "%s answers", ep.BaseURL)
		}
		if row, ok := ep.Price(a.now()); !ok {
			add(name, "warn", "no price is known; give price: {in, out, currency} in luodi.yaml")
		} else if row.Confidence != catalog.Project && row.Stale(a.now(), staleDays) {
			add(name, "warn", "price: %s", row.Trust(a.now(), staleDays))
		}
	}
	stray, err := a.strayPackages(ctx)
	if err != nil {
		add("packages", "fail", "%v", err)
	}
	for _, note := range stray {
		add("packages", "warn", "%s", note)
	}
	return out
}
