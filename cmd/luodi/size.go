package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

// sizeFlags are what luodi size does instead of sizing, and how it sizes.
type sizeFlags struct {
	q                              app.SizeRequest
	frontier, alpha                bool
	verify, gate, sign, by, remark string
}

func sizeCommand(g *globals) *cobra.Command {
	var f sizeFlags
	c := &cobra.Command{
		Use:   "size",
		Short: "Find the cheapest configuration that provably meets each scenario's bar",
		Long: `Finds the cheapest configuration that provably meets each scenario's bar. What
was paid for is kept: a study goes on where it was stopped, and a changed price
decides anew without a call.`,
		Args: sizeArgs(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.alone(cmd); err != nil {
				return err
			}
			if (f.sign == "") != (f.by == "") || f.sign == "" && f.remark != "" {
				return usageError{fmt.Errorf("--sign DECISION, --as NAME and --note go together; see `%s --help`", cmd.CommandPath())}
			}
			return g.with(cmd, func(a *app.App) error { return g.size(cmd, a, &f) })
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.q.Scenario, "scenario", "", "only this scenario")
	flags.BoolVar(&f.frontier, "frontier", false, "measure dearer candidates too, beyond the first certificate; kept until --frontier=false")
	flags.BoolVar(&f.alpha, "project-alpha", false, "split the 5 % over the project's scenarios instead of 5 % each; kept until --project-alpha=false")
	flags.StringVar(&f.q.Budget, "budget", "", "the most that this run may spend on calls, such as \"50 CNY\"")
	flags.BoolVar(&f.q.Reprice, "reprice", false, "apply changed prices to the decisions, from kept outcomes and without a call; routes follow")
	flags.StringVar(&f.verify, "verify", "", "recompute this decision from its kept outcomes; exit 3 when it differs")
	flags.StringVar(&f.gate, "gate", "", "exit 3 unless this scenario's decision is certified")
	flags.StringVar(&f.sign, "sign", "", "sign this decision off, with --as and --note; sign-offs are never changed")
	flags.StringVar(&f.by, "as", "", "the name or role that signs")
	flags.StringVar(&f.remark, "note", "", "a remark to the sign-off")
	c.AddCommand(replayCommand(g), labelCommand(g))
	return c
}

func (g *globals) size(cmd *cobra.Command, a *app.App, f *sizeFlags) error {
	switch {
	case f.gate != "":
		return a.Gate(cmd.Context(), f.gate)
	case f.verify != "":
		return g.verify(cmd, a, f.verify)
	case f.sign != "":
		res, err := a.Sign(cmd.Context(), f.sign, f.by, f.remark)
		if err != nil {
			return err
		}
		return g.print(res, func() {
			fmt.Fprintf(stdout, "%s is signed by %s at %s\n", res.Signature.Decision, res.Signature.By, res.Signature.At.Local().Format("2006-01-02 15:04:05"))
			if res.Status != "certified" {
				fmt.Fprintln(stdout, "  it is not certified:", res.Status)
			}
		})
	}
	if cmd.Flags().Changed("frontier") {
		f.q.Frontier = &f.frontier
	}
	if cmd.Flags().Changed("project-alpha") {
		f.q.ProjectAlpha = &f.alpha
	}
	res, err := a.Size(cmd.Context(), f.q)
	if err != nil && len(res.Stages) == 0 && !f.q.Reprice { // refused: nothing to report
		return err
	}
	if perr := g.print(res, func() { printReport(cmd, a, res) }); perr != nil {
		return perr
	}
	return err
}

func (g *globals) verify(cmd *cobra.Command, a *app.App, decision string) error {
	v, err := a.Verify(cmd.Context(), decision)
	if err != nil {
		return err
	}
	if perr := g.print(v, func() {
		if v.OK {
			fmt.Fprintf(stdout, "%s is reproduced from its kept outcomes\n", v.Decision)
		}
		for _, d := range v.Differences {
			fmt.Fprintln(stdout, " ", d)
		}
	}); perr != nil {
		return perr
	}
	if !v.OK {
		return fmt.Errorf("decision %s is not reproduced: %w", v.Decision, app.ErrGate)
	}
	return nil
}
