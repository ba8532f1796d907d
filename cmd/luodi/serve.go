package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func serveCommand(g *globals) *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the gateway (OpenAI-compatible) and the report on one port",
		Long: `Serves /v1/chat/completions, /v1/responses, /v1/embeddings, /v1/models and more
(OpenAI-compatible; a key from "luodi key create"), /v1/messages (Anthropic's),
/v1/rerank (Jina's and Cohere's), /healthz, /metrics, and the report at /.
"model": "scenario/NAME" is the decided route, "model": NAME passes through.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				return a.Serve(cmd.Context(), listen, func(addr string) {
					fmt.Fprintf(os.Stderr, "luodi serves %s on http://%s\n", a.Project.Name, addr)
				})
			})
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8420", "host:port")
	return c
}
