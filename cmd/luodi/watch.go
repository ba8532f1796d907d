package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

// watch is `luodi up --watch`: up again after each change, until Ctrl-C. A
// luodi.yaml that was edited is opened again, when it is right.
func (g *globals) watch(cmd *cobra.Command) error {
	ctx := cmd.Context()
	runs, complaint := 0, ""
	for ctx.Err() == nil {
		opened := false
		err := g.with(cmd, func(a *app.App) error {
			opened, complaint = true, ""
			return a.Watch(ctx, func(res app.UpResult, err error) {
				runs++
				g.watched(cmd, a, runs, res, err)
			})
		})
		switch {
		case err == nil, errors.Is(err, app.ErrReload):
		case opened || runs == 0:
			return err
		case err.Error() != complaint: // luodi.yaml is being edited
			complaint = err.Error()
			fmt.Fprintln(cmd.ErrOrStderr(), "luodi:", complaint)
			fallthrough
		default:
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "watching ended")
	return nil
}

// watched prints how a run went: the whole report of the first, of the others
// what they did.
func (g *globals) watched(cmd *cobra.Command, a *app.App, n int, res app.UpResult, err error) {
	_ = g.print(res, func() {
		if n == 1 {
			printReport(cmd, a, res)
			fmt.Fprintln(stdout, "\nWatching the sources; Ctrl-C ends it.")
			return
		}
		for _, s := range res.Stages {
			if s.Status == "run" {
				fmt.Fprintf(stdout, "%s  %-24s %.1f s\n", time.Now().Format(time.TimeOnly), s.Name, s.Seconds)
			}
		}
		for _, w := range res.Warnings {
			fmt.Fprintln(stdout, "  "+w)
		}
	})
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "luodi:", err)
	}
}
