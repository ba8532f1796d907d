package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func reportCommand(g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report",
		Short: "The decision report: terminal, JSON and one self-contained page",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				if g.json && out == "" {
					rep, err := a.Report(cmd.Context())
					if err != nil {
						return err
					}
					return g.print(rep, nil)
				}
				path, err := a.WriteReport(cmd.Context(), out)
				if err != nil {
					return err
				}
				if err := a.PrintReport(cmd.Context(), stdout); err != nil {
					return err
				}
				fmt.Fprintf(stdout, "\nreport: %s\n", path)
				return nil
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "write the page here instead of .luodi/report.html")
	return c
}

// printReport prints the decision report after up, and where the page is.
func printReport(cmd *cobra.Command, a *app.App, res app.UpResult) {
	if err := a.PrintReport(cmd.Context(), stdout); err != nil {
		fmt.Fprintln(os.Stderr, "luodi:", err)
	}
	printWarnings(res)
	if _, err := os.Stat(a.ReportPath()); err == nil {
		fmt.Fprintf(stdout, "\nreport: %s\n", a.ReportPath())
	}
}

func printData(cmd *cobra.Command, a *app.App, res app.UpResult) {
	if err := a.PrintData(cmd.Context(), stdout); err != nil {
		fmt.Fprintln(os.Stderr, "luodi:", err)
	}
	printWarnings(res)
}

func printWarnings(res app.UpResult) {
	for _, w := range res.Warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
}
