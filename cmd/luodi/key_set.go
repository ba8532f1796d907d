package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

// limitFlags are those of what a key may use.
func limitFlags(c *cobra.Command, l *app.KeyLimits) {
	c.Flags().StringVar(&l.RequestsPerMinute, "requests-per-minute", "", "answer 429 beyond so many requests a minute; none: no limit")
	c.Flags().StringVar(&l.TokensPerMinute, "tokens-per-minute", "", "answer 429 beyond so many tokens a minute, prompts and replies together; none: no limit")
	c.Flags().StringVar(&l.MaxPrompt, "max-prompt", "", "refuse longer prompts, such as 32KB; none: no limit")
	c.Flags().StringVar(&l.Budget, "budget", "", "what the key may spend, such as \"50 CNY/month\" (day, month, year, or nothing for ever); none: no limit of its own")
	c.Flags().StringVar(&l.Alert, "alert", "", "share of the budget from which calls are marked and told of, such as 80%")
	c.Flags().StringVar(&l.Log, "log", "", "keep what the key's calls say in the request log: on or off")
	c.Flags().StringVar(&l.Degrade, "degrade", "", "the cheaper model or route that calls go to beyond the alert")
}

func keySetCommand(g *globals) *cobra.Command {
	var l app.KeyLimits
	c := &cobra.Command{
		Use: "set ID", Short: "Change what a key may use; a running gateway follows within seconds", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.SetKey(cmd.Context(), args[0], l)
				if err != nil {
					return err
				}
				return g.print(res, func() { fmt.Fprintf(stdout, "key %s (%s): %s\n", res.ID, res.Name, keyLimits(res)) })
			})
		},
	}
	limitFlags(c, &l)
	return c
}
