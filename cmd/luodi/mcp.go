package main

import (
	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func mcpCommand(g *globals) *cobra.Command {
	var base, as string
	c := &cobra.Command{
		Use:   "mcp",
		Short: "Give an agent the knowledge bases as tools, over standard input and output",
		Long: `Serves the tools search and ask of the Model Context Protocol to the program that
started it, until that program leaves. Every passage and every sentence comes with the
citation of its bytes. Nothing else is written to standard output.

luodi serve has the same tools at /mcp on the gateway's port: there a key is needed, and
its department's rights apply.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(a *app.App) error { return a.MCP(cmd.Context(), base, as) })
		},
	}
	c.Flags().StringVar(&base, "base", "", "only this knowledge base; default: all that the reader may see")
	c.Flags().StringVar(&as, "as", "", "serve with the rights of department:NAME or user:EMAIL; default: the project's owner")
	return c
}
