package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// sourceFile makes a version of a file with n rows, and their records. Rows
// whose number is the same say the same in every version.
func sourceFile(name, path, version string, n int) (source.File, []source.Record) {
	f := source.File{
		ID: "file_" + name + path + version, Source: name, Department: "service", Path: path, Hash: "hash" + version, Size: int64(20 * n),
		Format: "csv", Charset: "gb18030", BOM: 3, Doubtful: true, Lossy: 2, Columns: source.Columns{ID: "编号", Label: "label"},
		Records: n, Notes: []string{"odd 'quotes'"}, ReadAt: time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC),
	}
	var records []source.Record
	for i := range n {
		at := 10 + 30*i
		records = append(records, source.Record{
			ID: fmt.Sprintf("rec_%s_%s_%d", name, path, i), Source: name, Department: "service", Path: path, Class: source.ClassRow, Format: "csv",
			Key: fmt.Sprintf("K%d", i), Title: "题", Text: fmt.Sprintf("我的卡 %d\n𠮷 'x' ? \\", i), Label: "card",
			Fields: []source.Field{{Name: "编号", Value: fmt.Sprintf("K%d", i), Start: at, End: at + 4}, {Name: "", Value: "", Start: at + 5, End: at + 5}, {Name: "label", Value: "card", Start: at + 6, End: at + 10}},
			FileID: f.ID, FileHash: f.Hash, Ordinal: i, Row: i + 2, Start: at, End: at + 29,
			At: source.Location{Part: "2/利率.xlsx", Cell: fmt.Sprintf("A%d:C%d", i+2, i+2), Box: [4]float64{1, 2.5, 3, 4}},
		})
	}
	return f, records
}

