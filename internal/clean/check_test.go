package clean_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

func TestChecksOfATable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "customers.csv", "id\nA\nB\n")
	write(t, dir, "loans.csv", "id,amount,status,customer\n1,\"1,000\",good,A\n2,-5,bad,C\n2,,odd,B\n4,n/a,good,\n")
	in := ingest(t, dir, source.Spec{Name: "customers", Path: "customers.csv"})
	in.again(t, dir, source.Spec{Name: "loans", Path: "loans.csv", Columns: source.Columns{ID: "id"}})
	zero, quarter, tenth := 0.0, .25, .1
	cfg := clean.Config{Source: "loans", Sources: in.store, Store: &cleantest.Store{}, Checks: []clean.Check{
		{Column: "amount", NullShare: &quarter, Min: &zero},
		{Column: "customer", NullShare: &tenth, References: "customers.id"},
		{Column: "status", OneOf: []string{"good", "bad"}},
		{Column: "id", Unique: true},
	}}
	rep, err := clean.Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := []clean.CheckResult{
		{Column: "amount", Check: "null_share", Want: "≤ 0.25", OK: true, Bad: 1, Rows: 4, Examples: []string{"loans.csv#2"}},
		{Column: "amount", Check: "range", Want: "0 … ", Bad: 2, Rows: 3, Examples: []string{"loans.csv#2", "loans.csv#4"}},
		{Column: "customer", Check: "null_share", Want: "≤ 0.1", Bad: 1, Rows: 4, Examples: []string{"loans.csv#4"}},
		{Column: "customer", Check: "references", Want: "customers.id", Bad: 1, Rows: 3, Examples: []string{"loans.csv#2"}},
		{Column: "status", Check: "one_of", Want: "good, bad", Bad: 1, Rows: 4, Examples: []string{"loans.csv#2"}},
		{Column: "id", Check: "unique", Want: "1 ×", Bad: 1, Rows: 4, Examples: []string{"loans.csv#2"}},
	}
	if d := cmp.Diff(want, rep.Checks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if rep.Kept != 4 {
		t.Errorf("%d of 4 rows are kept: a check drops nothing", rep.Kept)
	}
	cfg.Checks = cfg.Checks[:1]
	if again, err := clean.Run(context.Background(), cfg); err != nil || again.Digest == rep.Digest || len(again.Checks) != 2 {
		t.Errorf("other checks, the same digest: %v", err)
	}
}

func vaulted(t *testing.T) clean.Plan {
	t.Helper()
	spec, err := clean.ReadSpec("p.yaml", []byte("plan: p\nversion: 1\nsteps: [{do: space}]\npii: {types: {mobile: vault}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := clean.NewPlan(nil).With(spec).Keyed([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRunSealsBeforeItStores(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,text,label\n1,手机13800138000,a\n2,再拨13800138000,b\n")
	in := ingest(t, dir, tickets)
	store, vault := &cleantest.Store{}, &cleantest.Vault{}
	cfg := clean.Config{Source: "tickets", Sources: in.store, Store: store, Plan: vaulted(t)}
	if _, err := clean.Run(context.Background(), cfg); !errs.Is(err, errs.CodeInvalid) {
		t.Fatalf("without a vault: %v", err)
	}
	cfg.Vault = vault
	if _, err := clean.Run(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	for _, c := range all(t, "tickets", store) {
		token := c.Text[c.PII[0].Start:c.PII[0].End]
		if s, err := vault.GetSealed(context.Background(), token); err != nil || strings.Contains(string(s.Box), "138") || strings.Contains(c.Text, "138") {
			t.Errorf("%q: %v, %v", c.Text, s, err)
		}
	}
}

// TestRunGoesOn: what a killed run has stored is not stored again.
func TestRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,text,label\n"+strings.Repeat("1,some text,a\n2,another text,b\n", 3000))
	in := ingest(t, dir, tickets)
	store := &counting{}
	calls := 0
	store.Fail = func() error {
		if calls++; calls == 3 {
			return errors.New("killed")
		}
		return nil
	}
	cfg := clean.Config{Source: "tickets", Sources: in.store, Store: store}
	if _, err := clean.Run(context.Background(), cfg); err == nil {
		t.Fatal("not killed")
	}
	before := store.appended
	if _, err := clean.Run(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	if before == 0 || before == 6000 || store.appended != 6000 {
		t.Errorf("%d records were stored before the kill, %d in all; want 6000", before, store.appended)
	}
}

// counting counts the records that are stored.
type counting struct {
	cleantest.Store
	appended int
}

func (c *counting) Append(ctx context.Context, name, plan, generation string, position int, records []clean.Cleaned) error {
	err := c.Store.Append(ctx, name, plan, generation, position, records)
	if err == nil {
		c.appended += len(records)
	}
	return err
}
