package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/knowledge/coverage"
)

func kbQueriesCommand(g *globals) *cobra.Command {
	var q app.QuestionQuery
	c := &cobra.Command{
		Use:   "queries",
		Short: "What a base was asked, and what became of it",
		Long: `Questions of luodi ask, of routes that answer from the base and of agents, the newest
first, with personal data masked and a pseudonym in place of who asked. not_covered are
refusals for want of evidence; unquoted are questions whose passages were evidence enough,
and of which a model made no claim that they support. luodi.yaml says how long they are
kept (knowledge: keep_questions).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Questions(cmd.Context(), q)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					for _, x := range res.Asked {
						fmt.Fprintf(stdout, "%s  %-11s %.2f of %.2f %7.1f ms  %-12s  %s\n", x.Time.Local().Format(time.DateTime), x.Outcome, x.Evidence, x.Threshold, x.Ms, x.Asker, x.Question)
					}
					fmt.Fprintf(stdout, "%s: %d questions", res.Base, res.Total)
					for _, o := range coverage.Outcomes {
						if n := res.Outcomes[o]; n > 0 {
							fmt.Fprintf(stdout, ", %d %s", n, o)
						}
					}
					fmt.Fprintf(stdout, "; %.1f ms at the median, %.1f ms for 95 %%\n", res.P50, res.P95)
					if !res.Kept {
						fmt.Fprintln(stdout, "luodi.yaml keeps no questions of this base (keep_questions: off)")
					}
				})
			})
		},
	}
	c.Flags().StringVar(&q.Base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&q.Outcome, "outcome", "", "only found, answered, not_covered or unquoted")
	c.Flags().StringVar(&q.Department, "department", "", "only what this department asked")
	c.Flags().StringVar(&q.Since, "since", "", "only the last 7d, 12h")
	c.Flags().IntVar(&q.Last, "last", 50, "how many to show; 0: all")
	return c
}
