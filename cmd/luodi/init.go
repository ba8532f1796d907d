package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func initCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Start a new project: a folder with a commented luodi.yaml",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := app.Init(args[0])
			if err != nil {
				return err
			}
			return g.print(map[string]string{"project": path}, func() {
				fmt.Fprintf(stdout, "wrote %s\nPut your data beside it, name it under sources, then run: luodi up -C %s\n", path, args[0])
			})
		},
	}
}
