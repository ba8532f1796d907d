package main

import (
	"fmt"
	"sort"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func piiCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "pii", Short: "Find personal data by check digits and context; put sealed values back"}
	c.AddCommand(&cobra.Command{
		Use:   "scan PATH",
		Short: "Scan a file or folder: text, office files, pdf and mails; nothing is stored",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.ScanPII(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return g.print(res, func() {
				names := make([]string, 0, len(res.Types))
				for k := range res.Types {
					names = append(names, k)
				}
				sort.Strings(names)
				fmt.Fprintf(stdout, "%d files, %d bytes\n", res.Files, res.Bytes)
				for _, k := range names {
					fmt.Fprintf(stdout, "  %-24s %d\n", k, res.Types[k])
				}
				for _, s := range res.Skipped {
					fmt.Fprintf(stdout, "not read: %s: %s\n", s.Path, s.Reason)
				}
			})
		},
	})
	c.AddCommand(unmaskCommand(g))
	return c
}
