package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

func labelCommand(g *globals) *cobra.Command {
	var out, in string
	c := &cobra.Command{
		Use:   "label SCENARIO",
		Short: "Let people label the sample of a scenario that a judge scores",
		Long: `A judge alone certifies nothing: the certificate is about the mean that people
would give. --out writes the points of a random sample of the measured replies that
have no label yet, with the probability of the draw and without who replied or what
the judge said. Fill in the last column, yes or no, and give the file back with --in;
then run luodi size again. The sample is fixed by a seed; labels of other replies are
not taken, because chosen ones would bias the mean.`,
		Args: sizeArgs("SCENARIO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (out == "") == (in == "") {
				return usageError{fmt.Errorf("give --out FILE to write what to label, or --in FILE to take the labels; see `%s --help`", cmd.CommandPath())}
			}
			return g.with(cmd, func(a *app.App) error {
				if out != "" {
					return g.writePoints(cmd, a, args[0], out)
				}
				f, err := os.Open(in)
				if err != nil {
					return fmt.Errorf("reading labels: %w", err)
				}
				defer f.Close()
				res, err := a.ReadPoints(cmd.Context(), args[0], f)
				if err != nil {
					return err
				}
				return g.print(res, func() {
					fmt.Fprintf(stdout, "%d labels taken, %d of them other than before, %d rows without one; run luodi size\n", res.Taken, res.Changed, res.Empty)
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "write the points that wait for a label to this csv file")
	c.Flags().StringVar(&in, "in", "", "take the labels of this csv file")
	return c
}

func (g *globals) writePoints(cmd *cobra.Command, a *app.App, scenario, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing what to label (a file that is there is not overwritten): %w", err)
	}
	res, err := a.WritePoints(cmd.Context(), scenario, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil || res.Written == 0 {
		_ = os.Remove(path)
	}
	if err != nil {
		return err
	}
	return g.print(res, func() {
		if res.Written == 0 {
			fmt.Fprintln(stdout, "nothing waits for a label; no file was written")
			return
		}
		fmt.Fprintf(stdout, "%d points in %s; fill in the column met with yes or no, then: luodi size label %s --in %s\n", res.Written, path, scenario, path)
	})
}
