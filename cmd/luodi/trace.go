package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func traceCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "trace ID",
		Short: "The way back to source rows, and forward to everything derived",
		Long: `Traces a record (rec_…), file (file_…), chunk (chk_…), dataset (set_…), small
model (mdl_…), configuration (cfg_…), study (std_…), decision (dec_…) or answer
(ans_…) back to its source rows and forward to everything made from it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Trace(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(res, func() { printTrace(res) })
			})
		},
	}
}

func printTrace(res app.TraceResult) {
	fmt.Printf("%s %s\n", res.Kind, res.ID)
	if b, err := json.MarshalIndent(res.Provenance, "  ", "  "); err == nil && len(res.Provenance) > 0 {
		fmt.Printf("  %s\n", b)
	}
	steps := func(title string, list []app.TraceStep) {
		if len(list) == 0 {
			return
		}
		fmt.Printf("%s (%d)\n", title, len(list))
		for i, s := range list {
			if i == 40 {
				fmt.Printf("  … and %d more; --json lists them\n", len(list)-i)
				break
			}
			fmt.Printf("  %-10s %-13s %s  %s\n", s.Step, s.Kind, s.ID, s.Where)
		}
	}
	steps("made from", res.From)
	steps("led to", res.To)
	if res.Truncated {
		fmt.Println("  the list is cut; there is more")
	}
}
