package main

import (
	"fmt"
	"sort"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func kbCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "kb", Short: "Measure a knowledge base"}
	var base, queries string
	var ks []int
	eval := &cobra.Command{
		Use:   "eval",
		Short: "Retrieval figures over questions with known addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.EvalBase(cmd.Context(), base, queries, ks)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					names := make([]string, 0, len(res))
					for k := range res {
						names = append(names, k)
					}
					sort.Strings(names)
					for _, k := range names {
						fmt.Printf("%-12s %.4g\n", k, res[k])
					}
				})
			})
		},
	}
	eval.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	eval.Flags().StringVar(&queries, "queries", "", "jsonl of {id, query, relevant: [[address, alternative, …], …]}")
	eval.Flags().IntSliceVar(&ks, "k", []int{1, 5, 10, 20, 100}, "ranks to report")
	_ = eval.MarkFlagRequired("queries")
	c.AddCommand(eval)
	return c
}
