package main

import (
	"encoding/json"
	"errors"
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
candidates exactly at their floor; --cascade searches and certifies cascades.
Shares are in [0,1]; spend and calls are of running everything on all items.`,
		Args: sizeArgs(),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"eps", "items", "runs", "loss", "floor", "looks", "n", "candidates"} {
				if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "0" {
					return usageError{fmt.Errorf("--%s 0: it must be above 0; leave it out for the default", name)}
				}
			}
			if q.Stress && q.Cascade {
				return usageError{errors.New("--stress and --cascade are two different replays; give one")}
			}
			if !q.Stress && (q.Run.Scores == "" || q.Run.Prices == "") {
				return usageError{errors.New("--scores and --prices are needed; see `luodi size replay --help`")}
			}
			if q.Cascade && q.Run.Preds == "" {
				return usageError{errors.New("--cascade needs --preds, the parsed answers")}
			}
			q.CascadeDo.Scores, q.CascadeDo.Preds, q.CascadeDo.Prices = q.Run.Scores, q.Run.Preds, q.Run.Prices
			q.CascadeDo.Exclude, q.CascadeDo.Items, q.CascadeDo.Runs, q.CascadeDo.Seed = q.Run.Exclude, q.Run.Items, q.Run.Runs, q.Run.Seed
			q.StressDo.Runs, q.StressDo.Seed = q.Run.Runs, q.Run.Seed
			res, err := app.Replay(cmd.Context(), q)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				b, err := json.MarshalIndent(res, "", "  ")
				fmt.Fprintln(stdout, string(b))
				_ = err // plain fields always marshal
			})
		},
	}
	f := c.Flags()
	f.StringVar(&q.Run.Scores, "scores", "", "tsv of outcomes: id, cat, inchars, score:output_chars per model")
	f.StringVar(&q.Run.Preds, "preds", "", "tsv of parsed answers, for --cascade")
	f.StringVar(&q.Run.Prices, "prices", "", "tsv of prices")
	f.StringVar(&q.Run.By, "by", "", "one scenario per category: cat")
	f.StringSliceVar(&q.Run.Exclude, "exclude", nil, "models to leave out")
	f.StringSliceVar(&q.Run.Bars, "bars", nil, "bars in points below the best true mean (default best-2,best-5,best-10,best-15)")
	f.Float64Var(&q.Run.Eps, "eps", 0, "slack between bar and certified floor (default 0.03)")
	f.IntVar(&q.Run.Items, "items", 0, "items drawn per run (default 1000; --cascade 2000 each for search and proof)")
	f.IntVar(&q.Run.Runs, "runs", 0, "runs per scenario and bar (default 200; --cascade 40, --stress 10000)")
	f.Uint64Var(&q.Run.Seed, "seed", 1, "seed")
	f.StringVar(&q.Run.Strategy, "strategy", "ladder", "exhaustive, fixed100, peek, elimination, ladder, or all")
	f.BoolVar(&q.Run.Relative, "relative", false, "bars within so many points of the best model, by paired differences")
	f.StringVar(&q.Run.Prior, "prior", "", "beliefs from other categories or sets: other")
	f.BoolVar(&q.Cascade, "cascade", false, "search and certify cascades")
	f.Float64Var(&q.CascadeDo.Loss, "loss", 0, "with --cascade: the most that a cascade may lose (default 0.01)")
	f.BoolVar(&q.Stress, "stress", false, "candidates exactly at their floor: count false certificates")
	f.Float64Var(&q.StressDo.Floor, "floor", 0, "with --stress: the floor (default 0.7)")
	f.IntVar(&q.StressDo.Looks, "looks", 0, "with --stress: batches in which items come (default 200)")
	f.IntVar(&q.StressDo.Items, "n", 0, "with --stress: items (default 2000)")
	f.IntVar(&q.StressDo.Candidates, "candidates", 0, "with --stress: candidates (default 1)")
	f.StringSliceVar(&q.StressDo.With, "with", nil, "with --stress: dr, clusters, reserve, grow, stop")
	return c
}
