package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func kbCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "kb", Short: "Measure, tune and re-embed a knowledge base"}
	var base, queries string
	var ks []int
	eval := &cobra.Command{
		Use:   "eval",
		Short: "Retrieval figures over questions with known addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.EvalBase(cmd.Context(), base, queries, ks)
				if err != nil {
					return err
				}
				return g.print(res, func() { printEval(res) })
			})
		},
	}
	eval.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	eval.Flags().StringVar(&queries, "queries", "", "jsonl of {id, query, relevant: [[address, alternative, …], …]}")
	eval.Flags().IntSliceVar(&ks, "k", []int{1, 5, 10, 20, 100}, "ranks to report")
	_ = eval.MarkFlagRequired("queries")
	c.AddCommand(eval, kbTuneCommand(g), kbSwapCommand(g), kbQueriesCommand(g), kbHygieneCommand(g), kbVoteCommand(g))
	return c
}

// printEval prints the figures as the base searches beside those of BM25
// over the texts alone.
func printEval(res map[string]float64) {
	fmt.Fprintf(stdout, "%.0f questions\n%-12s %8s %8s\n", res["questions"], "", "base", "BM25")
	for _, k := range slices.SortedFunc(maps.Keys(res), byFigure) {
		if k == "questions" || strings.HasPrefix(k, "plain_") {
			continue
		}
		plain := "–"
		if v, ok := res["plain_"+k]; ok {
			plain = fmt.Sprintf("%.4g", v)
		}
		fmt.Fprintf(stdout, "%-12s %8.4g %8s\n", strings.Replace(k, "_ms", ", ms", 1), res[k], plain)
	}
}

// byFigure orders recall@5 before recall@10.
func byFigure(a, b string) int {
	name, at, _ := strings.Cut(a, "@")
	other, than, _ := strings.Cut(b, "@")
	return cmp.Or(cmp.Compare(name, other), cmp.Compare(len(at), len(than)), cmp.Compare(at, than))
}

func kbTuneCommand(g *globals) *cobra.Command {
	var base, queries string
	c := &cobra.Command{
		Use:   "tune",
		Short: "Fit how a base ranks to golden questions, where that is proven better",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.TuneBase(cmd.Context(), base, queries)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					d := res.Crossed
					fmt.Fprintf(stdout, "%d questions, %d ways tried; nDCG@10 on questions not fitted to: %.4f -> %.4f (%+.4f, 95 %% %+.4f..%+.4f)\n",
						res.Questions, res.Tried, d.Before, d.After, d.Mean, d.Low, d.High)
					if f := res.Fitted; f != nil {
						fmt.Fprintf(stdout, "a ranker fitted to them, on questions not fitted to: weights %+.4f (95 %% %+.4f..%+.4f), map %+.4f (%+.4f..%+.4f)\n",
							f.Weights.Mean, f.Weights.Low, f.Weights.High, f.Map.Mean, f.Map.Low, f.Map.High)
					}
					if res.Kept {
						kept, _ := json.Marshal(res.Best.Fusion)
						fmt.Fprintf(stdout, "kept: %s; luodi kb swap --rollback goes back\n", kept)
					} else {
						fmt.Fprintln(stdout, "nothing changed: no way is proven better than what is in use")
					}
				})
			})
		},
	}
	c.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&queries, "queries", "", "golden questions: jsonl of {id, query, relevant: [[address, alternative, …], …]}")
	_ = c.MarkFlagRequired("queries")
	return c
}

func kbSwapCommand(g *globals) *cobra.Command {
	var s app.SwapConfig
	c := &cobra.Command{
		Use:   "swap",
		Short: "Move a base to another embedding space: estimate, embed, compare, switch, roll back",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Swap(cmd.Context(), s)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					if !s.Rollback {
						fmt.Fprintf(stdout, "space %s (%s, %d dimensions): %d passages, %d texts to embed, %d characters; cost %s\n",
							res.Space, res.Model, res.Dim, res.Chunks, res.Missing, res.Characters, res.Cost)
					}
					for _, k := range []string{"ndcg@10", "recall@10", "mrr@10"} {
						if d, ok := res.Compared[k]; ok {
							fmt.Fprintf(stdout, "%-10s %.4f -> %.4f (%+.4f, 95 %% %+.4f..%+.4f)\n", k, d.Before, d.After, d.Mean, d.Low, d.High)
						}
					}
					if res.Swapped {
						fmt.Fprintf(stdout, "base %s searches in %s now\n", res.Base, cmp.Or(res.Space, "words alone"))
					}
					if res.Next != "" {
						fmt.Fprintln(stdout, res.Next)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&s.Base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&s.To, "to", "", "a model of luodi.yaml, or static (default: the base's embedding)")
	c.Flags().StringVar(&s.Queries, "queries", "", "golden questions to compare on; without, it switches unseen")
	c.Flags().BoolVar(&s.Yes, "yes", false, "embed, at the estimated cost")
	c.Flags().BoolVar(&s.Force, "force", false, "switch where no gain is shown, too")
	c.Flags().BoolVar(&s.Rollback, "rollback", false, "back to what was used before")
	return c
}
