package knowledge

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// ListwiseDepth is how many passages a language model orders at once (Sun and
// others 2023 use a window of 20), and listwiseRunes how much of each it reads.
const (
	ListwiseDepth = 20
	listwiseRunes = 300
)

// Listwise is a Reranker that asks a language model for the order of the
// passages. Say sends one prompt and returns the reply.
type Listwise struct {
	Say func(ctx context.Context, system, user string) (string, error)
}

const listwiseSystem = "You order passages by how well they answer a question. Reply with the passage numbers only, best first, such as: [2] > [1] > [3]"

// ListwiseReply is how many tokens such a reply takes at most.
const ListwiseReply = 8 * ListwiseDepth

var listed = regexp.MustCompile(`\[?(\d{1,3})\]?`)

// Rerank implements Reranker. A number that the reply repeats or invents is
// passed over; passages that it leaves out keep their order behind the others.
func (l Listwise) Rerank(ctx context.Context, question string, passages []string) ([]float64, error) {
	var b strings.Builder
	for i, p := range passages {
		if r := []rune(p); len(r) > listwiseRunes {
			p = string(r[:listwiseRunes])
		}
		fmt.Fprintf(&b, "[%d] %s\n\n", i+1, strings.Join(strings.Fields(p), " "))
	}
	fmt.Fprintf(&b, "Question: %s\nOrder:", question)
	reply, err := l.Say(ctx, listwiseSystem, b.String())
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(passages))
	next := float64(2 * len(passages))
	for _, m := range listed.FindAllStringSubmatch(reply, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && n >= 1 && n <= len(scores) && scores[n-1] == 0 {
			scores[n-1] = next
			next--
		}
	}
	if next == float64(2*len(passages)) {
		return nil, errs.Invalid("the model's reply names no passage: %.80q", reply)
	}
	for i := range scores {
		if scores[i] == 0 {
			scores[i] = -float64(i + 1)
		}
	}
	return scores, nil
}
