package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/knowledge/coverage"
)

func kbHygieneCommand(g *globals) *cobra.Command {
	var base, department string
	c := &cobra.Command{
		Use:   "hygiene",
		Short: "What the owners of a base should put in order, a queue for each department",
		Long: `Near-duplicate documents, older versions that are still in the base, documents in
force for more than three years, and candidates of contradictions: sentences that two
documents of one title share for one period but for their numbers. And what the base is
asked: questions that it refused for want of evidence, those alike counted as one, and
those of whose passages a model made no claim that they support; documents that no
search found, and passages whose answers were voted down. Nothing is changed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Hygiene(cmd.Context(), base, department)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					for _, q := range res.Queues {
						fmt.Fprintf(stdout, "%s: %d\n", q.Department, len(q.Findings))
						for _, f := range q.Findings {
							fmt.Fprintf(stdout, "  %-23s %s\n      %s\n", f.Kind, strings.Join(f.Addresses, ", "), f.Detail)
							if f.Kind == coverage.Unanswered || f.Kind == coverage.NoClaim {
								fmt.Fprintf(stdout, "      asked %d times, last on %s\n", f.Count, f.Last.Format(time.DateOnly))
							}
						}
					}
				})
			})
		},
	}
	c.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&department, "department", "", "only the queue of this department")
	return c
}
