package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func unmaskCommand(g *globals) *cobra.Command {
	var q app.UnmaskRequest
	c := &cobra.Command{
		Use:   "unmask TEXT",
		Short: "Put sealed personal data back into a text; every value is audited",
		Long: `Puts the values behind tokens such as [mobile#…] back into TEXT, or into
standard input where TEXT is -. Only those whom vault.readers of luodi.yaml names
may; each value, and each refusal, is in luodi audit with the reason. With --type,
TEXT is one value that the action format wrote.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Text = args[0]
			if q.Text == "-" {
				b, err := io.ReadAll(os.Stdin)
				if err != nil {
					return fmt.Errorf("reading standard input: %w", err)
				}
				q.Text = string(b)
			}
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Unmask(cmd.Context(), q)
				if err != nil {
					return err
				}
				return g.print(res, func() { fmt.Fprintln(stdout, res.Text) })
			})
		},
	}
	c.Flags().StringVar(&q.As, "as", "", "who asks: department:NAME or user:EMAIL")
	c.Flags().StringVar(&q.Reason, "reason", "", "why; the audit trail keeps it")
	c.Flags().StringVar(&q.Type, "type", "", "the type of personal data of one value that the action format wrote, such as mobile")
	_ = c.MarkFlagRequired("as")
	_ = c.MarkFlagRequired("reason")
	return c
}
