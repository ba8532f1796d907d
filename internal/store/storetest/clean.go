package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// cleaned makes n cleaned rows of a source.
func cleaned(name string, n int) []clean.Cleaned {
	out := make([]clean.Cleaned, n)
	for i := range out {
		out[i] = clean.Cleaned{
			RecordID: fmt.Sprintf("rec_%s_%d", name, i), Source: name, Department: "service", Class: source.ClassRow, Format: "csv",
			Path: "data/中.csv", Key: fmt.Sprint("K", i), Address: fmt.Sprintf("data/中.csv#K%d", i), FileID: "file_1", Row: i + 2,
			Title: "题", Text: fmt.Sprintf("手机13800138000 'x' ? 𠮷 %d", i), Label: "card", Lang: clean.LangChinese,
			PII:        []pii.Tag{{Type: pii.Mobile, Start: 6, End: 17, Valid: true}},
			LookAlikes: []pii.Tag{{Type: pii.BankCard, Start: 20, End: 30}},
			Repairs:    []string{"space", "width"},
			Spans:      []clean.Span{{Kind: clean.SpanHeading, Start: 0, End: 6, Level: 2}},
			Values:     []clean.Value{{Kind: clean.ValueAmount, Start: 6, End: 17, Value: "1.5", Unit: "CNY"}},
			Measures:   map[string]float64{"gibberish": .25, "characters": 20},
		}
	}
	return out
}

func cleanEach(t *testing.T, s clean.Store, name string) []clean.Cleaned {
	t.Helper()
	var out []clean.Cleaned
	ok(t, s.Each(context.Background(), name, func(c clean.Cleaned) error {
		out = append(out, c)
		return nil
	}))
	return out
}

