package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func exportCommand(g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export --out FILE.tar.gz|DIR",
		Short: "Write the whole project in open formats: original files, JSONL, a manifest",
		Long: `Writes the whole project to a .tar.gz or a folder: the original files, every table
as JSONL, documents and chunks in plain words, trained models, and a manifest with
the SHA-256 of every member. Of API keys it holds the hashes, never a secret.
"luodi import" makes the project of it again, elsewhere or in PostgreSQL.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.with(cmd, func(a *app.App) error {
				res, err := a.Export(cmd.Context(), out)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					fmt.Fprintf(stdout, "%s: %d members, %.1f MB, %d files of the project's folder\n", res.Out, res.Members, float64(res.Bytes)/1e6, res.Files)
					printOutside(res.Outside)
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "a .tar.gz, or a folder, that does not exist yet")
	_ = c.MarkFlagRequired("out")
	return c
}

func importCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE.tar.gz|DIR",
		Short: "Make a project of an export; nothing is parsed, trained or asked again",
		Long: `Makes a project of an export in the folder -C. Every member is checked first, and
.luodi/ appears last and whole. The folder may hold a luodi.yaml of its own, which
then stays: with "store: {url: …}" in it the project moves into PostgreSQL.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			res, err := app.Import(cmd.Context(), args[0], g.dir)
			if err != nil {
				return err
			}
			return g.print(res, func() {
				fmt.Fprintf(stdout, "project %s is in %s: %d files, as luodi %s exported it\n", res.Project, res.Dir, res.Files, res.Luodi)
				printOutside(res.Outside)
			})
		},
	}
}

func printOutside(outside []string) {
	if len(outside) == 0 {
		return
	}
	fmt.Fprintf(stdout, "%d files of sources are not below the project's folder; their bytes are kept, the files are not:\n", len(outside))
	for _, name := range outside[:min(5, len(outside))] {
		fmt.Fprintln(stdout, "  "+name)
	}
}
