package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func sizeCommand(g *globals) *cobra.Command {
	var verify, gate string
	c := &cobra.Command{
		Use:   "size",
		Short: "Find the cheapest configuration that provably meets each scenario's bar",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				if gate != "" {
					return a.Gate(cmd.Context(), gate)
				}
				if verify != "" {
					v, err := a.Verify(cmd.Context(), verify)
					if err != nil {
						return err
					}
					if perr := g.print(v, func() {
						if v.OK {
							fmt.Printf("%s is reproduced from its kept outcomes\n", v.Decision)
						}
						for _, d := range v.Differences {
							fmt.Println(" ", d)
						}
					}); perr != nil {
						return perr
					}
					if !v.OK {
						return fmt.Errorf("decision %s is not reproduced: %w", v.Decision, app.ErrGate)
					}
					return nil
				}
				res, err := a.Up(cmd.Context(), "size")
				if perr := g.print(res, func() { printReport(cmd, a, res) }); perr != nil {
					return perr
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&verify, "verify", "", "recompute this decision from its kept outcomes; exit 3 when it differs")
	c.Flags().StringVar(&gate, "gate", "", "exit 3 unless this scenario's decision is certified")
	c.AddCommand(replayCommand(g))
	return c
}
