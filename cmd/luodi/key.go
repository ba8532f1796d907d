package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func keyCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "API keys of the gateway"}
	var q app.KeyRequest
	create := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a key; it is shown once and stored as a hash",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Name = args[0]
			return g.with(cmd, func(a *app.App) error {
				res, err := a.CreateKey(cmd.Context(), q)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					fmt.Printf("%s\nThis is key %s; it is not shown again. Use it as \"Authorization: Bearer …\".\n", res.Key, res.ID)
				})
			})
		},
	}
	create.Flags().StringVar(&q.Department, "department", "", "the department that pays")
	create.Flags().StringVar(&q.Scenario, "scenario", "", "allow only this scenario's route")
	create.Flags().StringVar(&q.Expires, "expires", "", "lifetime such as 90d or 12h; default: never")
	create.Flags().StringVar(&q.OnDisconnect, "on-disconnect", "cancel", "when a client leaves mid-stream: cancel (estimate) or drain (exact)")
	_ = create.MarkFlagRequired("department")
	c.AddCommand(create)
	return c
}
