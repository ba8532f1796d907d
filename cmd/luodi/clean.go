package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
)

// cleanCommands are what may be asked about cleaning, below `luodi clean`.
func cleanCommands(g *globals) []*cobra.Command {
	var source, kind string
	removed := &cobra.Command{
		Use:   "removed",
		Short: "What cleaning removed, and why: one row a record",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				list, err := a.Removed(cmd.Context(), source, kind)
				if err != nil {
					return err
				}
				return g.print(map[string]any{"removed": list}, func() {
					for _, r := range list {
						fmt.Printf("%s  %s  %s\n", r.Record, r.Address, reasonText(r))
					}
					fmt.Printf("%d records\n", len(list))
				})
			})
		},
	}
	removed.Flags().StringVar(&source, "source", "", "of this source only")
	removed.Flags().StringVar(&kind, "reason", "", `for this reason only: "empty", "exact duplicate", "policy", "personal data", "quarantine", "broken"`)
	why := &cobra.Command{
		Use:   "why RECORD",
		Short: "Why a record was removed, or what was merged into it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				r, err := a.Why(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(r, func() {
					fmt.Printf("%s  %s  (source %s, plan %s)\n", r.Record, r.Address, r.Source, r.Plan)
					fmt.Println(reasonText(r))
					for _, m := range clean.MeasureNames() {
						fmt.Printf("  %-22s %g\n", m, r.Measures[m])
					}
					for _, d := range r.Duplicates {
						fmt.Printf("  says the same: %s\n", d)
					}
				})
			})
		},
	}
	plan := &cobra.Command{
		Use:   "plan CLASS",
		Short: "Print a cleaning plan, to start one of your own from: " + strings.Join(clean.Classes, ", "),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := clean.DefaultPlan(args[0])
			if err != nil {
				return errs.NotFound("there is no plan %q; there are %s", args[0], strings.Join(clean.Classes, ", "))
			}
			return g.print(map[string]string{"plan": string(b)}, func() { _, _ = os.Stdout.Write(b) })
		},
	}
	return []*cobra.Command{removed, why, plan}
}

func reasonText(r app.Removed) string {
	switch {
	case r.Reason == "":
		return "in use"
	case r.DuplicateOf != "" && r.Used:
		return "in use; says the same as " + r.DuplicateOf
	case r.DuplicateOf != "":
		return "removed: " + r.Reason + " of " + r.DuplicateOf
	}
	return "removed: " + r.Reason
}
