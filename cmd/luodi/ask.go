package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func askCommand(g *globals) *cobra.Command {
	var base, as, model string
	c := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Ask a knowledge base; every sentence is cited to its bytes",
		Long: `Asks a knowledge base. Without a language model the answer is extractive:
literal sentences of the best passages, each with its citation. With one (--model, or
that of the published route over the base) it is in the model's words: each claim's
quote is found in the stored text, and its numbers, dates and names stand there, or the
claim is dropped. Where the evidence is too thin either refuses, before any call.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.AskModel(cmd.Context(), base, strings.Join(args, " "), as, model)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					fmt.Fprintln(stdout, res.Answer)
					for i, c := range res.Citations {
						fmt.Fprintf(stdout, "\n[%d] %s  bytes %d–%d\n    %s\n", i+1, c.Address, c.Start, c.End, c.Chunk)
					}
					for _, d := range res.Dropped {
						fmt.Fprintf(stdout, "\ndropped: %s\n    %s\n", d.Claim, d.Reason)
					}
					if !res.Refused {
						fmt.Fprintf(stdout, "\n%s answer %s; `luodi trace` it for the way back to the source\n", res.Kind, res.ID)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&as, "as", "", "ask with the rights of department:NAME or user:EMAIL; default: the project's owner")
	c.Flags().StringVar(&model, "model", "", "a model of luodi.yaml, or extractive; default: that of the published route, else extractive")
	return c
}
