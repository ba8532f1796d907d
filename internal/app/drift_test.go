package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// watchedDesk draws every call; its bar is absolute, so that a single model is
// certified.
func watchedDesk(t *testing.T) *desk {
	d := openDesk(t, 1000)
	d.reprice(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.9, slack: 0.03}\n    drift: {sample: 1}")
	d.reprice(t, "    cascade: {}\n", "")
	return d
}

// serving runs the gateway and asks for each text.
func (d *desk) serving(t *testing.T, texts []string) (replies []string) {
	t.Helper()
	a := d.open(t)
	ctx, stop := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(s string) { addr <- s }) }()
	key, err := a.CreateKey(ctx, app.KeyRequest{Name: fmt.Sprint("k", len(texts), t.Name()), Department: "service"})
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + <-addr + "/v1/chat/completions"
	for _, text := range texts {
		reply, _ := ask(t, url, key.Key, text)
		replies = append(replies, reply)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	return replies
}

// labelled fills in what a person would write to each sample.
func (d *desk) labelled(t *testing.T, label func(input string) string) string {
	t.Helper()
	var file bytes.Buffer
	if _, err := d.open(t).WriteSamples(context.Background(), "intent", &file); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&file).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "sample,time,input,label" {
		t.Fatalf("%v, %v", rows[0], err)
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	for i, row := range rows {
		if i > 0 {
			row[3] = label(row[2])
		}
		_ = w.Write(row)
	}
	w.Flush()
	return out.String()
}

func TestLabelsOfServedCallsRevokeACertificate(t *testing.T) {
	ctx, d := context.Background(), watchedDesk(t)
	sum, _ := d.up(t)
	if sum.Status != sizing.StatusCertified {
		t.Fatalf("%+v", sum)
	}
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("case%04d about a thing", i))
	}
	d.serving(t, texts)
	gold := func(input string) string { return d.gold[caseNumber.FindString(input)] }

	good := d.labelled(t, func(in string) string {
		if strings.HasPrefix(in, "case0007") {
			return "?"
		}
		return gold(in)
	})
	t.Run("a mistake in the file changes nothing", func(t *testing.T) {
		for name, tt := range map[string]struct {
			file string
			code errs.Code
			want string
		}{
			"a label of no such name": {strings.Replace(good, ",?\n", ",crad\n", 1), errs.CodeInvalid, `label "crad" is none of scenario intent`},
			"a sample from elsewhere": {good + "req_other,2026-01-01T00:00:00Z,text,card\n", errs.CodeNotFound, `there is no sample "req_other"`},
			"another file":            {"a,b\n1,2\n", errs.CodeInvalid, "it needs the columns sample and label, and has a, b"},
			"an empty file":           {"", errs.CodeInvalid, "it has no head line"},
		} {
			if _, err := d.open(t).ReadLabels(ctx, "intent", "f.csv", strings.NewReader(tt.file)); !errs.Is(err, tt.code) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		all, _, err := d.open(t).Drift(ctx, "")
		if err != nil || len(all) != 1 || all[0].Drawn != 60 || all[0].Labels != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
	t.Run("good labels are kept, once", func(t *testing.T) {
		res, err := d.open(t).ReadLabels(ctx, "intent", "f.csv", strings.NewReader("\ufeff"+good))
		if err != nil || res.Labelled != 60 || res.Shown != 60 || res.Counted != 59 || res.Alarm != nil || res.Mean < .85 || res.Floor != .87 {
			t.Fatalf("%+v, %v", res, err)
		}
		res, err = d.open(t).ReadLabels(ctx, "intent", "f.csv", strings.NewReader(good))
		if err != nil || res.Labelled != 0 || res.Before != 60 {
			t.Errorf("%+v, %v", res, err)
		}
		if err := d.open(t).Gate(ctx, "intent"); err != nil {
			t.Errorf("the gate: %v", err)
		}
	})

	d.serving(t, texts)
	bad := d.labelled(t, func(string) string { return "-" })
	res, err := d.open(t).ReadLabels(ctx, "intent", "f.csv", strings.NewReader(bad))
	if err != nil || res.Labelled != 60 || res.Alarm == nil || res.Alarm.After <= 60 {
		t.Fatalf("%+v, %v", res, err)
	}
	t.Run("what is served is a best guess from then on", func(t *testing.T) {
		if err := d.open(t).Gate(ctx, "intent"); !errors.Is(err, app.ErrGate) || !strings.Contains(err.Error(), "is revoked") {
			t.Errorf("the gate: %v", err)
		}
		calls := d.calls()
		after, _ := d.up(t)
		if after.Status != sizing.StatusBestGuess || after.Revoked == nil || *after.Decision != *sum.Decision || d.calls() != calls {
			t.Errorf("%+v, %d calls more", after, d.calls()-calls)
		}
		rep, err := d.open(t).Report(ctx)
		if err != nil || rep.Scenarios[0].Status != sizing.StatusBestGuess || rep.Scenarios[0].Drift.Alarm == nil {
			t.Errorf("%+v, %v", rep.Scenarios[0].Drift, err)
		}
	})
}

func TestWhatIsNotWatchedSaysWhy(t *testing.T) {
	ctx, d := context.Background(), openDesk(t, 40)
	a := d.open(t)
	_, notes, err := a.Drift(ctx, "")
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "add drift: {sample: 0.02}") {
		t.Errorf("%v, %v", notes, err)
	}
	if _, err := a.WriteSamples(ctx, "intent", &bytes.Buffer{}); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("%v", err)
	}
	if _, _, err := a.Drift(ctx, "intnet"); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("%v", err)
	}
}
