package main

import (
	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func upCommand(g *globals) *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use:   "up",
		Short: "Bring the project up to date: ingest, clean, index, train, size, route",
		Long: `Brings the project up to date, incrementally like make: a stage whose inputs,
parameters and code version are unchanged is not run again. Prints the decision
report; writes it to .luodi/report.html too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if watch {
				return g.watch(cmd)
			}
			return g.with(cmd, func(a *app.App) error { return g.up(cmd, a) })
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "go on: run again whenever a file of a source or luodi.yaml changes; databases and buckets are asked every 30 s")
	return c
}

// up runs everything and prints the report.
func (g *globals) up(cmd *cobra.Command, a *app.App) error {
	res, err := a.Up(cmd.Context(), "")
	if cmd.Context().Err() != nil {
		return err
	}
	if perr := g.print(res, func() { printReport(cmd, a, res) }); perr != nil {
		return perr
	}
	return err
}

// stageCommand is `luodi ingest|clean|index`: up, as far as that stage.
func stageCommand(g *globals, verb string) *cobra.Command {
	short := map[string]string{
		"ingest": "Read the sources: raw bytes kept, every row with its provenance",
		"clean":  "Clean what was ingested: charset, widths, duplicates, PII tags",
		"index":  "Build the knowledge bases",
	}
	var explain string
	c := &cobra.Command{
		Use: verb, Short: short[verb], Args: cobra.NoArgs,
		Long: short[verb] + ".\nRuns what it needs of the stages before it; a stage that is up to date is not run again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				if explain != "" {
					return g.explain(cmd, a, explain)
				}
				res, err := a.Up(cmd.Context(), verb)
				if perr := g.print(res, func() { printData(cmd, a, res) }); perr != nil {
					return perr
				}
				return err
			})
		},
	}
	if verb == "clean" {
		c.Flags().StringVar(&explain, "explain", "", "show each step's before and after for this record id")
		c.AddCommand(cleanCommands(g)...)
	}
	return c
}
