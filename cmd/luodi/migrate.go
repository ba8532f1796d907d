package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func migrateCommand(g *globals) *cobra.Command {
	var down bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the store to this version, or with --down one step back",
		Long: `Opening a project migrates its store by itself, after a snapshot. With --down the
last migration is undone, after a snapshot too, for the binary before this one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Migrate(cmd.Context(), g.dir, down)
			if err != nil {
				return err
			}
			return g.print(res, func() { fmt.Fprintln(stdout, res.Message) })
		},
	}
	c.Flags().BoolVar(&down, "down", false, "undo the last migration")
	return c
}
