package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/small"
)

func smallCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "small", Short: "Train and measure a small model on a table"}
	var in app.SmallTable
	var how app.SmallTrain
	var shares map[string]string
	train := &cobra.Command{
		Use: "train", Short: "Train a small model and write it to a file", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if how.Shares, err = sharesOf(shares); err != nil {
				return err
			}
			res, err := app.TrainSmall(cmd.Context(), in, how)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				figure, value := "accuracy", res.Accuracy
				if how.Multi {
					figure, value = "micro F1", res.MicroF1
				}
				fmt.Fprintf(stdout, "trained on %d rows with %d labels in %.1f s; out-of-fold %s %.4f\nwrote %s (%d bytes)\n",
					res.Examples, res.Labels, res.Seconds, figure, value, how.Out, res.Bytes)
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
				if m := res.Multi; m != nil {
					printTags(m)
					return
				}
				fmt.Fprintf(stdout, "accuracy %.4f  macro F1 %.4f  on %d rows\nanswers %.1f %% of them; P(answered and wrong) ≤ %.4f with 95 %% confidence (%s, %d rows); measured %.4f\n%.1f µs per item\n",
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
	train.Flags().StringVar(&how.Out, "out", "model.bin", "where to write the model")
	train.Flags().Uint64Var(&how.Seed, "seed", 1, "seed of folds and order")
	train.Flags().BoolVar(&how.Multi, "multi", false, "the label column holds all labels that apply, with ; between them, - where none does")
	train.Flags().StringToStringVar(&shares, "shares", nil, "shares of traffic by label (card=0.7,fee=0.3) where the table's differ")
	eval.Flags().StringVar(&q.Model, "model", "", "the model's file")
	eval.Flags().Float64Var(&q.Loss, "loss", .02, "the most that P(answered and wrong) may be")
	eval.Flags().IntVar(&q.Cal, "cal", 0, "rows that choose the threshold; 0 keeps the model's own")
	eval.Flags().Uint64Var(&q.Seed, "seed", 1, "seed of the order of rows")
	_ = eval.MarkFlagRequired("model")
	c.AddCommand(train, eval)
	return c
}

// sharesOf reads the values of --shares.
func sharesOf(given map[string]string) (map[string]float64, error) {
	if len(given) == 0 {
		return nil, nil
	}
	out := map[string]float64{}
	for _, label := range slices.Sorted(maps.Keys(given)) {
		v, err := strconv.ParseFloat(given[label], 64)
		if err != nil || !(v > 0 && v <= 1) {
			return nil, errs.Invalid("--shares: label %q has the share %q; write a number above 0 and at most 1", label, given[label])
		}
		out[label] = v
	}
	return out, nil
}

func printTags(m *small.MultiEval) {
	fmt.Fprintf(stdout, "exact sets %.4f  F1 of an item %.4f  micro F1 %.4f  macro F1 %.4f  on %d rows\n", m.ExactSet, m.LabelF1, m.MicroF1, m.MacroF1, m.N)
	for _, l := range m.Labels {
		fmt.Fprintf(stdout, "  F1 %.3f  %d rows have it, %d were given it  %s\n", l.F1, l.Support, l.Predicted, l.Label)
	}
	fmt.Fprintf(stdout, "%.1f µs per item\n", m.UsPerItem)
}
