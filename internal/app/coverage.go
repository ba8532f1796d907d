package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/lineage"
)

// longestQuestion is how much of a refused question is kept.
const longestQuestion = 500

func newTrail(s coverage.Store) *coverage.Recorder {
	return coverage.NewRecorder(s, func(err error) { slog.Error("what knowledge bases were asked is not written yet", "error", err) })
}

// departmentOf is the department that --as names; "" for others.
func departmentOf(as string) string {
	kind, name, _ := strings.Cut(as, ":")
	if kind != "department" {
		return ""
	}
	return name
}

// noteAnswer counts the passages of an answer, and keeps a question that was
// refused.
func (a *App) noteAnswer(base, department, question string, ans knowledge.Answer) {
	var found, cited []string
	for _, h := range ans.Hits {
		found = append(found, h.Chunk)
	}
	for _, c := range ans.Citations {
		cited = append(cited, c.Chunk)
	}
	a.trail.Search(base, found, cited)
	if !ans.Refused {
		return
	}
	if len(question) > longestQuestion {
		question = strings.ToValidUTF8(question[:longestQuestion], "") + "…"
	}
	r := coverage.Refusal{
		Base: base, Time: a.now(), Department: department, Question: pii.Mask(question, pii.Scan(question)),
		Evidence: ans.Evidence, Threshold: ans.Threshold,
	}
	if len(ans.Hits) > 0 {
		h := ans.Hits[0]
		r.Owner, r.Address, r.Chunk = h.Department, h.Address, h.Chunk
	}
	a.trail.Refused(r)
}

// VoteDown counts a vote against a kept answer, for the owners of what it
// cites. It returns how many passages that are.
func (a *App) VoteDown(ctx context.Context, answer string) (int, error) {
	if lineage.KindOf(answer) != lineage.Answer {
		return 0, misuse("%q is no answer; give the address that luodi ask printed, such as ans_…", answer)
	}
	kept, err := a.keptAnswer(ctx, answer)
	if missing(err) {
		return 0, errs.NotFound("there is no answer %s in this project", answer)
	}
	if err != nil {
		return 0, fmt.Errorf("voting on %s: %w", answer, err)
	}
	var cited []string
	for _, c := range kept.Citations {
		cited = append(cited, c.Chunk)
	}
	a.trail.Down(kept.Base, cited)
	return len(cited), a.trail.Flush(ctx)
}
