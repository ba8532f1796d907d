package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func logCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "log",
		Short: "What calls said, where a route or key is logged",
		Long: `The request log keeps the calls of the routes under request_log in luodi.yaml
and of keys with --log on: texts with placeholders for personal data, never keys,
in .luodi/requests/*.jsonl, for 30 days unless luodi.yaml says otherwise.`,
	}
	c.AddCommand(logListCommand(g), logTailCommand(g), logShowCommand(g), logPurgeCommand(g))
	return c
}

func logFilterFlags(c *cobra.Command, q *app.LogQuery) {
	c.Flags().StringVar(&q.Route, "route", "", "only calls of this model, route or scenario/NAME")
	c.Flags().StringVar(&q.Key, "key", "", "only calls of this key's id")
	c.Flags().BoolVar(&q.Failed, "failed", false, "only calls that did not end well")
}

func logListCommand(g *globals) *cobra.Command {
	var q app.LogQuery
	c := &cobra.Command{
		Use: "list", Short: "List logged calls, the latest last", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.LogList(q)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					if len(res.Calls) == 0 {
						fmt.Fprintln(stdout, "no call is logged; name routes under request_log in luodi.yaml, or luodi key set ID --log on")
					}
					for _, r := range res.Calls {
						printLogged(r)
					}
				})
			})
		},
	}
	logFilterFlags(c, &q)
	c.Flags().StringVar(&q.Since, "since", "", "only calls of the last 2h or 7d")
	c.Flags().IntVar(&q.Last, "last", 50, "at most so many; 0: all")
	return c
}

func printLogged(r app.LogRecord) {
	how := r.Outcome
	if r.Error != "" {
		how = r.Error
	}
	fmt.Fprintf(stdout, "%s  %-22s %3d %-14s %-24s %6d ms  %d+%d tokens\n", r.Time.Local().Format("2006-01-02 15:04:05"), r.ID, r.Status, how, r.Route, r.Latency, r.Input, r.Output)
}

func logTailCommand(g *globals) *cobra.Command {
	var q app.LogQuery
	c := &cobra.Command{
		Use: "tail", Short: "Print calls as they are logged, until interrupted; --json prints whole records", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				return a.LogTail(cmd.Context(), q, func(r app.LogRecord) error {
					if g.json {
						return json.NewEncoder(stdout).Encode(r)
					}
					printLogged(r)
					return nil
				})
			})
		},
	}
	logFilterFlags(c, &q)
	return c
}

func logShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one call whole, by its X-Luodi-Request-Id", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.LogShow(args[0])
				if err != nil {
					return err
				}
				return g.print(res, func() {
					b, err := json.MarshalIndent(res, "", "  ")
					if err == nil {
						fmt.Fprintln(stdout, string(b))
					}
				})
			})
		},
	}
}

func logPurgeCommand(g *globals) *cobra.Command {
	var before string
	c := &cobra.Command{
		Use: "purge", Short: "Delete the request log for good, or what is older than --older-than", Args: cobra.NoArgs,
		Long: `Removes whole files: with --older-than those that began before, which may take
younger records with them. A running gateway goes on in a new file. The act is
in luodi audit.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.LogPurge(cmd.Context(), before)
				if err != nil {
					return err
				}
				return g.print(res, func() { fmt.Fprintf(stdout, "%d files of the request log are deleted\n", res.Files) })
			})
		},
	}
	c.Flags().StringVar(&before, "older-than", "", "such as 7d; default: everything")
	return c
}
