package clean_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, in ingested, store *cleantest.Store) clean.Report {
	t.Helper()
	rep, err := clean.Run(context.Background(), clean.Config{Source: name, Sources: in.store, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func all(t *testing.T, name string, store *cleantest.Store) []clean.Cleaned {
	t.Helper()
	var out []clean.Cleaned
	err := store.Each(context.Background(), name, func(c clean.Cleaned) error {
		out = append(out, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var tickets = source.Spec{Name: "tickets", Department: "service", Path: "*.csv", Columns: source.Columns{ID: "id", Text: "text", Label: "label"}}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,text,label\n"+
		"1,我的卡　还没有收到,card\n"+
		"2,我的卡 还没有收到,card\n"+ // says the same once cleaned
		"3,我的卡 还没有收到,loss\n"+ // with another label
		"4,\" \u200b \",card\n"+
		"5,手机13800138000，证件110105194912310021,card\n"+
		"6,\"Where is my card? I ordered it a week ago, and it has not come.\",card\n"+
		"7,\"Where is my card? I ordered it a week ago, and it has not come!\",card\n")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("id,text,label\n9,请问贷款的利率是多少，可以提前还款吗,loan\n")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.csv", gb)
	in := ingest(t, dir, tickets)
	store := &cleantest.Store{}
	rep := run(t, "tickets", in, store)
	got := all(t, "tickets", store)

	if got[1].Dropped != clean.DropDuplicate || got[1].DuplicateOf != got[0].RecordID {
		t.Errorf("a duplicate: %+v", got[1])
	}
	if got[2].Dropped != "" || got[2].DuplicateOf != "" {
		t.Errorf("the same text with another label is kept: %+v", got[2])
	}
	if got[3].Dropped != clean.DropEmpty {
		t.Errorf("an empty text: %+v", got[3])
	}
	if tags := got[4].PII; len(tags) != 1 || tags[0].Type != pii.Mobile || len(got[4].LookAlikes) != 1 {
		t.Errorf("tags %+v, look-alikes %+v", tags, got[4].LookAlikes)
	}
	ids, err := store.Duplicates(context.Background(), got[0].RecordID)
	if err != nil || len(ids) != 1 || ids[0] != got[1].RecordID {
		t.Errorf("duplicates %v, %v", ids, err)
	}

	want := clean.Report{
		Source: "tickets", Department: "service", Files: 2, Records: 8, Rows: 8, Kept: 6,
		Formats: map[string]int{"csv": 8}, Languages: map[string]int{"zh": 4, "en": 2},
		Labels:  map[string]int{"card": 4, "loss": 1, "loan": 1},
		Dropped: map[string]int{clean.DropDuplicate: 1, clean.DropEmpty: 1}, ExactDuplicates: 1,
		NearDuplicates: clean.Near{Clusters: 2, Records: 4, Measured: true}, LabelConflicts: 1,
		PII:        map[string]clean.Findings{pii.Mobile: {Records: 1, Found: 1}},
		LookAlikes: map[string]clean.Findings{pii.ResidentID: {Records: 1, Found: 1}},
		Repairs: clean.Repairs{
			Charsets: map[string]int{"utf-8": 1, "gb18030": 1}, Doubtful: []string{},
			Operators: map[string]int{"space": 2, "control": 1},
		},
	}
	short := rep
	short.Plan, short.Digest, short.Bytes, short.Lengths, short.Drops, short.Columns, short.Notes, short.Samples = "", "", 0, clean.Lengths{}, nil, nil, nil, nil
	short.Histogram, short.Spans, short.Values, short.Checks = nil, nil, nil, nil
	if d := cmp.Diff(want, short); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	if len(rep.Drops) != 2 || rep.Drops[0].Address != "a.csv#2" || rep.Drops[0].DuplicateOf != got[0].RecordID {
		t.Errorf("drops %+v", rep.Drops)
	}
	if len(rep.Samples) == 0 || rep.Samples[0].Before != "我的卡　还没有收到" || rep.Samples[0].After != "我的卡 还没有收到" {
		t.Errorf("samples %+v", rep.Samples)
	}
	if len(rep.Columns) != 3 || rep.Columns[0].Name != "id" || rep.Columns[0].Numbers != 8 || *rep.Columns[0].Max != 9 || rep.Columns[2].Distinct != 3 {
		t.Errorf("columns %+v", rep.Columns)
	}

	t.Run("nothing changed: the report is read", func(t *testing.T) {
		store.Fail = func() error { return errors.New("nothing may be written") }
		defer func() { store.Fail = nil }()
		if d := cmp.Diff(rep, run(t, "tickets", in, store)); d != "" {
			t.Errorf("(-first +second):\n%s", d)
		}
	})

	t.Run("a changed row", func(t *testing.T) {
		write(t, dir, "b.csv", "id,text,label\n9,１００万元,loan\n")
		in.again(t, dir, tickets)
		again := run(t, "tickets", in, store)
		now := all(t, "tickets", store)
		if again.Digest == rep.Digest || now[7].Text != "100万元" || now[0].RecordID != got[0].RecordID {
			t.Errorf("%+v", now[7])
		}
	})

	t.Run("keys are stable", func(t *testing.T) {
		b, err := json.Marshal(rep)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"languages", "lengths", "exact_duplicates", "near_duplicates", "pii", "look_alikes", "repairs", "dropped", "samples", "columns"} {
			if !strings.Contains(string(b), `"`+key+`":`) {
				t.Errorf("no key %q in %s", key, b)
			}
		}
	})
}

func TestTableRowsAreFacts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "loans.csv", "amount,status\n100,good\n100,good\n100,bad\n")
	in := ingest(t, dir, source.Spec{Name: "loans", Path: "*.csv"})
	store := &cleantest.Store{}
	if rep := run(t, "loans", in, store); rep.Kept != 3 || rep.ExactDuplicates != 1 || len(rep.Dropped) != 0 {
		t.Errorf("%+v", rep)
	}
	if got := all(t, "loans", store); got[1].DuplicateOf != got[0].RecordID || got[1].Dropped != "" {
		t.Errorf("%+v", got[1])
	}
	write(t, dir, "loans.csv", "id,amount\n1,100\n2,100\n")
	in = ingest(t, dir, source.Spec{Name: "loans", Path: "*.csv", Columns: source.Columns{ID: "id"}})
	if rep := run(t, "loans", in, store); rep.ExactDuplicates != 0 {
		t.Errorf("rows with other ids are duplicates: %+v", rep)
	}
}

func TestKilledAtEveryWrite(t *testing.T) {
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("id,text,label\n")
	for i := range 5000 {
		rows.WriteString(strings.Repeat("x", i%7) + ",a text " + strings.Repeat("y", i%11) + ",l\n")
	}
	write(t, dir, "a.csv", rows.String())
	in := ingest(t, dir, tickets)
	whole := &cleantest.Store{}
	rep := run(t, "tickets", in, whole)
	killed := errors.New("killed")
	for at := 1; ; at++ {
		store, writes := &cleantest.Store{}, 0
		store.Fail = func() error {
			if writes++; writes == at {
				return killed
			}
			return nil
		}
		_, err := clean.Run(context.Background(), clean.Config{Source: "tickets", Sources: in.store, Store: store})
		if err == nil {
			if at < 4 {
				t.Errorf("5000 rows are stored in %d writes", at-1)
			}
			return
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		if d := cmp.Diff(rep, run(t, "tickets", in, store)); d != "" {
			t.Fatalf("killed at write %d (-want +got):\n%s", at, d)
		}
		if d := cmp.Diff(all(t, "tickets", whole), all(t, "tickets", store)); d != "" {
			t.Fatalf("killed at write %d (-want +got):\n%s", at, d)
		}
	}
}

func TestCancelledRunStops(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,text,label\n1,a,b\n")
	in := ingest(t, dir, tickets)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := clean.Run(ctx, clean.Config{Source: "tickets", Sources: in.store, Store: &cleantest.Store{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestRealData cleans what the shared real data has, and looks at the figures.
func TestRealData(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real data at %s: skipped", dir)
	}
	for _, spec := range []source.Spec{
		{Name: "banking77", Path: "banking77/t*.csv", Columns: source.Columns{Text: "text", Label: "category"}},
		{Name: "law", Path: "cn-finance-law/*/**/*.md", Root: "cn-finance-law"},
		{Name: "tau2", Path: "tau2-banking/documents/*.json", Columns: source.Columns{ID: "id", Title: "title", Text: "content"}},
		{Name: "german", Path: "german-credit/GermanCredit.csv", Columns: source.Columns{Label: "credit_risk"}},
	} {
		t.Run(spec.Name, func(t *testing.T) {
			rep := run(t, spec.Name, ingest(t, dir, spec), &cleantest.Store{})
			t.Logf("%d records, %d kept, languages %v, %d exact and %v near duplicates, PII %v, look-alikes %v, repairs %v",
				rep.Records, rep.Kept, rep.Languages, rep.ExactDuplicates, rep.NearDuplicates, rep.PII, rep.LookAlikes, rep.Repairs.Operators)
			if rep.Kept == 0 || rep.Kept+len(rep.Drops) < min(rep.Records, 50) {
				t.Errorf("%d of %d records kept", rep.Kept, rep.Records)
			}
		})
	}
}
