package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func dedupCommand(g *globals) *cobra.Command {
	var q app.DedupRequest
	c := &cobra.Command{
		Use:   "dedup",
		Short: "Remove near-duplicates from a jsonl, with the decisions of a known tool",
		Long: `Removes near-duplicates by MinHash: 256 permutations, 25 bands of 10 rows, and
of each group the first document stays. --compat datajuicer makes exactly the
decisions of that tool's operator. Memory is bounded; every member of a line
and the order of lines are kept.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Dedup(cmd.Context(), q)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				fmt.Printf("kept %d of %d documents, %.2f MB of text in %.2f s\n", res.Kept, res.Documents, float64(res.Bytes)/1e6, res.Seconds)
			})
		},
	}
	c.Flags().StringVar(&q.Compat, "compat", "datajuicer", "whose decisions to make: datajuicer")
	c.Flags().StringVar(&q.Tokens, "tokens", "char", "shingles of characters, or of words split at spaces: char, space")
	c.Flags().StringVar(&q.Input, "input", "", "jsonl to read; .gz too")
	c.Flags().StringVar(&q.Field, "field", "text", "the member that holds the text")
	c.Flags().StringVar(&q.Out, "out", "", "jsonl to write")
	c.Flags().StringVar(&q.Signatures, "signatures", "", "write each document's id and the MD5 of its signature here")
	_ = c.MarkFlagRequired("input")
	_ = c.MarkFlagRequired("out")
	return c
}
