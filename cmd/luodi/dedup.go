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
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Dedup(cmd.Context(), q)
			if err != nil {
				return err
			}
			return g.print(res, func() { fmt.Printf("kept %d of %d documents in %.1f s\n", res.Kept, res.Documents, res.Seconds) })
		},
	}
	c.Flags().StringVar(&q.Compat, "compat", "datajuicer", "whose decisions to make")
	c.Flags().StringVar(&q.Tokens, "tokens", "char", "shingles of characters or of words split at spaces: char, space")
	c.Flags().StringVar(&q.Input, "input", "", "jsonl to read")
	c.Flags().StringVar(&q.Field, "field", "text", "the text member")
	c.Flags().StringVar(&q.Out, "out", "", "jsonl to write: every member and the order are kept")
	c.Flags().StringVar(&q.Signatures, "signatures", "", "write each document's signature digest here")
	_ = c.MarkFlagRequired("input")
	_ = c.MarkFlagRequired("out")
	return c
}
