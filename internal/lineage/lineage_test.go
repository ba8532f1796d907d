package lineage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

type graph []lineage.Edge

func (g graph) Link(context.Context, []lineage.Edge) error { return nil }
func (g graph) Parents(_ context.Context, id string) (out []lineage.Edge, _ error) {
	for _, e := range g {
		if e.To == id {
			out = append(out, e)
		}
	}
	return out, nil
}
func (g graph) Children(_ context.Context, id string) (out []lineage.Edge, _ error) {
	for _, e := range g {
		if e.From == id {
			out = append(out, e)
		}
	}
	return out, nil
}

func TestNewID(t *testing.T) {
	if lineage.NewID(lineage.Record, "a", "bc") == lineage.NewID(lineage.Record, "ab", "c") {
		t.Error("parts must be delimited")
	}
	if a, b := lineage.NewID(lineage.Record, "a"), lineage.NewID(lineage.Record, "a"); a != b {
		t.Errorf("%s != %s: equal parts must give equal addresses", a, b)
	}
	if k := lineage.KindOf(lineage.NewID(lineage.Chunk, "x")); k != lineage.Chunk {
		t.Errorf("KindOf = %q", k)
	}
}

func TestWalk(t *testing.T) {
	g := graph{{"file_1", "rec_1", "ingest"}, {"file_1", "rec_2", "ingest"}, {"rec_1", "chk_1", "chunk"}, {"rec_2", "chk_1", "chunk"}, {"chk_1", "ans_1", "answer"}}
	back, truncated, err := lineage.Walk(context.Background(), g, "ans_1", false, 100)
	if err != nil || truncated || len(back) != 5 {
		t.Errorf("backward: %d edges, truncated %v, %v; want all 5", len(back), truncated, err)
	}
	fwd, _, _ := lineage.Walk(context.Background(), g, "rec_1", true, 100)
	if len(fwd) != 2 {
		t.Errorf("forward from rec_1: %v", fwd)
	}
	if _, truncated, _ = lineage.Walk(context.Background(), g, "ans_1", false, 2); !truncated {
		t.Error("a limit that is reached must be said")
	}
}

func ExampleWalk() {
	g := graph{{"rec_1", "chk_1", "chunk"}, {"chk_1", "ans_1", "answer"}}
	edges, _, _ := lineage.Walk(context.Background(), g, "ans_1", false, 10)
	for _, e := range edges {
		fmt.Println(e.To, "from", e.From)
	}
	// Output:
	// ans_1 from chk_1
	// chk_1 from rec_1
}

func TestNumberOfAnAddress(t *testing.T) {
	id := lineage.NewID(lineage.Record, "a")
	n, err := lineage.Number(id)
	if err != nil || lineage.Address(lineage.Record, n) != id {
		t.Errorf("%s became %s, %v", id, lineage.Address(lineage.Record, n), err)
	}
	for _, bad := range []string{"", "rec", "rec_", "rec_12", "rec_" + strings.Repeat("g", 32), id + "00"} {
		if _, err := lineage.Number(bad); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
