package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func replayCommand(g *globals) *cobra.Command {
	var q app.ReplayRequest
	c := &cobra.Command{
		Use:   "replay",
		Short: "Prove the sizing procedure on recorded outcomes",
		Long: `Replays the sizing procedure on per-item outcomes of many models whose every
answer is known: what it would have spent, chosen and certified. --stress puts
candidates exactly at their floor; --cascade searches and certifies cascades.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Replay(cmd.Context(), q)
			if err != nil {
				return err
			}
			return g.print(res, func() { fmt.Println(app.ReplayText(res)) })
		},
	}
	f := c.Flags()
	f.StringVar(&q.Run.Scores, "scores", "", "tsv of outcomes: id, cat, inchars, score:output_chars per model")
	f.StringVar(&q.Run.Preds, "preds", "", "tsv of parsed answers, for --cascade")
	f.StringVar(&q.Run.Prices, "prices", "", "tsv of prices")
	f.StringVar(&q.Run.By, "by", "", "one scenario per category: cat")
	f.StringSliceVar(&q.Run.Exclude, "exclude", nil, "models to leave out")
	f.StringSliceVar(&q.Run.Bars, "bars", nil, "bars in points below the best true mean, default best-2,best-5,best-10,best-15")
	f.Float64Var(&q.Run.Eps, "eps", .03, "slack between bar and certified floor")
	f.IntVar(&q.Run.Items, "items", 1000, "items drawn per run")
	f.IntVar(&q.Run.Runs, "runs", 200, "runs per scenario and bar")
	f.Uint64Var(&q.Run.Seed, "seed", 1, "seed")
	f.StringVar(&q.Run.Strategy, "strategy", "ladder", "exhaustive, fixed100, peek, elimination, ladder")
	f.BoolVar(&q.Run.Relative, "relative", false, "bars within so many points of the best model, by paired differences")
	f.StringVar(&q.Run.Prior, "prior", "", "beliefs from other categories: other")
	f.BoolVar(&q.Cascade, "cascade", false, "search and certify cascades")
	f.Float64Var(&q.Loss, "loss", .01, "with --cascade: the most that a cascade may lose")
	f.BoolVar(&q.Stress, "stress", false, "candidates exactly at their floor: count false certificates")
	f.Float64Var(&q.Floor, "floor", .7, "with --stress: the floor")
	f.IntVar(&q.Looks, "looks", 200, "with --stress: looks")
	f.IntVar(&q.N, "n", 2000, "with --stress: items")
	f.IntVar(&q.Candidates, "candidates", 1, "with --stress: candidates")
	f.StringSliceVar(&q.With, "with", nil, "with --stress: dr, clusters, reserve")
	return c
}
