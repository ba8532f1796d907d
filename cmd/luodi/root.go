package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
)

// globals are the flags that every command has.
type globals struct {
	dir     string
	json    bool
	started bool // the command line was in order and a command has begun
	printed bool // the JSON document is on standard output
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
			if err := cmp.Or(needs(cmd), cmd.ValidateFlagGroups()); err != nil {
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
		return usageError{err}
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
// word that it does not know; what another takes is said with its words.
func groups(c *cobra.Command) {
	for _, sub := range c.Commands() {
		if takes := sub.Args; takes != nil && !sub.HasSubCommands() {
			sub.Args = func(cmd *cobra.Command, args []string) error {
				var own usageError
				err := takes(cmd, args)
				if err == nil || errors.As(err, &own) {
					return err
				}
				if len(args) == 0 {
					return fmt.Errorf("a word is missing; write it as `%s`", cmd.UseLine())
				}
				return fmt.Errorf("found %q; write it as `%s`", strings.Join(args, " "), cmd.UseLine())
			}
		}
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
	g.printed = true
	enc := json.NewEncoder(stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printError is the JSON document of a command that ended without one of its
// own: {"error": {"code", "message", "status"}}.
func (g *globals) printError(err error, status int) {
	if g.printed {
		return
	}
	code := errs.Of(err)
	if status == 2 {
		code = errs.CodeInvalid
	}
	g.json = true
	_ = g.print(map[string]any{"error": map[string]any{"code": code, "message": err.Error(), "status": status}}, nil)
}

// needs names the flags that a command cannot do without and that are not
// given.
func needs(cmd *cobra.Command) error {
	var missing []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if _, required := f.Annotations[cobra.BashCompOneRequiredFlag]; required && !f.Changed {
			missing = append(missing, "--"+f.Name)
		}
	})
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s needs %s", cmd.CommandPath(), missing[0])
	}
	return fmt.Errorf("%s needs %s and %s", cmd.CommandPath(), strings.Join(missing[:len(missing)-1], ", "), missing[len(missing)-1])
}
