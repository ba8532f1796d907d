package judge

import (
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/score"
)

// Ask puts a question to the judging model, with the verdicts among which it
// chooses in the order in which they are shown (prompt.Default("judge") words
// it), and returns its reply. It may be called several times for one question,
// from the goroutine of the caller.
type Ask func(ctx context.Context, question string, verdicts []string) (string, error)

// Judge is a model that judges.
type Judge struct {
	Model    Model
	Ask      Ask
	Language string // of its prompts: "zh"; anything else means English
}

// wording of the questions.
type wording struct {
	met, unmet         string
	first, second, tie string
	point, pair        string
}

var words = map[string]wording{
	"en": {
		"met", "not met", "A", "B", "tie",
		"Task:\n%s\n\nReply:\n%s\n\nPoint: %s\n\nDoes the reply meet the point?",
		"Task:\n%s\n\nReply A:\n%s\n\nReply B:\n%s\n\nWhich reply does the task better?",
	},
	"zh": {
		"满足", "不满足", "甲", "乙", "相当",
		"任务：\n%s\n\n回复：\n%s\n\n要点：%s\n\n该回复是否满足要点？",
		"任务：\n%s\n\n回复甲：\n%s\n\n回复乙：\n%s\n\n哪个回复更好地完成了任务？",
	},
}

func (j Judge) words() (wording, string) {
	if j.Language == "zh" {
		return words["zh"], "zh"
	}
	return words["en"], "en"
}

// ask returns the one verdict that the judge names, "" where it names none or
// several.
func (j Judge) ask(ctx context.Context, question string, verdicts ...string) (string, error) {
	reply, err := j.Ask(ctx, question, verdicts)
	if err != nil {
		return "", fmt.Errorf("asking the judge %s: %w", j.Model.Name, err)
	}
	return score.ExactLabel{Labels: verdicts}.Read(reply), nil
}

// Point asks whether a reply to a task meets a point. read is false where no
// verdict can be read from what the judge says; the point is then not met. A
// reply without text meets nothing and is not asked about.
func (j Judge) Point(ctx context.Context, task, reply, point string) (met, read bool, err error) {
	if strings.TrimSpace(reply) == "" {
		return false, true, nil
	}
	w, _ := j.words()
	v, err := j.ask(ctx, fmt.Sprintf(w.point, task, reply, point), w.met, w.unmet)
	return v == w.met, v != "", err
}

// Preference is the outcome of a comparison.
type Preference string

// The preferences.
const (
	First    Preference = "first"
	Second   Preference = "second"
	Tie      Preference = "tie"
	Unsteady Preference = "unsteady" // the two orders disagree: the judge goes by position
	Unread   Preference = "unread"   // no verdict could be read in one of the orders
)

// Pair compares two replies to a task in both orders. Only a preference that
// both orders give counts.
func (j Judge) Pair(ctx context.Context, task, first, second string) (Preference, error) {
	w, _ := j.words()
	meaning := func(v string, swapped bool) Preference {
		switch {
		case v == "":
			return Unread
		case v == w.tie:
			return Tie
		case (v == w.first) != swapped:
			return First
		}
		return Second
	}
	var said [2]Preference
	for i, texts := range [][2]string{{first, second}, {second, first}} {
		v, err := j.ask(ctx, fmt.Sprintf(w.pair, task, texts[0], texts[1]), w.first, w.second, w.tie)
		if err != nil {
			return Unread, err
		}
		said[i] = meaning(v, i == 1)
	}
	switch {
	case said[0] == Unread || said[1] == Unread:
		return Unread, nil
	case said[0] != said[1]:
		return Unsteady, nil
	}
	return said[0], nil
}

// May says whether the judge may judge a candidate: not its own family, whose
// texts it prefers. Its error is errs.Invalid.
func (j Judge) May(candidate Model) error {
	if Related(j.Model, candidate) {
		return errs.Invalid("the judge %s is of the family of the candidate %s and would favour it; take a judge of another family", j.Model.Name, candidate.Name)
	}
	return nil
}
