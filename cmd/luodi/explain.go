package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

// explain prints what cleaning did to a record.
func (g *globals) explain(cmd *cobra.Command, a *app.App, id string) error {
	res, err := a.Explain(cmd.Context(), id)
	if err != nil {
		return err
	}
	return g.print(res, func() {
		fmt.Fprintf(stdout, "%s  %s\n", res.Record, res.Where)
		for _, s := range res.Steps {
			if s.Changed() {
				fmt.Fprintf(stdout, "\n%s\n- %q\n+ %q\n", s.Name, s.Before, s.After)
			} else if len(s.Spans) == 0 {
				fmt.Fprintf(stdout, "\n%s: nothing to do\n", s.Name)
			} else {
				fmt.Fprintf(stdout, "\n%s\n", s.Name)
			}
			for _, f := range s.Spans {
				fmt.Fprintf(stdout, "  %s %q\n", f.Kind, s.After[f.Start:f.End])
			}
		}
	})
}
