package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
)

// bare is a project of two models and nothing else.
func bare(t *testing.T) *shop {
	t.Helper()
	s := &shop{dir: t.TempDir()}
	s.write(t, "luodi.yaml", "project: bare\nmodels:\n  - {name: qwen-plus, vendor: dashscope, key: \"${NO_SUCH_KEY}\"}\n  - {name: fixed, endpoint: http://127.0.0.1:9/v1, price: {in: 1, out: 1}}\n")
	return s
}

func priced(change func(*app.PriceRequest)) app.PriceRequest {
	q := app.PriceRequest{Model: "dashscope/qwen-plus", In: "0.6", Out: "1.8", Currency: "CNY", From: "2026-11-01", Source: "contract 2026-17", Read: "2026-10-30"}
	change(&q)
	return q
}

func TestSetPriceErrorsSayWhatToWrite(t *testing.T) {
	tests := []struct {
		name   string
		change func(*app.PriceRequest)
		code   errs.Code
		want   string
	}{
		{"no decimal", func(q *app.PriceRequest) { q.In = "0,6" }, errs.CodeInvalid, `--in "0,6": write the price per million tokens as a decimal`},
		{"too fine", func(q *app.PriceRequest) { q.Out = "0.0000001" }, errs.CodeInvalid, `--out "0.0000001"`},
		{"below nothing", func(q *app.PriceRequest) { q.Cached = "-1" }, errs.CodeInvalid, `--cached "-1"`},
		{"euro", func(q *app.PriceRequest) { q.Currency = "EUR" }, errs.CodeInvalid, `--currency "EUR": write CNY or USD`},
		{"a day that is none", func(q *app.PriceRequest) { q.From = "2026-11-31" }, errs.CodeInvalid, `--from "2026-11-31"`},
		{"a reading on no day", func(q *app.PriceRequest) { q.Read = "yesterday" }, errs.CodeInvalid, `--date "yesterday"`},
		{"no source", func(q *app.PriceRequest) { q.Source = " " }, errs.CodeInvalid, "--source is empty"},
		{"two mistakes", func(q *app.PriceRequest) { q.In, q.Source = "x", "" }, errs.CodeInvalid, "--source is empty"},
		{"no vendor", func(q *app.PriceRequest) { q.Model = "qwen-max" }, errs.CodeInvalid, "write VENDOR/MODEL"},
		{"another name of a vendor", func(q *app.PriceRequest) { q.Model = "doubao/pro" }, errs.CodeNotFound, "did you mean ark?"},
		{"an unknown vendor", func(q *app.PriceRequest) { q.Model = "acme/pro" }, errs.CodeNotFound, "there are anthropic, ark"},
		{"a price of luodi.yaml", func(q *app.PriceRequest) { q.Model = "fixed" }, errs.CodeConflict, "states its price in luodi.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := bare(t)
			_, err := s.app(t).SetPrice(context.Background(), priced(tt.change))
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, app.ErrUsage) != (tt.code == errs.CodeInvalid) {
				t.Errorf("error %v, want …%s…", err, tt.want)
			}
			if _, err := os.Stat(filepath.Join(s.dir, "catalog")); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

func TestPricesAreSetDiffedAndGrowOld(t *testing.T) {
	ctx, s := context.Background(), bare(t)
	first, err := s.app(t).SetPrice(ctx, priced(func(q *app.PriceRequest) { q.Model, q.From = "qwen-plus", "2026-01-01" }))
	if err != nil || !first.Changed || first.Before == nil || first.Before.In != "0.8" || first.Row.Vendor != "dashscope" || !first.Row.Own {
		t.Fatalf("%+v, %v", first, err)
	}
	same, err := s.app(t).SetPrice(ctx, priced(func(q *app.PriceRequest) { q.From = "2026-01-01" }))
	if err != nil || same.Changed || same.Row.ID != first.Row.ID {
		t.Errorf("the same again: %+v, %v", same, err)
	}
	next, err := s.app(t).SetPrice(ctx, priced(func(q *app.PriceRequest) { q.From, q.In, q.Source = "2026-01-01", "0.3", "contract 2026-18" }))
	if err != nil || next.Before == nil || next.Before.ID != first.Row.ID {
		t.Fatalf("%+v, %v", next, err)
	}
	future, err := s.app(t).SetPrice(ctx, priced(func(q *app.PriceRequest) { q.From = "2999-01-01" }))
	if err != nil || future.Holds || len(future.Notes) != 1 || !strings.Contains(future.Notes[0], next.Row.ID) {
		t.Errorf("a price of the future: %+v, %v", future, err)
	}
	b, err := os.ReadFile(next.File)
	if err != nil || strings.Count(string(b), "- vendor:") != 3 {
		t.Errorf("%v; the file is\n%s", err, b)
	}

	diff, err := s.app(t).DiffPrices(ctx)
	if err != nil || len(diff.Rows) != 3 {
		t.Fatalf("%+v, %v", diff, err)
	}
	for i, want := range []struct {
		id, before string
		ratio      float64
		holds      bool
	}{{first.Row.ID, first.Before.ID, .75, false}, {next.Row.ID, first.Row.ID, .5, next.Holds}, {future.Row.ID, next.Row.ID, 2, false}} {
		c := diff.Rows[i]
		if c.Row.ID != want.id || c.Before.ID != want.before || *c.InRatio != want.ratio || c.Holds != want.holds || c.BuiltIn == nil {
			t.Errorf("row %d: %+v, before %s, ratio %v; want %+v", i, c.Row.ID, c.Before.ID, *c.InRatio, want)
		}
	}

	list, err := s.app(t).Prices("dashscope")
	if err != nil {
		t.Fatal(err)
	}
	superseded := map[string]bool{}
	for _, r := range list.Rows {
		superseded[r.ID] = r.Superseded
	}
	if !superseded[first.Row.ID] || superseded[next.Row.ID] {
		t.Errorf("superseded: %v", superseded)
	}
	all, err := s.app(t).StalePrices(100000)
	if err != nil || len(all.Rows) != 0 {
		t.Errorf("%d rows are older than 100,000 days, %v", len(all.Rows), err)
	}
	if _, err := s.app(t).StalePrices(-1); !errors.Is(err, app.ErrUsage) {
		t.Errorf("--days -1: %v", err)
	}
}

func TestAFileWrittenByHandIsNotSpoilt(t *testing.T) {
	s := bare(t)
	if err := os.MkdirAll(filepath.Join(s.dir, "catalog/prices"), 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "rows: []\nvendor: openai\ncurrency: USD\nzone: \"+00:00\"\n"
	s.write(t, "catalog/prices/project.yaml", text)
	_, err := s.app(t).SetPrice(context.Background(), priced(func(*app.PriceRequest) {}))
	b, rerr := os.ReadFile(filepath.Join(s.dir, "catalog/prices/project.yaml"))
	if !errs.Is(err, errs.CodeConflict) || rerr != nil || string(b) != text {
		t.Errorf("%v, %v; the file is\n%s", err, rerr, b)
	}
}

func TestNoPriceIsLostWhenManyAreSetAtOnce(t *testing.T) {
	s := bare(t)
	var wg sync.WaitGroup
	fail := make([]error, 6)
	for i := range fail {
		own := s.app(t)
		wg.Go(func() {
			_, fail[i] = own.SetPrice(context.Background(), priced(func(q *app.PriceRequest) { q.Model = "openai/m" + string(rune('a'+i)) }))
		})
	}
	wg.Wait()
	if err := errors.Join(fail...); err != nil {
		t.Fatal(err)
	}
	list, err := s.app(t).Prices("openai")
	own := 0
	for _, r := range list.Rows {
		if r.Own {
			own++
		}
	}
	if err != nil || own != len(fail) {
		t.Errorf("%d of %d rows are there, %v", own, len(fail), err)
	}
}
