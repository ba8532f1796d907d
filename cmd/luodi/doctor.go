package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func doctorCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the project: configuration, store, endpoints, prices",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res := app.Doctor(cmd.Context(), g.dir)
			if err := g.print(res, func() {
				mark := map[string]string{"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
				for _, c := range res.Checks {
					fmt.Fprintf(stdout, "%s  %-20s %s\n", mark[c.Status], c.Name, c.Note)
				}
			}); err != nil {
				return err
			}
			return res.Err()
		},
	}
}
