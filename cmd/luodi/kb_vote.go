package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func kbVoteCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "vote ANSWER",
		Short: "Vote against an answer; the owners of what it cites see it in kb hygiene",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				n, err := a.VoteDown(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(map[string]any{"answer": args[0], "passages": n}, func() {
					fmt.Fprintf(stdout, "voted against the %d passages that %s cites; see luodi kb hygiene\n", n, args[0])
				})
			})
		},
	}
}
