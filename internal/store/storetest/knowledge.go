package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
)

// Knowledge is what a knowledge.Store must do.
func Knowledge(t *testing.T, open func(t *testing.T) knowledge.Store) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, s knowledge.Store)
	}{
		{"nothing is there before the first commit", knowledgeEmpty},
		{"a commit is read back", knowledgeReadBack},
		{"versions change state, segment and readers", knowledgeChange},
		{"segments are relabelled and dropped with their pages", knowledgeSegments},
		{"of two builds of one generation one wins and the other writes nothing", knowledgeConflict},
		{"of many first commits one wins", knowledgeFirst},
		{"bases do not touch each other, and are deleted whole", knowledgeBases},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

// knowledgeSample is a first commit with two versions of one address, one
// other document, and one segment.
func knowledgeSample() knowledge.Change {
	return knowledge.Change{
		Settings: []byte(`{"code":"1"}`),
		Versions: []knowledge.Version{
			{ID: "ver_a", Document: "rec_a", Address: "规则/甲.md", Title: "甲", Source: "rules", Department: "compliance", Format: "md",
				Size: 20000, SHA256: "aa", Effective: 18000, Order: 1, State: knowledge.Superseded, Outline: []byte{1, 0, 255}},
			{ID: "ver_b", Document: "rec_b", Address: "规则/甲.md", Title: "甲 \"新\" \\", Source: "rules", Readers: []string{"department:risk", "user:x@y"},
				Size: 3, SHA256: "bb", Effective: -20, Order: 2, State: knowledge.Live, Segment: 1, Outline: []byte{0}},
			{ID: "ver_c", Document: "rec_c", Address: "t.csv#7", Order: 3, State: knowledge.Live, Segment: 1},
		},
		Texts:    []knowledge.Text{{Version: "ver_a", Block: 0, Data: []byte{0, 1, 2}}, {Version: "ver_a", Block: 1, Data: []byte("'\\x00")}, {Version: "ver_b", Data: []byte{}}},
		Segments: []knowledge.Segment{{ID: 1, Chunks: 5, Meta: []byte("meta\x00"), Access: []byte{1, 2}, Pages: [][]byte{[]byte("p0"), {0xff, 0xfe}}}},
	}
}

var asEmpty = cmpopts.EquateEmpty()

func knowledgeEmpty(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	_, err := s.Header(ctx, "none")
	code(t, err, errs.CodeNotFound)
	_, err = s.Page(ctx, "none", 1, 0)
	code(t, err, errs.CodeNotFound)
	_, err = s.Texts(ctx, "none", "ver_a", 0, 0)
	code(t, err, errs.CodeNotFound)
	segs, err := s.Segments(ctx, "none")
	ok(t, err)
	vs, err := s.Versions(ctx, "none", []string{"ver_a"})
	ok(t, err)
	of, err := s.OfDocument(ctx, "none", "rec_a")
	ok(t, err)
	ok(t, s.EachVersion(ctx, "none", "", func(knowledge.Version) error { return errors.New("a version") }))
	names, err := s.Bases(ctx)
	ok(t, err)
	if len(segs)+len(vs)+len(of)+len(names) != 0 {
		t.Errorf("an empty store has %v %v %v %v", segs, vs, of, names)
	}
	_, err = s.Commit(ctx, "none", knowledge.Change{Expect: 3})
	code(t, err, errs.CodeConflict)
}

func knowledgeReadBack(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	c := knowledgeSample()
	gen, err := s.Commit(ctx, "b", c)
	ok(t, err)
	h, err := s.Header(ctx, "b")
	ok(t, err)
	if gen != 1 || h.Generation != 1 || h.Base != "b" || string(h.Settings) != `{"code":"1"}` {
		t.Errorf("generation %d, header %+v", gen, h)
	}
	vs, err := s.Versions(ctx, "b", []string{"ver_b", "ver_zzz"})
	ok(t, err)
	if d := cmp.Diff(c.Versions[1:2], vs, asEmpty); d != "" {
		t.Errorf("versions by id: %s", d)
	}
	at, err := s.AtAddress(ctx, "b", "规则/甲.md")
	ok(t, err)
	if d := cmp.Diff([]knowledge.Version{c.Versions[1], c.Versions[0]}, at, asEmpty); d != "" {
		t.Errorf("at an address, newest first: %s", d)
	}
	of, err := s.OfDocument(ctx, "b", "rec_a")
	ok(t, err)
	if d := cmp.Diff(c.Versions[:1], of, asEmpty); d != "" {
		t.Errorf("of a document: %s", d)
	}
	var live []string
	ok(t, s.EachVersion(ctx, "b", knowledge.Live, func(v knowledge.Version) error {
		if len(v.Outline) > 0 {
			t.Errorf("%s comes with its outline", v.ID)
		}
		live = append(live, v.ID)
		return nil
	}))
	if d := cmp.Diff([]string{"ver_b", "ver_c"}, live); d != "" {
		t.Errorf("live versions in order: %s", d)
	}
	stop := errors.New("stop")
	if err := s.EachVersion(ctx, "b", "", func(knowledge.Version) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the callback's error comes back as %v", err)
	}
	texts, err := s.Texts(ctx, "b", "ver_a", 0, 1)
	ok(t, err)
	if d := cmp.Diff(c.Texts[:2], texts, asEmpty); d != "" {
		t.Errorf("texts: %s", d)
	}
	_, err = s.Texts(ctx, "b", "ver_a", 1, 2)
	code(t, err, errs.CodeNotFound)
}

func knowledgeChange(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	_, err := s.Commit(ctx, "b", knowledgeSample())
	ok(t, err)
	gen, err := s.Commit(ctx, "b", knowledge.Change{Expect: 1,
		States:  map[string]knowledge.State{"ver_b": knowledge.Removed, "ver_a": knowledge.Live},
		Moved:   map[string]int64{"ver_a": 9, "ver_c": 9},
		Readers: map[string][]string{"ver_c": {"user:a@b"}, "ver_b": nil},
	})
	ok(t, err)
	if gen != 2 {
		t.Errorf("generation %d, want 2", gen)
	}
	h, err := s.Header(ctx, "b")
	ok(t, err)
	if string(h.Settings) != `{"code":"1"}` {
		t.Errorf("settings %s: a change without settings keeps them", h.Settings)
	}
	got := map[string]knowledge.Version{}
	ok(t, s.EachVersion(ctx, "b", "", func(v knowledge.Version) error { got[v.ID] = v; return nil }))
	if a, b, c := got["ver_a"], got["ver_b"], got["ver_c"]; a.State != knowledge.Live || a.Segment != 9 || b.State != knowledge.Removed || b.Segment != 1 || len(b.Readers) != 0 ||
		c.Segment != 9 || !cmp.Equal(c.Readers, []string{"user:a@b"}) {
		t.Errorf("after the change: %+v", got)
	}
}

func knowledgeSegments(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	first := knowledgeSample()
	_, err := s.Commit(ctx, "b", first)
	ok(t, err)
	page, err := s.Page(ctx, "b", 1, 1)
	ok(t, err)
	if !cmp.Equal(page, []byte{0xff, 0xfe}) {
		t.Errorf("page %v", page)
	}
	_, err = s.Page(ctx, "b", 1, 2)
	code(t, err, errs.CodeNotFound)
	second := knowledge.Segment{ID: 2, Chunks: 1, Meta: []byte("m2"), Access: []byte{1}}
	_, err = s.Commit(ctx, "b", knowledge.Change{Expect: 1, Segments: []knowledge.Segment{second}, Access: map[int64][]byte{1: {0, 2}}})
	ok(t, err)
	segs, err := s.Segments(ctx, "b")
	ok(t, err)
	want := first.Segments[0]
	want.Pages, want.Access = nil, []byte{0, 2}
	if d := cmp.Diff([]knowledge.Segment{want, second}, segs, asEmpty); d != "" {
		t.Errorf("segments: %s", d)
	}
	_, err = s.Commit(ctx, "b", knowledge.Change{Expect: 2, Drop: []int64{1}})
	ok(t, err)
	if segs, err = s.Segments(ctx, "b"); err != nil || len(segs) != 1 || segs[0].ID != 2 {
		t.Errorf("after the drop: %v, %v", segs, err)
	}
	_, err = s.Page(ctx, "b", 1, 0)
	code(t, err, errs.CodeNotFound)
}

func knowledgeConflict(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	_, err := s.Commit(ctx, "b", knowledgeSample())
	ok(t, err)
	_, err = s.Commit(ctx, "b", knowledge.Change{Settings: []byte("again")})
	code(t, err, errs.CodeConflict)
	won := 0
	for _, err := range together(8, func(i int) error {
		_, err := s.Commit(ctx, "b", knowledge.Change{Expect: 1, Versions: []knowledge.Version{{ID: "new" + string(rune('a'+i)), Order: 9, State: knowledge.Live}}})
		return err
	}) {
		if err == nil {
			won++
		} else {
			code(t, err, errs.CodeConflict)
		}
	}
	n := 0
	ok(t, s.EachVersion(ctx, "b", "", func(knowledge.Version) error { n++; return nil }))
	if won != 1 || n != 4 {
		t.Errorf("%d of 8 builds won and %d versions are there; want 1 and 4", won, n)
	}
}

func knowledgeFirst(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	won := 0
	for _, err := range together(8, func(int) error {
		_, err := s.Commit(ctx, "b", knowledgeSample())
		return err
	}) {
		if err == nil {
			won++
		} else {
			code(t, err, errs.CodeConflict)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 first commits won", won)
	}
}

func knowledgeBases(t *testing.T, s knowledge.Store) {
	ctx := context.Background()
	for _, base := range []string{"乙", "b", "a"} {
		_, err := s.Commit(ctx, base, knowledgeSample())
		ok(t, err)
	}
	ok(t, s.Delete(ctx, "b"))
	ok(t, s.Delete(ctx, "b"))
	names, err := s.Bases(ctx)
	ok(t, err)
	if d := cmp.Diff([]string{"a", "乙"}, names); d != "" {
		t.Errorf("bases: %s", d)
	}
	_, err = s.Page(ctx, "b", 1, 0)
	code(t, err, errs.CodeNotFound)
	if _, err := s.Page(ctx, "a", 1, 0); err != nil {
		t.Errorf("deleting one base took another's pages: %v", err)
	}
	_, err = s.Commit(ctx, "b", knowledgeSample())
	ok(t, err)
}
