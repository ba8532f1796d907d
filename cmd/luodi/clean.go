package main

import (
	"fmt"
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
						fmt.Fprintf(stdout, "%s  %s  %s\n", r.Record, r.Address, reasonText(r))
					}
					fmt.Fprintf(stdout, "%d records\n", len(list))
				})
			})
		},
	}
	removed.Flags().StringVar(&source, "source", "", "of this source only")
	removed.Flags().StringVar(&kind, "reason", "", `for this reason only: "empty", "exact duplicate", "policy", "personal data", "quarantine", "broken", "near duplicate"`)
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
					fmt.Fprintf(stdout, "%s  %s  (source %s, plan %s)\n", r.Record, r.Address, r.Source, r.Plan)
					fmt.Fprintln(stdout, reasonText(r))
					fmt.Fprintf(stdout, "  says: %s\n", r.Text)
					if r.Alike != nil {
						fmt.Fprintln(stdout, "nearly the same "+alikeText(*r.Alike))
					}
					if r.Released != nil {
						fmt.Fprintf(stdout, "released by %s on %s: %s\n", r.Released.Who, r.Released.At.Local().Format("2006-01-02 15:04"), r.Released.Reason)
					}
					for _, m := range clean.MeasureNames() {
						fmt.Fprintf(stdout, "  %-22s %g\n", m, r.Measures[m])
					}
					for _, d := range r.Duplicates {
						fmt.Fprintf(stdout, "  says the same: %s\n", d)
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
			return g.print(map[string]string{"plan": string(b)}, func() { _, _ = stdout.Write(b) })
		},
	}
	return []*cobra.Command{removed, why, plan, alikeCommand(g), releaseCommand(g)}
}

func alikeCommand(g *globals) *cobra.Command {
	var source string
	c := &cobra.Command{
		Use:   "alike",
		Short: "Records that say nearly the same as an earlier one, in their source or another",
		Long: `Lists what luodi clean found among the sources that duplicates.across of luodi.yaml
names: a row for each record that says nearly the same (.85 and more of their
shingles) as one before it, in the order in which the sources are named; the
record it was compared with; and whether it is dropped or why it is used
nevertheless: other figures, another label, another department.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.AlikeRecords(cmd.Context(), source)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					for _, x := range res.Alike {
						fmt.Fprintf(stdout, "%s  %s\n", x.Record, alikeText(x))
					}
					r := res.Report
					fmt.Fprintf(stdout, "%d of %d texts say nearly the same as an earlier one, %d of them as one of another source; %d are dropped\n", r.Alike, r.Texts, r.Across, r.Dropped)
				})
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "of this source only")
	return c
}

func alikeText(x clean.Alike) string {
	state := x.Dropped
	if state == "" {
		state = "in use: " + x.KeptFor
	}
	return fmt.Sprintf("(%s) as %s (%s), %.3f of %s: %s", x.Source, x.OfRecord, x.OfSource, x.Similarity, x.Via, state)
}

func releaseCommand(g *globals) *cobra.Command {
	var reason string
	var back bool
	c := &cobra.Command{
		Use:   "release RECORD",
		Short: "Let a record be used that a plan has put into quarantine",
		Long: `Lets a record be used as it is, from the next luodi up on; luodi clean removed
--reason quarantine lists those that wait, luodi clean why RECORD shows one, masked.
Who released it and why is kept and in luodi audit. A row that changes is another
record, and quarantined again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				if back {
					if err := a.TakeBack(cmd.Context(), args[0], reason); err != nil {
						return err
					}
					return g.print(map[string]string{"record": args[0]}, func() { fmt.Fprintln(stdout, "taken back; run luodi up") })
				}
				r, err := a.Release(cmd.Context(), args[0], reason)
				if err != nil {
					return err
				}
				return g.print(r, func() { fmt.Fprintf(stdout, "%s of source %s is released; run luodi up\n", r.Record, r.Source) })
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the audit trail")
	c.Flags().BoolVar(&back, "take-back", false, "put a released record back into quarantine")
	return c
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
