package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func priceCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "price", Short: "The price book, with dates and sources"}
	var vendor string
	list := &cobra.Command{
		Use: "list", Short: "List price rows: per million tokens, with where and when they were read", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Prices(vendor)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					for _, r := range res.Rows {
						fmt.Printf("%-12s %-28s %s in %-8s out %-8s %s\n", r.Vendor, r.Model, r.Currency, r.In, r.Out, r.Trust)
					}
				})
			})
		},
	}
	list.Flags().StringVar(&vendor, "vendor", "", "only this vendor")
	c.AddCommand(list)
	return c
}
