package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

func TestVerifyActs(t *testing.T) {
	var acts []auth.Act
	var prev auth.Act
	for _, what := range []string{"key.create", "price.set", "decision.sign", "key.revoke"} {
		prev = auth.Act{Time: time.Date(2026, 3, 1, 9, 0, 0, 1234, time.UTC), Who: "ann@host", What: what, Object: "x"}.Sealed(prev)
		acts = append(acts, prev)
	}
	for _, tt := range []struct {
		name string
		edit func([]auth.Act) []auth.Act
		says string
	}{
		{"as it was", func(a []auth.Act) []auth.Act { return a }, ""},
		{"empty", func([]auth.Act) []auth.Act { return nil }, ""},
		{"another name", func(a []auth.Act) []auth.Act { a[1].Who = "bob@host"; return a }, "at act 2 (price.set"},
		{"another time", func(a []auth.Act) []auth.Act { a[3].Time = a[3].Time.Add(time.Hour); return a }, "at act 4"},
		{"one taken out", func(a []auth.Act) []auth.Act { return slices.Delete(a, 1, 2) }, "act 3 follows act 1"},
		{"one taken out and numbered anew", func(a []auth.Act) []auth.Act {
			a = slices.Delete(a, 1, 2)
			for i := range a {
				a[i].Seq = int64(i + 1)
			}
			return a
		}, "at act 2"},
		{"the first two swapped", func(a []auth.Act) []auth.Act { a[0], a[1] = a[1], a[0]; return a }, "act 2 follows act 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := auth.VerifyActs(tt.edit(slices.Clone(acts)))
			if tt.says == "" && err != nil || tt.says != "" && (!errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v", err)
			}
		})
	}
}
