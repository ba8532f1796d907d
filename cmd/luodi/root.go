package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/app"
)

// globals are the flags that every command has.
type globals struct {
	dir     string
	json    bool
	started bool // the command line was in order and a command has begun
}

func rootCommand(g *globals) *cobra.Command {
	cobra.EnableCommandSorting = false // help lists them as they are used
	root := &cobra.Command{
		Use:           "luodi",
		Short:         "From raw departmental data to a proven, metered model in production",
		SilenceErrors: true, SilenceUsage: true,
		Long: `luodi (落地) takes a team from raw departmental data to a chosen, proven,
metered and governed language model in production, on its own data.

Start with "luodi demo": a complete sample bank, without network or key.`,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
				return err
			}
			g.started = true
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVarP(&g.dir, "dir", "C", ".", "the project's folder, with luodi.yaml")
	root.PersistentFlags().BoolVar(&g.json, "json", false, "print one JSON document on standard output, progress on standard error")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
	})
	root.AddGroup(&cobra.Group{ID: "job", Title: "The main job:"}, &cobra.Group{ID: "data", Title: "Data and knowledge:"},
		&cobra.Group{ID: "model", Title: "Models and sizing:"}, &cobra.Group{ID: "run", Title: "Running and governing:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("job", demoCommand(g), initCommand(g), upCommand(g), serveCommand(g), reportCommand(g))
	add("data", stageCommand(g, "ingest"), stageCommand(g, "clean"), stageCommand(g, "index"), askCommand(g), mcpCommand(g), kbCommand(g), traceCommand(g), lineageCommand(g), verifyCommand(g), piiCommand(g), dedupCommand(g))
	add("model", sizeCommand(g), smallCommand(g), priceCommand(g))
	add("run", keyCommand(g), costCommand(g), logCommand(g), driftCommand(g), auditCommand(g), doctorCommand(g), exportCommand(g), importCommand(g), migrateCommand(g), versionCommand(g))
	groups(root)
	return root
}

// groups makes a command that only holds others print its help, and refuse a
// word that it does not know.
func groups(c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() && !sub.Runnable() {
			sub.Args = cobra.NoArgs
			sub.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		groups(sub)
	}
}

// open opens the project with progress on standard error.
func (g *globals) open(cmd *cobra.Command) (*app.App, error) {
	a, err := app.Open(cmd.Context(), g.dir)
	if err != nil {
		return nil, err
	}
	a.Progress = newProgress(os.Stderr).show
	return a, nil
}

// with runs fn on the opened project and closes it.
func (g *globals) with(cmd *cobra.Command, fn func(*app.App) error) (err error) {
	a, err := g.open(cmd)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := a.Close(); err == nil {
			err = cerr
		}
	}()
	return fn(a)
}

// print writes v as JSON with --json, else what text prints.
func (g *globals) print(v any, text func()) error {
	if !g.json {
		text()
		return nil
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
