package sizing

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Figure is a scorer whose figure of a candidate is not the mean of its items'
// scores, such as macro-F1; the ladder's tests of means do not apply to it.
type Figure interface {
	Scorer
	// Figure returns the figure of the items shown so far, in study order, and
	// bounds of its true value that hold at every number of items at once with
	// probability 1−alpha, for items drawn independently. It must not depend
	// on anything but its arguments.
	Figure(items []Item, scores []Score, alpha float64) (value, lo, hi float64)
}

// firstLook is the number of items before the first look at a figure; each
// further look comes after a quarter more.
const firstLook = 40

// figured is where the candidates of a study with a Figure stand.
type figured struct {
	verdicts []ladder.Verdict
	guess    int // first undecided candidate that looks adequate, else the best seen; -1 without any
}

// byFigure tests candidates from the cheapest up by bounds of their figure,
// and stops at the first certificate. Candidates of the start have equal
// shares of their part of alpha; one that joined later has its part of the
// reserve and counts unseen items only, or proves nothing.
func (r *run) byFigure(ctx context.Context, f Figure) (Result, error) {
	cfg := &r.cfg
	if cfg.Reference != "" {
		return Result{}, errs.Invalid("a bar of %s cannot be relative to a model: there is no test of paired differences for it", f.Name())
	}
	out := figured{verdicts: make([]ladder.Verdict, len(cfg.Arms)), guess: -1}
	certified, waiting := false, false
	j, judged := f.(Judged)
	for i := range cfg.Arms {
		v := &out.verdicts[i]
		v.Status = ladder.Waiting
		v.Share, _ = r.figureShares(i)
		switch {
		case cfg.Arms[i].Missing != "":
			v.Status = ladder.Missing
		case (certified || waiting) && !cfg.Frontier:
		default:
			if err := r.figure(ctx, f, i, v); err != nil {
				return Result{}, err
			}
			certified = certified || v.Status == ladder.Certified
			// one that looks adequate waits for people: dearer ones can wait too
			waiting = waiting || judged && v.Status == ladder.Undecided && v.Items > 0 && v.Mean >= cfg.Bar-cfg.Slack/2
		}
	}
	result, err := r.result()
	if err != nil {
		return Result{}, err
	}
	if judged {
		if result.Judge, err = r.judgement(ctx, j); err != nil {
			return Result{}, err
		}
		result.Spent += result.Judge.Spent
		for _, c := range r.bench.calls {
			result.NewCalls += c.made
		}
	}
	return r.figuredResult(result, out), nil
}

// figureShares are a candidate's shares of alpha and of beta, both fixed
// before data; 0 where nothing is to be proven of it.
func (r *run) figureShares(i int) (alpha, beta float64) {
	cfg, rec := &r.cfg, &r.record
	id := cfg.Arms[i].Config.ID()
	if rec.Guess || r.unproven(id) {
		return 0, 0
	}
	const forLater = .1 // of beta
	if j, ok := rec.Later[id]; ok {
		return etest.Later(cfg.Reserve, j.Number), etest.Later(forLater*cfg.Beta, j.Number)
	}
	n := max(rec.First, 1)
	if share, ok := rec.Shares[id]; ok && rec.ShareRule == string(ladder.Beliefs) {
		return share, etest.Equal((1-forLater)*cfg.Beta, n)[0]
	}
	return etest.Equal(cfg.Alpha-cfg.Reserve-cfg.Cascade, n)[0], etest.Equal((1-forLater)*cfg.Beta, n)[0]
}

// figureless says why the bounds of a figure do not hold for this study; ""
// where they do.
func (r *run) figureless(f Figure) string {
	switch {
	case r.most > 1:
		return "several items come from one document or customer, for which there is no test of " + f.Name()
	case r.cfg.Closed:
		return "there is no test of " + f.Name() + " over a closed archive"
	case r.cfg.LabelLeast > 0 || r.cfg.weightMost() > 0:
		return "there is no test of " + f.Name() + " with missing labels or weights"
	}
	return ""
}

