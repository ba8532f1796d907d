package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func demoCommand(g *globals) *cobra.Command {
	dir := "luodi-demo"
	c := &cobra.Command{
		Use:   "demo",
		Short: "Write a complete sample bank and bring it up, without network or key",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := app.WriteDemo(dir); err != nil {
				return err
			}
			g.dir = dir
			err := g.with(cmd, func(a *app.App) error { return g.up(cmd, a) })
			if err == nil && !g.json {
				fmt.Fprint(stdout, nextSteps(dir))
			}
			return err
		},
	}
	c.Flags().StringVar(&dir, "dir", dir, "where to write the sample bank")
	return c
}

func nextSteps(dir string) string {
	return fmt.Sprintf(`
Next:
  luodi ask -C %[1]s --base rulebook "夜间转账单笔限额是多少？"   answers with citations
  luodi up -C %[1]s                                            again: everything is up to date
  luodi key create me -C %[1]s --department service            a key for the gateway, shown once
  luodi serve -C %[1]s                                         gateway and report on http://127.0.0.1:8420
`, dir)
}
