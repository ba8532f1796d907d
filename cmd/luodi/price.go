package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/catalog"
)

func priceCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "price", Short: "The price book, with dates and sources"}
	c.AddCommand(priceListCommand(g), priceSetCommand(g), priceDiffCommand(g), priceStaleCommand(g))
	return c
}

func priceListCommand(g *globals) *cobra.Command {
	var vendor string
	c := &cobra.Command{
		Use: "list", Short: "List price rows, discounts and packages: per million tokens, with where and when they were read", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Prices(vendor)
				if err != nil {
					return err
				}
				return g.print(res, func() { printPriceResult(res) })
			})
		},
	}
	c.Flags().StringVar(&vendor, "vendor", "", "only this vendor")
	return c
}

func priceSetCommand(g *globals) *cobra.Command {
	var q app.PriceRequest
	c := &cobra.Command{
		Use:   "set VENDOR/MODEL",
		Short: "Record a price of your own, such as a contract's, with its first day and source",
		Long: `Adds a row to catalog/prices/project.yaml. It counts before the rows that come
with luodi, from its first day on; earlier rows stay in the file as history.
VENDOR/MODEL may be the name of a model in luodi.yaml, and MODEL a pattern.
Decisions follow with "luodi size --reprice", without a call.`,
		Example: `  luodi price set dashscope/qwen-plus --in 0.8 --out 2 --currency CNY --from 2026-11-01 --source "contract 2026-17"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				q.Model = args[0]
				res, err := a.SetPrice(cmd.Context(), q)
				if err != nil {
					return err
				}
				return g.print(res, func() { printPriceSet(res) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&q.In, "in", "", "price per million input tokens, a decimal")
	f.StringVar(&q.Out, "out", "", "price per million output tokens")
	f.StringVar(&q.Cached, "cached", "", "price per million input tokens read from the vendor's cache (default as --in)")
	f.StringVar(&q.Currency, "currency", "CNY", "CNY or USD")
	f.StringVar(&q.From, "from", "", "first day that it holds, such as 2026-11-01")
	f.StringVar(&q.Source, "source", "", "where it can be looked up: contract, letter, page")
	f.StringVar(&q.Read, "date", "", "day that it was read there (default today)")
	for _, name := range []string{"in", "out", "from", "source"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // no such flag
		}
	}
	return c
}

func priceDiffCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "diff", Short: "Show your own prices beside those they take the place of, and decisions made at other prices", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.DiffPrices(cmd.Context())
				if err != nil {
					return err
				}
				return g.print(res, func() { printPriceDiff(res) })
			})
		},
	}
}

func priceStaleCommand(g *globals) *cobra.Command {
	var days int
	c := &cobra.Command{
		Use: "stale", Short: "List rows, discounts and packages that hold today and were read more than some days ago", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.StalePrices(days)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					if len(res.Rows)+len(res.Discounts)+len(res.Packages) == 0 {
						fmt.Fprintf(stdout, "nothing that holds today was read more than %d days ago\n", res.Days)
					}
					printPriceResult(res)
				})
			})
		},
	}
	c.Flags().IntVar(&days, "days", 90, "age in days from which a row is stale")
	return c
}

func printPrices(rows []app.PriceRow) {
	if len(rows) > 0 {
		fmt.Fprintln(stdout, "prices per million tokens")
	}
	for _, r := range rows {
		fmt.Fprintf(stdout, "%-12s %-28s from %s %-13s  %s in %-8s cached %-8s out %-8s %s\n", r.Vendor, r.Model, firstDay(r), lastDay(r), r.Currency, r.In, r.Cached, r.Out, trust(r))
	}
}

func printPriceResult(res app.PriceResult) {
	printPrices(res.Rows)
	printDiscounts(res.Discounts)
	printPackages(res.Packages)
}

func printPackages(packages []app.PackageRow) {
	for _, p := range packages {
		of, until, paid := " tokens", "", "free"
		if p.Counts != "" {
			of = " " + p.Counts + " tokens"
		}
		if p.Per != "" {
			of += " a " + p.Per
		}
		if !p.ValidTo.IsZero() {
			until = " to " + p.ValidTo.In(p.Zone).AddDate(0, 0, -1).Format("2006-01-02")
		}
		if p.For != "" {
			of += " of " + p.For
		}
		if p.Paid != nil {
			paid = fmt.Sprintf("paid %s %s", *p.Paid, p.Currency)
		}
		fmt.Fprintf(stdout, "%-12s %-28s package %s: %d%s, %s, from %s%s, %s, noted %s\n", p.Vendor, p.Model, p.Name, p.Tokens, of, paid,
			p.ValidFrom.In(p.Zone).Format("2006-01-02"), until, p.Source, p.DateRead.Format("2006-01-02"))
	}
}

func printDiscounts(discounts []catalog.Discount) {
	for _, d := range discounts {
		fmt.Fprintf(stdout, "%-12s %-28s × %-8s from %s, %s, noted %s\n", d.Vendor, d.Model, d.Factor, d.ValidFrom.Format("2006-01-02 15:04 MST"), d.Source, d.DateRead.Format("2006-01-02"))
	}
}

// firstDay of a row, of Beijing's for CNY and of UTC for USD.
// lastDay is the day before the moment at which a row ends, as in its file.
func lastDay(r app.PriceRow) string {
	if r.ValidTo.IsZero() {
		return ""
	}
	at := r.ValidTo.Add(-1)
	if r.Currency == "CNY" {
		at = at.Add(8 * 3600e9)
	}
	return at.Format("to 2006-01-02")
}

func firstDay(r app.PriceRow) string {
	at := r.ValidFrom
	if r.Currency == "CNY" {
		at = at.Add(8 * 3600e9)
	}
	return at.Format("2006-01-02")
}

func trust(r app.PriceRow) string {
	switch {
	case r.Superseded:
		return "replaced, kept as history; " + r.Trust
	case r.Own:
		return "own row; " + r.Trust
	}
	return r.Trust
}

func printPriceSet(res app.PriceSet) {
	verb := "recorded"
	if !res.Changed {
		verb = "is recorded already"
	}
	fmt.Fprintf(stdout, "%s %s in %s\n", res.Row.ID, verb, res.File)
	if res.Before != nil {
		fmt.Fprintf(stdout, "  in %s → %s, out %s → %s %s  (was %s: %s)\n", res.Before.In, res.Row.In, res.Before.Out, res.Row.Out, res.Row.Currency, res.Before.ID, res.Before.Trust)
	}
	for _, n := range res.Notes {
		fmt.Fprintln(stdout, "  "+n)
	}
	if res.Holds && res.Changed {
		fmt.Fprintln(stdout, "  decisions follow with: luodi size --reprice")
	}
}

func printPriceDiff(res app.PriceDiff) {
	if len(res.Rows) == 0 {
		fmt.Fprintln(stdout, "no price of your own is recorded; luodi price set records one")
	}
	for _, c := range res.Rows {
		state := "does not count today"
		if c.Holds {
			state = "counts today"
		}
		fmt.Fprintf(stdout, "%s/%s from %s, %s (%s)\n", c.Row.Vendor, c.Row.Model, firstDay(c.Row), state, trust(c.Row))
		if c.Before == nil {
			fmt.Fprintf(stdout, "  new: in %s, out %s %s\n", c.Row.In, c.Row.Out, c.Row.Currency)
			continue
		}
		fmt.Fprintf(stdout, "  in %s %s → %s %s%s, out %s → %s%s\n", c.Before.In, c.Before.Currency, c.Row.In, c.Row.Currency, change(c.InRatio), c.Before.Out, c.Row.Out, change(c.OutRatio))
		fmt.Fprintf(stdout, "  was %s: %s\n", c.Before.ID, trust(*c.Before))
		if c.BuiltIn != nil && c.BuiltIn.ID != c.Before.ID {
			fmt.Fprintf(stdout, "  built in: in %s, out %s %s, %s: %s\n", c.BuiltIn.In, c.BuiltIn.Out, c.BuiltIn.Currency, c.BuiltIn.ID, c.BuiltIn.Trust)
		}
	}
	if len(res.Discounts)+len(res.Packages) > 0 {
		fmt.Fprintln(stdout, "\nof contracts:")
	}
	printDiscounts(res.Discounts)
	printPackages(res.Packages)
	if len(res.Decisions) > 0 {
		fmt.Fprintln(stdout, "\ndecided at other prices than today's; luodi size --reprice decides anew without a call:")
	}
	for _, d := range res.Decisions {
		fmt.Fprintf(stdout, "  %s: %s: %s → %s  (%s)\n", d.Scenario, d.Candidate, d.Old, or(d.New, "no price"), d.Decision)
	}
}

func change(ratio *float64) string {
	if ratio == nil {
		return ""
	}
	return strings.Replace(fmt.Sprintf(" (%+.1f %%)", (*ratio-1)*100), "-", "−", 1)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
