package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func auditCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "audit",
		Short: "Administrative acts, in a chain of hashes that is checked",
		Long: `Lists who made and revoked keys, set prices and signed decisions. Each act holds
the hash of the one before; a changed, added or missing one fails the command.
Keep the last hash elsewhere to see also whether acts were taken from the end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Audit(cmd.Context())
				if perr := g.print(res, func() {
					for _, act := range res.Acts {
						fmt.Fprintf(stdout, "%5d  %s  %-24s %-14s %s  %s\n", act.Seq, act.Time.Local().Format("2006-01-02 15:04:05"), act.Who, act.What, act.Object, act.Detail)
					}
					switch {
					case len(res.Acts) == 0:
						fmt.Fprintln(stdout, "nothing was done yet that is audited")
					case res.Intact:
						fmt.Fprintln(stdout, "the chain is whole; last hash "+res.Last)
					}
				}); perr != nil {
					return perr
				}
				return err
			})
		},
	}
}
