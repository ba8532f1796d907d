package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
)

// Decided is what a store of cleaned records and of what was decided about
// them must do.
type Decided interface {
	clean.Store
	clean.Releases
	clean.AlikeStore
}

// CleanDecided is the suite of releases and of texts that are nearly the same.
func CleanDecided(t *testing.T, open func(t *testing.T) Decided) {
	ctx := context.Background()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

	t.Run("a release is kept once, and may be taken back", func(t *testing.T) {
		s := open(t)
		first := clean.Release{Record: "rec_b", Source: "letters", Who: "ann@desk", Reason: "consent", At: at}
		ok(t, s.Release(ctx, first))
		ok(t, s.Release(ctx, clean.Release{Record: "rec_b", Source: "letters", Who: "bob@desk", Reason: "another", At: at.Add(time.Hour)}))
		ok(t, s.Release(ctx, clean.Release{Record: "rec_a", Source: "letters", Who: "bob@desk", Reason: "public", At: at}))
		ok(t, s.Release(ctx, clean.Release{Record: "rec_c", Source: "mails", Who: "bob@desk", Reason: "public", At: at}))
		got, err := s.Released(ctx, "letters")
		ok(t, err)
		if len(got) != 2 || got[0].Record != "rec_a" || got[1] != first {
			t.Errorf("%+v", got)
		}
		ok(t, s.TakeBack(ctx, "rec_b"))
		code(t, s.TakeBack(ctx, "rec_b"), errs.CodeNotFound)
		got, err = s.Released(ctx, "letters")
		ok(t, err)
		if len(got) != 1 {
			t.Errorf("%+v", got)
		}
	})

	t.Run("rows take the place of all before, all or nothing", func(t *testing.T) {
		s := open(t)
		set := func(n int, stop error) error {
			return s.SetAlike(ctx, func(put func(clean.Alike) error) error {
				for i := range n {
					a := clean.Alike{Source: "b", Record: fmt.Sprintf("rec_%05d", i), OfSource: "a", OfRecord: "rec_x", Via: "rec_y", Similarity: .875, KeptFor: "other figures"}
					if i%2 == 1 {
						a.Source = "a"
					}
					if err := put(a); err != nil {
						return err
					}
				}
				return stop
			})
		}
		all := func(source string) (out []string) {
			t.Helper()
			ok(t, s.Alike(ctx, source, func(a clean.Alike) error {
				out = append(out, a.Source+" "+a.Record)
				return nil
			}))
			return out
		}
		ok(t, set(4001, nil))
		if got := all(""); len(got) != 4001 || !slices.IsSorted(got) {
			t.Errorf("%d rows, sorted %v", len(got), slices.IsSorted(got))
		}
		if got := all("a"); len(got) != 2000 {
			t.Errorf("%d rows of a", len(got))
		}
		if err := set(3, errors.New("stop")); err == nil {
			t.Error("an error of the rows was not returned")
		}
		if got := all(""); len(got) != 4001 {
			t.Errorf("after a set that failed there are %d rows", len(got))
		}
		one, err := s.AlikeOf(ctx, "rec_00002")
		ok(t, err)
		want := clean.Alike{Source: "b", Record: "rec_00002", OfSource: "a", OfRecord: "rec_x", Via: "rec_y", Similarity: .875, KeptFor: "other figures"}
		if d := cmp.Diff(want, one); d != "" {
			t.Error(d)
		}
		ok(t, set(0, nil))
		_, err = s.AlikeOf(ctx, "rec_00002")
		code(t, err, errs.CodeNotFound)
	})

	t.Run("what is dropped as nearly the same is dropped everywhere, and comes back", func(t *testing.T) {
		s := open(t)
		records := cleaned("b", 3)
		records[2].Dropped = clean.DropEmpty
		ok(t, s.Append(ctx, "b", "p", "g", 0, records))
		ok(t, s.Commit(ctx, "b", "p", "g", 3, []byte("{}")))
		ok(t, s.SetAlike(ctx, func(put func(clean.Alike) error) error {
			for i := range 3 { // one told, one dropped, one that is dropped anyway
				a := clean.Alike{Source: "b", Record: records[i].RecordID, OfSource: "a", OfRecord: "rec_first", KeptFor: "other figures"}
				if i > 0 {
					a.KeptFor, a.Dropped = "", clean.DropNear+" of source a"
				}
				if err := put(a); err != nil {
					return err
				}
			}
			return nil
		}))
		var states []string
		for _, c := range cleanEach(t, s, "b") {
			states = append(states, c.Dropped+" "+c.DuplicateOf)
		}
		if d := cmp.Diff([]string{" ", clean.DropNear + " of source a rec_first", clean.DropEmpty + " "}, states); d != "" {
			t.Error(d)
		}
		var removed []string
		ok(t, s.Removed(ctx, "b", func(c clean.Cleaned) error {
			removed = append(removed, c.RecordID)
			return nil
		}))
		if d := cmp.Diff([]string{records[1].RecordID, records[2].RecordID}, removed); d != "" {
			t.Error(d)
		}
		same, err := s.Duplicates(ctx, "rec_first")
		ok(t, err)
		if d := cmp.Diff([]string{records[1].RecordID}, same); d != "" {
			t.Error(d)
		}
		ok(t, s.SetAlike(ctx, func(func(clean.Alike) error) error { return nil }))
		c, err := s.Get(ctx, records[1].RecordID)
		ok(t, err)
		if c.Dropped != "" || c.DuplicateOf != "" {
			t.Errorf("it is still dropped: %q", c.Dropped)
		}
	})
}