// Clean is what a clean.Store must do.
func Clean(t *testing.T, open func(t *testing.T) clean.Store) {
	ctx := context.Background()

	t.Run("nothing is known of an unknown source", func(t *testing.T) {
		s := open(t)
		g, _, err := s.Current(ctx, "tickets")
		ok(t, err)
		if got := cleanEach(t, s, "tickets"); g != "" || len(got) != 0 {
			t.Errorf("generation %q, %d records", g, len(got))
		}
		_, err = s.Get(ctx, "rec_0")
		code(t, err, errs.CodeNotFound)
		ids, err := s.Duplicates(ctx, "rec_0")
		ok(t, err)
		same(t, "duplicates", []string{}, ids)
	})

	t.Run("records come back as they were given, once committed", func(t *testing.T) {
		s := open(t)
		want := cleaned("tickets", 5)
		want[2] = clean.Cleaned{
			RecordID: "rec_x", Source: "tickets", Class: source.ClassDocument, Format: "md", Path: "a.md", Address: "a.md",
			Lang: clean.LangOther, Dropped: clean.DropEmpty,
		}
		want[4].Dropped, want[4].DuplicateOf = clean.DropDuplicate, want[1].RecordID
		want[3].DuplicateOf = want[1].RecordID
		ok(t, s.Append(ctx, "tickets", "clean/1", "g1", 0, want[:3]))
		ok(t, s.Append(ctx, "tickets", "clean/1", "g1", 0, want[:3])) // killed, and run again
		ok(t, s.Append(ctx, "tickets", "clean/1", "g1", 3, want[3:]))
		if got := cleanEach(t, s, "tickets"); len(got) != 0 {
			t.Errorf("%d records before the commit", len(got))
		}
		_, err := s.Get(ctx, want[0].RecordID)
		code(t, err, errs.CodeNotFound)
		ok(t, s.Commit(ctx, "tickets", "clean/1", "g1", 5, []byte(`{"源":"票"}`)))
		same(t, "records", want, cleanEach(t, s, "tickets"))
		g, rep, err := s.Current(ctx, "tickets")
		ok(t, err)
		if g != "g1" || string(rep) != `{"源":"票"}` {
			t.Errorf("generation %q, report %s", g, rep)
		}
		got, err := s.Get(ctx, want[1].RecordID)
		ok(t, err)
		same(t, "record", want[1], got)
		ids, err := s.Duplicates(ctx, want[1].RecordID)
		ok(t, err)
		same(t, "duplicates", []string{want[3].RecordID, want[4].RecordID}, ids)
		known := map[string]clean.Cleaned{}
		take := func(c clean.Cleaned) error { known[c.RecordID] = c; return nil }
		ok(t, s.Known(ctx, "tickets", "clean/2", []string{want[4].RecordID}, take))
		ok(t, s.Known(ctx, "other", "clean/1", []string{want[4].RecordID}, take))
		ok(t, s.Known(ctx, "tickets", "clean/1", nil, take))
		ok(t, s.Known(ctx, "tickets", "clean/1", []string{"rec_none", want[4].RecordID, want[2].RecordID}, take))
		same(t, "known records", map[string]clean.Cleaned{want[4].RecordID: want[4], want[2].RecordID: want[2]}, known)
	})

	t.Run("what was removed is a query; a run goes on where it was", func(t *testing.T) {
		s := open(t)
		want := cleaned("tickets", 4)
		want[1].Dropped = clean.DropPolicy + " of plan x/1: gibberish above 0.5 (0.9)"
		want[2].DuplicateOf = want[0].RecordID
		ok(t, s.Append(ctx, "tickets", "p", "g1", 0, want[:3]))
		n, err := s.Appended(ctx, "tickets", "g1")
		ok(t, err)
		same(t, "records of g1", 3, n)
		n, err = s.Appended(ctx, "tickets", "g2")
		ok(t, err)
		same(t, "records of g2", 0, n)
		ok(t, s.Append(ctx, "tickets", "p", "g1", 3, want[3:]))
		ok(t, s.Commit(ctx, "tickets", "p", "g1", 4, nil))
		var got []clean.Cleaned
		ok(t, s.Removed(ctx, "tickets", func(c clean.Cleaned) error {
			got = append(got, c)
			return nil
		}))
		same(t, "removed", want[1:3], got)
		ok(t, s.Removed(ctx, "unknown", func(clean.Cleaned) error { return errors.New("nothing is known of it") }))
	})

	t.Run("a generation that lacks records is not committed", func(t *testing.T) {
		s := open(t)
		ok(t, s.Append(ctx, "tickets", "p", "g1", 0, cleaned("tickets", 2)))
		code(t, s.Commit(ctx, "tickets", "p", "g1", 3, nil), errs.CodeInternal)
		if g, _, err := s.Current(ctx, "tickets"); g != "" || err != nil {
			t.Errorf("generation %q, %v", g, err)
		}
	})

	t.Run("a new generation takes the place of the old one", func(t *testing.T) {
		s := open(t)
		old := cleaned("tickets", 3)
		ok(t, s.Append(ctx, "tickets", "p1", "g1", 0, old))
		ok(t, s.Commit(ctx, "tickets", "p1", "g1", 3, nil))
		now := cleaned("tickets", 3)[1:]
		now[0].Row, now[0].FileID, now[0].DuplicateOf = 9, "file_2", now[1].RecordID
		ok(t, s.Append(ctx, "tickets", "p1", "g2", 0, now))
		same(t, "records before the commit", old, cleanEach(t, s, "tickets"))
		ok(t, s.Commit(ctx, "tickets", "p1", "g2", 2, nil))
		same(t, "records", now, cleanEach(t, s, "tickets"))
		_, err := s.Get(ctx, old[0].RecordID)
		code(t, err, errs.CodeNotFound)

		again := cleaned("tickets", 3) // another plan makes another text of the same records
		again[0].Text, again[1].Text, again[2].Text = "x", "y", "z"
		ok(t, s.Append(ctx, "tickets", "p2", "g3", 0, again))
		ok(t, s.Commit(ctx, "tickets", "p2", "g3", 3, nil))
		same(t, "records of another plan", again, cleanEach(t, s, "tickets"))
		ok(t, s.Append(ctx, "tickets", "p1", "g1", 0, old)) // and back
		ok(t, s.Commit(ctx, "tickets", "p1", "g1", 3, nil))
		same(t, "records of the first plan", old, cleanEach(t, s, "tickets"))
	})

	t.Run("thousands of records in order, sources apart", func(t *testing.T) {
		s := open(t)
		want := cleaned("tickets", 2500)
		for from := 0; from < len(want); from += 700 {
			ok(t, s.Append(ctx, "tickets", "p", "g1", from, want[from:min(from+700, len(want))]))
		}
		ok(t, s.Append(ctx, "rules", "p", "g1", 0, cleaned("rules", 2)))
		ok(t, s.Commit(ctx, "rules", "p", "g1", 2, nil))
		ok(t, s.Commit(ctx, "tickets", "p", "g1", len(want), nil))
		got := cleanEach(t, s, "tickets")
		if len(got) != len(want) {
			t.Fatalf("%d records, want %d", len(got), len(want))
		}
		for i := range want {
			if d := cmp.Diff(want[i], got[i]); d != "" {
				t.Fatalf("record %d (-want +got):\n%s", i, d)
			}
		}
		at := 0
		ok(t, s.Outline(ctx, "tickets", func(c clean.Cleaned) error {
			if d := cmp.Diff(want[at].Outline(), c); d != "" {
				t.Errorf("outline of record %d (-want +got):\n%s", at, d)
			}
			at++
			return nil
		}))
		if at != len(want) {
			t.Errorf("%d outlines, want %d", at, len(want))
		}
		stop := errors.New("enough")
		seen := 0
		err := s.Each(ctx, "tickets", func(c clean.Cleaned) error {
			if seen++; seen == 3 {
				return stop
			}
			_, err := s.Get(ctx, c.RecordID) // the store may be used meanwhile
			return err
		})
		if !errors.Is(err, stop) || seen != 3 {
			t.Errorf("%d records until %v", seen, err)
		}
	})

	t.Run("an empty source", func(t *testing.T) {
		s := open(t)
		ok(t, s.Append(ctx, "empty", "p", "g", 0, nil))
		ok(t, s.Commit(ctx, "empty", "p", "g", 0, []byte("{}")))
		if g, _, err := s.Current(ctx, "empty"); g != "g" || err != nil {
			t.Errorf("generation %q, %v", g, err)
		}
	})
}
