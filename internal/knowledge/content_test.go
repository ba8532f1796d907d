package knowledge_test

import (
	"context"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

// An edit changes what its own section holds, and no other.
func TestContentOfAnAddress(t *testing.T) {
	ctx := context.Background()
	store := &knowledgetest.Memory{}
	var base *knowledge.Base
	build := func(text string) {
		t.Helper()
		if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Readers: []string{"all"}, Store: store, Now: time.Now}, each([]knowledge.Document{document("a.md", "", text)})); err != nil {
			t.Fatal(err)
		}
		var err error
		if base, err = knowledge.Open(ctx, store, "b"); err != nil {
			t.Fatal(err)
		}
	}
	build("# Rules\n\n## Fees\nTen a month.\n\n## Limits\nTwo a day.\n")
	at := func(address string) string {
		t.Helper()
		got, err := base.Content(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	fees, limits, whole := at("a.md#Fees"), at("a.md#limits"), at("a.md")
	if fees == "" || limits == "" || whole == "" || fees == limits {
		t.Fatalf("%q, %q, %q", fees, limits, whole)
	}
	for _, nothing := range []string{"b.md", "b.md#Fees", "a.md#Costs", "a.md#", ""} {
		if got := at(nothing); got != "" {
			t.Errorf("%q holds %q", nothing, got)
		}
	}
	build("# Rules\n\n## Fees\nNine a month.\n\n## Limits\nTwo a day.\n")
	if at("a.md#Fees") == fees || at("a.md") == whole || at("a.md#Limits") != limits {
		t.Error("an edit of one section is seen in another, or not at all")
	}
}
