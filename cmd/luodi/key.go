package main

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func keyCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "API keys of the gateway"}
	c.AddCommand(keyCreateCommand(g), keyListCommand(g), keySetCommand(g), keyRevokeCommand(g))
	return c
}

func keyCreateCommand(g *globals) *cobra.Command {
	var q app.KeyRequest
	c := &cobra.Command{
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
					fmt.Fprintf(stdout, "%s\nThis is key %s; it is not shown again. Use it as \"Authorization: Bearer …\".\n", res.Key, res.ID)
				})
			})
		},
	}
	c.Flags().StringVar(&q.Department, "department", "", "the department that pays")
	c.Flags().StringVar(&q.Scenario, "scenario", "", "allow only this scenario's route")
	c.Flags().StringVar(&q.Expires, "expires", "", "lifetime such as 90d or 12h; default: never")
	c.Flags().StringVar(&q.OnDisconnect, "on-disconnect", "cancel", "when a client leaves mid-stream: cancel (estimate) or drain (exact)")
	limitFlags(c, &q.KeyLimits)
	c.Flags().StringVar(&q.Cache, "cache", "", "answer a call that equals an earlier one from memory for so long, such as 10m; default: never")
	c.Flags().BoolVar(&q.Files, "files", false, "allow /v1/files and /v1/batches; what lies in a vendor's account is seen by all such keys")
	_ = c.MarkFlagRequired("department")
	return c
}

func keyListCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys with their limits; secrets are nowhere", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Keys(cmd.Context())
				if err != nil {
					return err
				}
				return g.print(res, func() {
					if len(res.Keys) == 0 {
						fmt.Fprintln(stdout, "there is no key yet; luodi key create makes one")
					}
					for _, k := range res.Keys {
						fmt.Fprintf(stdout, "%s  %-8s %s %s %s\n", k.ID, k.State, runewidth.FillRight(k.Name, 20), runewidth.FillRight(k.Department, 16), keyLimits(k))
					}
				})
			})
		},
	}
}

// keyLimits is what a key may not do, in a few words.
func keyLimits(k app.KeyRow) string {
	var out []string
	if k.Scenario != "" {
		out = append(out, "only scenario/"+k.Scenario)
	}
	if k.RequestsPerMinute > 0 {
		out = append(out, fmt.Sprintf("%d requests/min", k.RequestsPerMinute))
	}
	if k.TokensPerMinute > 0 {
		out = append(out, fmt.Sprintf("%d tokens/min", k.TokensPerMinute))
	}
	if k.MaxPrompt > 0 {
		out = append(out, fmt.Sprintf("prompts up to %d bytes", k.MaxPrompt))
	}
	if b := k.Budget; b != nil {
		budget := fmt.Sprintf("%s %s", b.Limit, b.Currency)
		if b.Per != "" {
			budget += "/" + b.Per
		}
		out = append(out, budget)
	}
	if k.Log {
		out = append(out, "calls are logged")
	}
	if k.Expires != nil {
		out = append(out, "until "+k.Expires.Format("2006-01-02"))
	}
	return strings.Join(out, ", ")
}

func keyRevokeCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a key for good; a running gateway follows within seconds", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.RevokeKey(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(res, func() { fmt.Fprintf(stdout, "key %s (%s) is revoked\n", res.ID, res.Name) })
			})
		},
	}
}
