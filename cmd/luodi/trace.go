package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func traceCommand(g *globals) *cobra.Command {
	affected := false
	c := &cobra.Command{
		Use:   "trace ID",
		Short: "The way back to source rows, and forward to everything derived",
		Long: `Traces a record (rec_…), file (file_…), chunk (chk_…), dataset (set_…), small
model (mdl_…), configuration (cfg_…), study (std_…), decision (dec_…) or answer
(ans_…) back to its source rows and forward to everything made from it.

--affected lists, complete and by kind, what has to be looked at when a record
or file is erased or changed: its bytes in every kept version, records that say
the same, chunks, datasets, models, studies, decisions, answers, and the
scenarios that are served by one of them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				if affected {
					return g.affected(cmd, a, args[0])
				}
				res, err := a.Trace(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(res, func() { printTrace(res) })
			})
		},
	}
	c.Flags().BoolVar(&affected, "affected", false, "list all that erasing or changing it affects")
	return c
}

func printTrace(res app.TraceResult) {
	fmt.Fprintf(stdout, "%s %s\n", res.Kind, res.ID)
	if b, err := json.MarshalIndent(res.Provenance, "  ", "  "); err == nil && len(res.Provenance) > 0 {
		fmt.Fprintf(stdout, "  %s\n", b)
	}
	steps := func(title string, list []app.TraceStep) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(stdout, "%s (%d)\n", title, len(list))
		for i, s := range list {
			if i == 40 {
				fmt.Fprintf(stdout, "  … and %d more; --json lists them\n", len(list)-i)
				break
			}
			fmt.Fprintf(stdout, "  %-10s %-13s %s  %s\n", s.Step, s.Kind, s.ID, s.Where)
		}
	}
	steps("made from", res.From)
	steps("led to", res.To)
	if res.Truncated {
		fmt.Fprintln(stdout, "  the list is cut; there is more")
	}
}
