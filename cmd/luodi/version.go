package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func versionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			v := map[string]string{"version": app.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}
			return g.print(v, func() { fmt.Fprintf(stdout, "luodi %s (%s, %s/%s)\n", v["version"], v["go"], v["os"], v["arch"]) })
		},
	}
}
