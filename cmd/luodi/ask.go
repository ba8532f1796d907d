package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func askCommand(g *globals) *cobra.Command {
	var base, as string
	c := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Ask a knowledge base; every sentence is cited to its bytes",
		Long: `Asks a knowledge base. Without a language model the answer is extractive:
literal sentences of the best passages, each with its citation, or a refusal
where the evidence is too thin.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Ask(cmd.Context(), base, strings.Join(args, " "), as)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					fmt.Println(res.Answer)
					for i, c := range res.Citations {
						fmt.Printf("\n[%d] %s  bytes %d–%d\n    %s\n", i+1, c.Address, c.Start, c.End, c.Chunk)
					}
					if !res.Refused {
						fmt.Printf("\n%s answer %s; `luodi trace` it for the way back to the source\n", res.Kind, res.ID)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&base, "base", "", "the knowledge base (not needed where there is one)")
	c.Flags().StringVar(&as, "as", "", "ask with the rights of department:NAME or user:EMAIL; default: the project's owner")
	return c
}