func sourceEach(t *testing.T, s source.Store, name string) []source.Record {
	t.Helper()
	var out []source.Record
	ok(t, s.Each(context.Background(), name, func(r source.Record) error {
		out = append(out, r)
		return nil
	}))
	return out
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// Source is what a source.Store must do.
func Source(t *testing.T, open func(t *testing.T) source.Store) {
	ctx := context.Background()

	t.Run("nothing is known of an unknown source", func(t *testing.T) {
		s := open(t)
		states, err := s.States(ctx, "tickets")
		ok(t, err)
		files, err := s.Files(ctx, "tickets")
		ok(t, err)
		if len(states)+len(files)+len(sourceEach(t, s, "tickets")) != 0 {
			t.Errorf("states %v, files %v", states, files)
		}
		_, err = s.Record(ctx, "rec_0")
		code(t, err, errs.CodeNotFound)
		_, err = s.File(ctx, "file_0")
		code(t, err, errs.CodeNotFound)
		ok(t, s.Commit(ctx, "tickets", source.Change{}))
	})

	t.Run("files and records come back as they were given", func(t *testing.T) {
		s := open(t)
		f, records := sourceFile("tickets", "data/a.csv", "1", 3)
		ok(t, s.Commit(ctx, "tickets", source.Change{Records: records, Files: []source.File{f}}))
		same(t, "records", records, sourceEach(t, s, "tickets"))
		files, err := s.Files(ctx, "tickets")
		ok(t, err)
		same(t, "files", []source.File{f}, files)
		states, err := s.States(ctx, "tickets")
		ok(t, err)
		same(t, "states", []source.State{{Path: f.Path, FileID: f.ID, Records: 3, Hash: f.Hash}}, states)
		r, err := s.Record(ctx, records[1].ID)
		ok(t, err)
		same(t, "record", records[1], r)
		ids, err := s.FileRecords(ctx, f.ID, 2)
		ok(t, err)
		same(t, "ids", []string{records[0].ID, records[1].ID}, ids)
	})

	t.Run("records appear when their file is committed", func(t *testing.T) {
		s := open(t)
		f, records := sourceFile("tickets", "a.csv", "1", 4)
		ok(t, s.Append(ctx, records[:2]))
		ok(t, s.Append(ctx, records[:3])) // killed, and run again
		if got := sourceEach(t, s, "tickets"); len(got) != 0 {
			t.Errorf("%d records before the commit", len(got))
		}
		_, err := s.Record(ctx, records[0].ID)
		code(t, err, errs.CodeNotFound)
		ok(t, s.Commit(ctx, "tickets", source.Change{Records: records, Files: []source.File{f}}))
		same(t, "records", records, sourceEach(t, s, "tickets"))
	})

	t.Run("a new version takes the place of the old one, which stays", func(t *testing.T) {
		s := open(t)
		old, was := sourceFile("tickets", "a.csv", "1", 3)
		ok(t, s.Commit(ctx, "tickets", source.Change{Records: was, Files: []source.File{old}}))
		now, is := sourceFile("tickets", "a.csv", "2", 2)
		now.ReadAt = old.ReadAt.Add(time.Hour)
		is[0].ID, is[1].ID = is[1].ID, is[0].ID // the rows changed places
		is[0].Fields[0].Value, is[1].Fields[0].Value = "K1", "K0"
		is[0].Key, is[1].Key = "K1", "K0"
		is[0].Text, is[1].Text = is[1].Text, is[0].Text
		ok(t, s.Commit(ctx, "tickets", source.Change{Records: is, Files: []source.File{now}}))
		same(t, "records", is, sourceEach(t, s, "tickets"))
		r, err := s.Record(ctx, "rec_tickets_a.csv_0")
		ok(t, err)
		if r.Row != 3 || r.FileID != now.ID {
			t.Errorf("the record is at row %d of %s, not of the current version", r.Row, r.FileID)
		}
		places, err := s.Places(ctx, r.ID)
		ok(t, err)
		same(t, "places", []source.Place{
			{FileID: now.ID, Ordinal: 1, Row: 3, Start: 40, End: 69, At: is[1].At, Current: true},
			{FileID: old.ID, Ordinal: 0, Row: 2, Start: 10, End: 39, At: was[0].At},
		}, places)
		gone, err := s.Record(ctx, "rec_tickets_a.csv_2")
		ok(t, err)
		same(t, "a row that is gone", was[2], gone)
		got, err := s.File(ctx, old.ID)
		ok(t, err)
		same(t, "the old version", old, got)
	})

	t.Run("failures keep what was current, removals do not", func(t *testing.T) {
		s := open(t)
		a, ra := sourceFile("tickets", "a.csv", "1", 2)
		b, rb := sourceFile("tickets", "b.csv", "1", 2)
		ok(t, s.Commit(ctx, "tickets", source.Change{Records: append(ra, rb...), Files: []source.File{a, b}}))
		failed := []source.State{
			{Path: "a.csv", FileID: a.ID, Records: 2, Hash: "other", Reason: "line 3, byte 40: broken"},
			{Path: "c.csv", Hash: "h", Reason: "binary"},
		}
		ok(t, s.Commit(ctx, "tickets", source.Change{Failed: failed, Removed: []string{"b.csv"}}))
		states, err := s.States(ctx, "tickets")
		ok(t, err)
		same(t, "states", failed, states)
		same(t, "records", ra, sourceEach(t, s, "tickets"))
		ok(t, s.Commit(ctx, "tickets", source.Change{Files: []source.File{a, b}})) // both are back
		same(t, "records", append(ra, rb...), sourceEach(t, s, "tickets"))
	})

	t.Run("records come by path and position, whatever their number", func(t *testing.T) {
		s := open(t)
		var want []source.Record
		var c source.Change
		for _, v := range []struct {
			path string
			rows int
		}{{"Z.csv", 3}, {"a-b.csv", 1}, {"a.csv", 2300}, {"a/b.csv", 0}, {"a/c.csv", 5}, {"中.csv", 2}} { // the order of bytes
			f, records := sourceFile("tickets", v.path, "1", v.rows)
			c.Files = append(c.Files, f)
			c.Records = append(c.Records, records...)
			want = append(want, records...)
		}
		other, more := sourceFile("rules", "a.csv", "1", 2)
		ok(t, s.Commit(ctx, "tickets", c))
		ok(t, s.Commit(ctx, "rules", source.Change{Records: more, Files: []source.File{other}}))
		got := sourceEach(t, s, "tickets")
		if len(got) != len(want) {
			t.Fatalf("%d records, want %d", len(got), len(want))
		}
		for i := range want {
			if d := cmp.Diff(want[i], got[i]); d != "" {
				t.Fatalf("record %d (-want +got):\n%s", i, d)
			}
		}
		stop := errors.New("enough")
		seen := 0
		err := s.Each(ctx, "tickets", func(source.Record) error {
			if seen++; seen == 3 {
				return stop
			}
			_, err := s.States(ctx, "tickets") // the store may be used meanwhile
			return err
		})
		if !errors.Is(err, stop) || seen != 3 {
			t.Errorf("%d records until %v", seen, err)
		}
	})

	t.Run("a large document survives", func(t *testing.T) {
		s := open(t)
		f, records := sourceFile("rules", "law.md", "1", 1)
		f.Format, f.Columns = "md", source.Columns{}
		r := records[0]
		r.Class, r.Format, r.Key, r.Fields, r.Row = source.ClassDocument, "md", "", nil, 0
		r.Text = strings.Repeat("第一条 为了规范银行业务，制定本办法。\n", 30000)
		ok(t, s.Commit(ctx, "rules", source.Change{Records: []source.Record{r}, Files: []source.File{f}}))
		same(t, "record", []source.Record{r}, sourceEach(t, s, "rules"))
	})

	t.Run("a cancelled commit changes nothing", func(t *testing.T) {
		s := open(t)
		f, records := sourceFile("tickets", "a.csv", "1", 2)
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Commit(stopped, "tickets", source.Change{Records: records, Files: []source.File{f}}); err == nil {
			t.Error("no error")
		}
		if got := sourceEach(t, s, "tickets"); len(got) != 0 {
			t.Errorf("%d records", len(got))
		}
	})
}
