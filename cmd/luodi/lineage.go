package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

func lineageCommand(g *globals) *cobra.Command {
	c := &cobra.Command{Use: "lineage", Short: "Versions of datasets: export with manifest, proofs that hold without luodi's store"}
	c.AddCommand(lineageVersionsCommand(g), lineageExportCommand(g), lineageProveCommand(g))
	return c
}

func lineageVersionsCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "versions SOURCE",
		Short: "List the versions of a source's dataset, each with its root, the newest first",
		Long: `Lists a version for every luodi up or clean that changed what the source's kept
records say or which they are. The root is that of the Merkle tree over the
records' lines: give it to whoever is to check proofs later.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				list, err := a.Versions(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return g.print(map[string]any{"versions": list}, func() {
					for _, v := range list {
						now := ""
						if v.Current {
							now = "  current"
						}
						fmt.Fprintf(stdout, "%s  %s  %d records of %d files, root %s%s\n", v.Made.Local().Format("2006-01-02 15:04"), v.ID, v.Records, v.Files, v.Root, now)
					}
				})
			})
		},
	}
}

func lineageExportCommand(g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export SOURCE",
		Short: "Write the present version of a cleaned source with manifest, Croissant and OpenLineage",
		Long: `Writes a folder with records.jsonl (a record a line), manifest.json (the files it
was made from, the plan, and the root of the Merkle tree over the lines),
croissant.json and openlineage.jsonl. luodi verify checks it anywhere.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				m, err := a.ExportDataset(cmd.Context(), args[0], out)
				if err != nil {
					return err
				}
				return g.print(m, func() { fmt.Fprintf(stdout, "%s: %d records in %s\nroot %s\n", m.ID, m.Records, out, m.Root) })
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to make")
	_ = c.MarkFlagRequired("out")
	return c
}

func lineageProveCommand(g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "prove RECORD",
		Short: "Write what proves that a record belongs to a version of a dataset",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.with(cmd, func(a *app.App) error {
				p, err := a.Prove(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if out != "" {
					b, err := json.MarshalIndent(p, "", "  ")
					if err != nil {
						return err
					}
					if err := os.WriteFile(out, append(b, '\n'), 0o644); err != nil {
						return err
					}
				}
				return g.print(p, func() {
					fmt.Fprintf(stdout, "%s is record %d of %d of dataset %s\nroot %s, %d sums to it\n", args[0], p.Proof.Index+1, p.Proof.Size, p.Dataset.ID, p.Dataset.Root, len(p.Proof.Path))
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file for the proof; luodi verify checks it")
	return c
}

func verifyCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "verify PATH",
		Short: "Check an exported dataset or the proof of a record, without a project",
		Long: `Checks a folder of luodi lineage export: whether its records are, in order and
byte for byte, those that the manifest names; or a file of luodi lineage prove:
whether the record belongs to that dataset. It needs no project, no store and no
network; compare the root it prints with the one you were given. Exit status 3
when it is not what it says.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := app.VerifyFile(args[0])
			if errs.Is(err, errs.CodeConflict) {
				return errors.Join(err, app.ErrGate)
			}
			if err != nil {
				return err
			}
			return g.print(struct {
				OK      bool             `json:"ok"`
				Dataset lineage.Manifest `json:"dataset"`
			}{true, m}, func() {
				fmt.Fprintf(stdout, "right: dataset %s of %s, %d records\nroot %s\n", m.ID, m.Name, m.Records, m.Root)
			})
		},
	}
}

func (g *globals) affected(cmd *cobra.Command, a *app.App, id string) error {
	res, err := a.Affected(cmd.Context(), id)
	if err != nil {
		return err
	}
	return g.print(res, func() {
		fmt.Fprintf(stdout, "%s: %d records\n", res.ID, res.Records)
		for _, h := range res.Bytes {
			fmt.Fprintf(stdout, "  raw bytes     %s %d–%d, file version %s\n", h.Path, h.Start, h.End, h.File)
		}
		for _, id := range res.Same {
			fmt.Fprintf(stdout, "  says the same %s\n", id)
		}
		for _, kind := range slices.Sorted(maps.Keys(res.Derived)) {
			for _, id := range res.Derived[kind] {
				fmt.Fprintf(stdout, "  %-13s %s\n", kind, id)
			}
		}
		for _, s := range res.Served {
			fmt.Fprintf(stdout, "  served as     scenario/%s\n", s)
		}
	})
}
