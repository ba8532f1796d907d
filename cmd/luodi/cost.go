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
		Short: "What was spent: the ledger by day, department, scenario, key, configuration, model; and what is left of budgets",
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
						fmt.Println("the ledger is empty: no call was made yet")
					}
					for _, r := range res.Rows {
						var of []string
						for _, k := range by {
							of = append(of, fmt.Sprintf("%-24v", r[k]))
						}
						fmt.Printf("%s %8v requests %10v in %9v out  %v %v\n", strings.Join(of, " "), r["requests"], r["input_tokens"], r["output_tokens"], app.Plain(r["cost"]), r["currency"])
					}
					for _, b := range res.Budgets {
						fmt.Printf("budget %-40s %9s  %s of %s %s spent\n", b.Window, b.State, b.Spent, b.Limit, b.Currency)
					}
				})
			})
		},
	}
	c.Flags().StringSliceVar(&by, "by", []string{"department", "scenario"}, "columns to group by: day, department, scenario, key, configuration, model, outcome, mark")
	c.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values with a header")
	return c
}
