package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func driftCommand(g *globals) *cobra.Command {
	var scenario, out, in string
	c := &cobra.Command{
		Use:   "drift",
		Short: "Whether served calls still hold what was certified",
		Long: `A scenario with drift: {sample: 0.02} in luodi.yaml draws that share of its served
calls, whatever they say. --out writes those that wait for a label as csv; fill in the
last column (? passes a call over, - says that none of the labels is right) and give
the file back with --in. Once the labels show that the mean has fallen below the
certified floor, the certificate is revoked: the exit status is 3, reports and replies
call the route a best guess, and luodi size --gate fails until it is measured on new
items. A label is final, and the texts of a labelled call are forgotten.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (out != "" || in != "") && scenario == "" {
				return usageError{fmt.Errorf("--out and --in are of one scenario: add --scenario NAME; see `%s --help`", cmd.CommandPath())}
			}
			return g.with(cmd, func(a *app.App) error {
				switch {
				case out != "":
					return g.writeSamples(cmd, a, scenario, out)
				case in != "":
					return g.readLabels(cmd, a, scenario, in)
				}
				return g.drift(cmd, a, scenario)
			})
		},
	}
	c.Flags().StringVar(&scenario, "scenario", "", "only this scenario")
	c.Flags().StringVar(&out, "out", "", "write the drawn calls that wait for a label to this csv file")
	c.Flags().StringVar(&in, "in", "", "take the labels of this csv file")
	c.MarkFlagsMutuallyExclusive("out", "in")
	return c
}

// driftList is what `luodi drift --json` prints.
type driftList struct {
	Scenarios []app.Watched `json:"scenarios"`
	Notes     []string      `json:"notes"` // on what is not watched
}

func (g *globals) drift(cmd *cobra.Command, a *app.App, scenario string) error {
	all, notes, err := a.Drift(cmd.Context(), scenario)
	if err != nil {
		return err
	}
	if err := g.print(driftList{all, notes}, func() {
		for _, w := range all {
			printWatched(w)
		}
		for _, n := range notes {
			fmt.Fprintln(stdout, n)
		}
	}); err != nil {
		return err
	}
	for _, w := range all {
		if w.Alarm != nil {
			return alarmError(w.Decision)
		}
	}
	return nil
}

func alarmError(decision string) error {
	return fmt.Errorf("labels of served calls have revoked the certificate of %s; measure it on new items and run luodi up: %w", decision, app.ErrGate)
}

func printWatched(w app.Watched) {
	fmt.Fprintf(stdout, "%s (%s): %d drawn, %d labelled, %d counted", w.Scenario, w.Decision, w.Drawn, w.Labels, w.Shown)
	if w.Counted > 0 {
		fmt.Fprintf(stdout, ", mean %.4f, floor %g, evidence of a fall %.3g of %.0f", w.Mean, w.Floor, w.Evidence, w.Needed)
	}
	fmt.Fprintln(stdout)
	if w.Alarm != nil {
		fmt.Fprintf(stdout, "  REVOKED by the call of %s, after %d\n", w.Alarm.Time.Local().Format("2006-01-02 15:04"), w.Alarm.After)
	} else if w.Labels > w.Shown {
		fmt.Fprintf(stdout, "  %d labels wait for those of earlier calls\n", w.Labels-w.Shown)
	}
}

func (g *globals) writeSamples(cmd *cobra.Command, a *app.App, scenario, out string) error {
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return fmt.Errorf("writing samples to %s: the file is there already, and may hold labels; choose another", out)
	} else if err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	n, err := a.WriteSamples(cmd.Context(), scenario, f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("writing samples to %s: %w", out, cerr)
	}
	if err != nil || n == 0 {
		os.Remove(out)
	}
	if err != nil {
		return err
	}
	return g.print(map[string]any{"samples": n, "file": out}, func() {
		if n == 0 {
			fmt.Fprintln(stdout, "no drawn call waits for a label")
			return
		}
		fmt.Fprintf(stdout, "%d calls are in %s; fill in its last column, then luodi drift --scenario %s --in %s\n", n, out, scenario, out)
	})
}

func (g *globals) readLabels(cmd *cobra.Command, a *app.App, scenario, in string) error {
	f, err := os.Open(in)
	if err != nil {
		return fmt.Errorf("reading labels: %w", err)
	}
	defer f.Close()
	res, err := a.ReadLabels(cmd.Context(), scenario, in, f)
	if err != nil {
		return err
	}
	if err := g.print(res, func() {
		fmt.Fprintf(stdout, "%d labels taken, %d were there already, %d are empty\n", res.Labelled, res.Before, res.Empty)
		printWatched(res.Watched)
	}); err != nil {
		return err
	}
	if res.Alarm != nil {
		return alarmError(res.Decision)
	}
	return nil
}
