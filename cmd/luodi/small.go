package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func smallCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "small", Short: "Train and measure a small model on a table"}
	var in app.SmallTable
	var out string
	train := &cobra.Command{
		Use: "train", Short: "Train a small model and write it to a file", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.TrainSmall(cmd.Context(), in, out)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				fmt.Printf("trained on %d rows with %d labels in %.1f s; out-of-fold accuracy %.4f\nwrote %s (%d bytes)\n",
					res.Examples, res.Labels, res.Seconds, res.Accuracy, out, res.Bytes)
			})
		},
	}
	var q app.SmallEval
	eval := &cobra.Command{
		Use: "eval", Short: "Measure a small model; the first --cal rows in seeded order choose its threshold", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.EvalSmall(cmd.Context(), in, q)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				fmt.Printf("accuracy %.4f  macro F1 %.4f  on %d rows\nanswers %.1f %% of them; P(answered and wrong) ≤ %.4f with 95 %% confidence (%s, %d rows); measured %.4f\n%.1f µs per item\n",
					res.Accuracy, res.MacroF1, res.N, 100*res.AnsweredShare, res.LossUpperBound, res.Basis, res.CalItems, res.AnsweredAndWrong, res.UsPerItem)
			})
		},
	}
	for _, f := range []*cobra.Command{train, eval} {
		f.Flags().StringVar(&in.Input, "input", "", "table with a text and a label column (csv, tsv, jsonl)")
		f.Flags().StringVar(&in.Text, "text", "text", "the text column; empty: all other columns")
		f.Flags().StringVar(&in.Label, "label", "", "the label column; default: category where there is one, else label")
		_ = f.MarkFlagRequired("input")
	}
	train.Flags().StringVar(&out, "out", "model.bin", "where to write the model")
	train.Flags().Uint64Var(&q.Seed, "seed", 1, "seed of folds and order")
	eval.Flags().StringVar(&q.Model, "model", "", "the model's file")
	eval.Flags().Float64Var(&q.Loss, "loss", .02, "the most that P(answered and wrong) may be")
	eval.Flags().IntVar(&q.Cal, "cal", 0, "rows that choose the threshold; 0 keeps the model's own")
	eval.Flags().Uint64Var(&q.Seed, "seed", 1, "seed of the order of rows")
	_ = eval.MarkFlagRequired("model")
	c.AddCommand(train, eval)
	return c
}
