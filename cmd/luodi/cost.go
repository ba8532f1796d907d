package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func costCommand(g *globals) *cobra.Command {
	var by []string
	var asCSV bool
	c := &cobra.Command{
		Use:   "cost",
		Short: "What was spent: the ledger by day, department, scenario, key, configuration, model; and what is left of budgets and packages",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Cost(cmd.Context(), by)
				if err != nil {
					return err
				}
				if asCSV {
					return res.CSV(cmd.OutOrStdout(), by)
				}
				return g.print(res, func() {
					if len(res.Rows) == 0 {
						fmt.Fprintln(stdout, "the ledger is empty: no call was made yet")
					}
					for _, r := range res.Rows {
						var of []string
						for _, k := range by {
							of = append(of, fmt.Sprintf("%-24v", r[k]))
						}
						covered := ""
						if r["covered_tokens"] != int64(0) {
							covered = fmt.Sprintf("  (%v tokens by packages)", r["covered_tokens"])
						}
						fmt.Fprintf(stdout, "%s %8v requests %10v in %9v out  %v %v%s\n", strings.Join(of, " "), r["requests"], r["input_tokens"], r["output_tokens"], app.Plain(r["cost"]), r["currency"], covered)
					}
					for _, b := range res.Budgets {
						fmt.Fprintf(stdout, "budget %-40s %9s  %s of %s %s spent\n", b.Window, b.State, b.Spent, b.Limit, b.Currency)
					}
					for _, p := range res.Packages {
						until := ""
						if p.For != "" {
							until = ", for " + p.For
						}
						if p.Ends != nil {
							until += ", until " + p.Ends.Local().Format("2006-01-02 15:04")
						}
						fmt.Fprintf(stdout, "package %-39s %9s  %d of %d tokens used, %d left%s\n", p.Package, p.State, p.Used, p.Tokens, max(0, p.Tokens-p.Used), until)
					}
				})
			})
		},
	}
	c.Flags().StringSliceVar(&by, "by", []string{"department", "scenario"}, "columns to group by: day, department, scenario, key, configuration, model, outcome, mark, package")
	c.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values with a header")
	return c
}
