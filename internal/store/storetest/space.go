package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// Space is what a space.Store must do.
func Space(t *testing.T, open func(t *testing.T) space.Store) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, s space.Store)
	}{
		{"a space is read back, and the first stays", spacePut},
		{"vectors belong to a space, versions to a base", spaceVectors},
		{"a ranker is read back, and the first stays", spaceRanker},
		{"an alias is flipped, and back", spaceAlias},
		{"of many flips of one generation one wins", spaceRace},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

func spacePut(t *testing.T, s space.Store) {
	ctx := context.Background()
	_, err := s.Get(ctx, "spc_none")
	code(t, err, errs.CodeNotFound)
	want := space.Space{Provider: "http://x/v1", Model: "m \"a\"", Revision: "1", Dim: 3, Query: "query: ", Passage: "passage: ", Probe: "ab", Data: []byte{0, 255}}.Named()
	ok(t, s.Put(ctx, want))
	again := want
	again.Data = []byte("other")
	ok(t, s.Put(ctx, again))
	got, err := s.Get(ctx, want.ID)
	ok(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func spaceRanker(t *testing.T, s space.Store) {
	ctx := context.Background()
	_, err := s.Ranker(ctx, "rnk_none")
	code(t, err, errs.CodeNotFound)
	want := space.Ranker{Base: "b", Version: "kb_1", Data: []byte{0, 1, 255}}.Named()
	ok(t, s.PutRanker(ctx, want))
	again := want
	again.Data = []byte("other")
	ok(t, s.PutRanker(ctx, again))
	got, err := s.Ranker(ctx, want.ID)
	ok(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func spaceVectors(t *testing.T, s space.Store) {
	ctx := context.Background()
	a, b := space.KeyOf("a"), space.KeyOf("b")
	ok(t, s.Add(ctx, "one", "spc_1", []space.Vector{{Key: a, Data: []byte{1, 0}}, {Key: b, Data: []byte{2}}}, []space.Doc{{Version: "v2", Keys: []space.Key{b, a}}, {Version: "v1"}}))
	ok(t, s.Add(ctx, "two", "spc_1", []space.Vector{{Key: a, Data: []byte{9}}}, []space.Doc{{Version: "v1", Keys: []space.Key{a}}}))
	ok(t, s.Add(ctx, "one", "spc_2", []space.Vector{{Key: a, Data: []byte{3}}}, nil))
	got := map[space.Key]string{}
	ok(t, s.Vectors(ctx, "spc_1", func(v space.Vector) error { got[v.Key] = string(v.Data); return nil }))
	if d := cmp.Diff(map[space.Key]string{a: "\x01\x00", b: "\x02"}, got); d != "" {
		t.Error("vectors of a space:", d)
	}
	clear(got)
	ok(t, s.VectorsOf(ctx, "spc_1", []space.Key{space.KeyOf("none"), b}, func(v space.Vector) error { got[v.Key] = string(v.Data); return nil }))
	ok(t, s.VectorsOf(ctx, "spc_1", nil, func(v space.Vector) error { got[v.Key] = "nobody asked"; return nil }))
	if d := cmp.Diff(map[space.Key]string{b: "\x02"}, got); d != "" {
		t.Error("vectors of some keys:", d)
	}
	for base, want := range map[string][]space.Doc{
		"one":  {{Version: "v1"}, {Version: "v2", Keys: []space.Key{b, a}}},
		"two":  {{Version: "v1", Keys: []space.Key{a}}},
		"none": nil,
	} {
		var docs []space.Doc
		ok(t, s.Docs(ctx, base, "spc_1", func(d space.Doc) error { docs = append(docs, d); return nil }))
		if d := cmp.Diff(want, docs); d != "" {
			t.Error("versions of", base, d)
		}
	}
}

func spaceAlias(t *testing.T, s space.Store) {
	ctx := context.Background()
	a, err := s.Alias(ctx, "b")
	ok(t, err)
	if d := cmp.Diff(space.Alias{}, a); d != "" {
		t.Errorf("without a flip: %+v", a)
	}
	one := space.Use{Space: "spc_1", Fusion: space.Fusion{Kind: space.Linear, Lambda: .2}}
	a.Now = one
	a, err = s.Flip(ctx, "b", a)
	ok(t, err)
	a.Now, a.Before = space.Use{Space: "spc_2", Fusion: space.Fusion{Kind: space.RRF}}, a.Now
	want, err := s.Flip(ctx, "b", a)
	ok(t, err)
	got, err := s.Alias(ctx, "b")
	ok(t, err)
	if d := cmp.Diff(want, got); d != "" || !got.Before.Same(one) || got.Generation != 2 {
		t.Errorf("%+v %s", got, d)
	}
	_, err = s.Flip(ctx, "b", a)
	code(t, err, errs.CodeConflict)
	_, err = s.Flip(ctx, "b", space.Alias{})
	code(t, err, errs.CodeConflict)
}

func spaceRace(t *testing.T, s space.Store) {
	won := 0
	for _, err := range together(8, func(int) error {
		_, err := s.Flip(context.Background(), "b", space.Alias{})
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		code(t, err, errs.CodeConflict)
	}
	if won != 1 {
		t.Errorf("%d of 8 won", won)
	}
}