// figure shows a candidate's items to its tests until one decides.
func (r *run) figure(ctx context.Context, f Figure, i int, v *ladder.Verdict) error {
	cfg := &r.cfg
	from, last := r.start[r.first(i)], len(r.items)
	if j, ok := r.record.Later[cfg.Arms[i].Config.ID()]; ok && !j.Tested {
		last = r.start[j.From] // the unseen ones are left alone
	}
	if r.caps != nil {
		last = min(last, r.start[min(r.first(i)+r.caps[i], r.units())])
	}
	v.Status = ladder.Undecided
	v.Lo, v.Hi = 0, 1
	var scores []Score
	for n := from; n < last; {
		to := min(from+max(firstLook, (n-from)*5/4), last)
		if cfg.Arms[i].Config.Kind.InProcess() {
			to = last // free: one look at all of them
		}
		values, _, fault, err := r.scores(ctx, i, n, to)
		if err != nil {
			return err
		}
		outputs, _ := r.calls[i].fetch(ctx, r.items[n:n+len(values)])
		for k, o := range outputs {
			s := Score{}
			if o.Failure == "" {
				s = f.Score(r.items[n+k], o)
			}
			scores = append(scores, s)
		}
		n += len(values)
		r.progress(i)
		if len(scores) > 0 && r.decide(f, i, r.items[from:n], scores, v) {
			return nil
		}
		if fault != nil {
			r.reasons[i] = fault.Error()
			return nil
		}
		if j, ok := f.(Judged); ok && r.awaited(j, i, scores, v) {
			return nil
		}
	}
	return nil
}

// decide looks at a candidate's bounds and reports whether they settle it.
func (r *run) decide(f Figure, i int, items []Item, scores []Score, v *ladder.Verdict) bool {
	cfg := &r.cfg
	v.Items = len(scores)
	mean, lo, hi := f.Figure(items, scores, .05)
	v.Mean = mean
	if why := r.figureless(f); why != "" {
		r.reasons[i] = why
		return false
	}
	v.Lo, v.Hi = lo, hi
	alpha, beta := r.figureShares(i)
	if alpha == 0 {
		return false
	}
	var above bool
	if j, ok := f.(Judged); ok {
		above = j.Proven(items, scores, len(r.items), cfg.bar()-cfg.Slack, alpha)
	} else {
		_, lo, _ = f.Figure(items, scores, alpha)
		above = lo >= cfg.bar()-cfg.Slack
	}
	all, _ := r.recallBounds(items, scores, alpha, 1)
	beta /= float64(1 + len(cfg.Recall) + len(r.sides[i])) // as many ways to fall short
	v.Sides = r.sideBounds(i, alpha, beta)
	if above && all && !slices.ContainsFunc(v.Sides, func(s ladder.Status) bool { return s != ladder.Certified }) {
		v.Status, v.At = ladder.Certified, v.Items
		return true
	}
	_, _, hi = f.Figure(items, scores, beta)
	_, below := r.recallBounds(items, scores, 1, beta)
	if hi < cfg.bar() || below || slices.Contains(v.Sides, ladder.Refuted) {
		v.Status, v.At = ladder.Refuted, v.Items
		return true
	}
	return false
}

// figuredResult puts figures and verdicts in the place of means.
func (r *run) figuredResult(out Result, f figured) Result {
	best := math.Inf(-1)
	adequate := false
	for i := range out.Arms {
		a, v := &out.Arms[i], f.verdicts[i]
		a.Status, a.Share, a.DecidedAt = string(v.Status), v.Share, v.At
		if v.Items == 0 {
			continue
		}
		a.Quality, a.Interval = pointer(v.Mean), &[2]float64{v.Lo, v.Hi}
		a.CostTest = r.costTest(i, v)
		if over := a.overCost(r); over != "" {
			a.Reason = over
		}
		if v.Status != ladder.Undecided {
			continue
		}
		if good := v.Mean >= out.Bar-out.Slack/2; good && !adequate || !adequate && v.Mean > best {
			adequate, best, f.guess = good, v.Mean, i
		}
	}
	out.Status, out.Choice = StatusPlan, cheapestCertified(out.Arms)
	if out.Choice != "" {
		out.Status = StatusCertified
	} else if f.guess >= 0 {
		out.Status, out.Choice = StatusBestGuess, out.Arms[f.guess].ID
	}
	markFrontier(out.Arms)
	out.Plan = r.plans(&out)
	fresh(&out)
	out.Certificate = certificate(&out)
	return out
}

// worded puts a figure's name where a certificate speaks of a mean, and says
// how it was proven.
func worded(r *Result, t Text) Text {
	if !strings.HasPrefix(r.Scorer, "macro_f1/") {
		return t
	}
	t.En = strings.NewReplacer("true mean score", "true macro-F1", "true mean", "true macro-F1").Replace(t.En)
	t.Zh = strings.ReplaceAll(t.Zh, "真实平均分", "真实宏平均 F1")
	if r.Status == StatusCertified {
		t.En += " Macro-F1 is over all labels of the scenario, each counting alike; it is not a mean of items and is proven by joint bounds of the labels' F1."
		t.Zh += "宏平均 F1 对场景的所有标签同等计权；它不是逐题平均，而是由各标签 F1 的联合置信界证明。"
	}
	return t
}
