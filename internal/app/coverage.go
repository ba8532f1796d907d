package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/lineage"
)

// longestQuestion is how much of a question is kept.
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

// asking is a question to a base, on its way to what is remembered of it.
type asking struct {
	base, text string
	as         string // principal; "" the project's owner
	key        string // of the gateway; "" where none was used
	begun      time.Time
	search     bool // no answer was asked for
}

func (a *App) asking(base, text, as string) asking {
	return asking{base: base, text: text, as: as, begun: a.now()}
}

// askingBy is the question of a caller of the gateway.
func (a *App) askingBy(base, text string, by gateway.Caller) asking {
	return asking{base: base, text: text, as: principal(by.Department), key: by.Key, begun: a.now()}
}

// principal is a department of the ledger, a path, as access control knows it.
func principal(department string) string {
	return "department:" + department[strings.LastIndex(department, "/")+1:]
}

// outcome tells evidence that is missing from what a model made of it.
func (q asking) outcome(ans knowledge.Answer) coverage.Outcome {
	switch {
	case q.search:
		return coverage.Found
	case !ans.Refused:
		return coverage.Answered
	case len(ans.Hits) == 0 || ans.Evidence < ans.Threshold:
		return coverage.NotCovered
	}
	return coverage.Unquoted
}

// note counts the passages of an answer, and keeps the question where its base
// keeps any.
func (a *App) note(q asking, ans knowledge.Answer) {
	var found, cited []string
	for _, h := range ans.Hits {
		found = append(found, h.Chunk)
	}
	for _, c := range ans.Citations {
		cited = append(cited, c.Chunk)
	}
	a.trail.Search(q.base, found, cited)
	if k, _ := a.Project.Base(q.base); k.KeepQuestions.Off() {
		return
	}
	asker, err := a.pseudonym(cmp.Or(q.key, q.as))
	if err != nil {
		slog.Error("what knowledge bases are asked is kept without who asked", "error", err)
	}
	x := coverage.Question{
		Base: q.base, Time: a.now(), Department: departmentOf(q.as), Asker: asker, Text: shortened(q.text), Outcome: q.outcome(ans),
		Passages: len(found), Cited: len(cited), Evidence: ans.Evidence, Threshold: ans.Threshold, Latency: a.now().Sub(q.begun),
	}
	if len(ans.Hits) > 0 {
		h := ans.Hits[0]
		x.Owner, x.Address, x.Chunk = h.Department, h.Address, h.Chunk
	}
	a.trail.Asked(x)
}

// shortened is a question as it is kept.
func shortened(text string) string {
	if len(text) > longestQuestion {
		text = strings.ToValidUTF8(text[:longestQuestion], "") + "…"
	}
	return pii.Mask(text, pii.Scan(text))
}

// remembered writes what waits of a base's questions and drops those that are
// older than luodi.yaml wants them kept.
func (a *App) remembered(ctx context.Context, base string) error {
	if err := a.trail.Flush(ctx); err != nil {
		return err
	}
	k, _ := a.Project.Base(base)
	before := a.now()
	if !k.KeepQuestions.Off() {
		before = before.Add(-time.Duration(k.KeepQuestions))
	}
	return a.db.Coverage().Forget(ctx, base, before)
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
