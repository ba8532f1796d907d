package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sizeArgs checks the words after luodi size and its subcommands before
// anything runs: how many there may be, and that no flag has taken another
// flag for its value.
func sizeArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := swallowed(cmd); err != nil {
			return err
		}
		switch {
		case len(args) < len(names):
			return usageError{fmt.Errorf("%s needs the %s: %s; see `%s --help`", cmd.CommandPath(), strings.ToLower(names[len(args)]), cmd.UseLine(), cmd.CommandPath())}
		case len(args) == len(names):
			return nil
		}
		word := args[len(names)]
		if cmd.Flags().Lookup("gate") != nil {
			return usageError{fmt.Errorf("%s takes no word besides its flags, found %q; a scenario is named with a flag: `%s --scenario %s` sizes it, `%s --gate %s` checks it",
				cmd.CommandPath(), word, cmd.CommandPath(), word, cmd.CommandPath(), word)}
		}
		return usageError{fmt.Errorf("unexpected word %q; write it as %s", word, cmd.UseLine())}
	}
}

// swallowed finds a flag whose value is another flag's name: its own was left
// out.
func swallowed(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		name, _, _ := strings.Cut(strings.TrimLeft(f.Value.String(), "-"), "=")
		if f.Value.Type() != "string" || !strings.HasPrefix(f.Value.String(), "--") || cmd.Flags().Lookup(name) == nil {
			return
		}
		value := strings.ToUpper(f.Name)
		if v := map[string]string{"gate": "SCENARIO", "verify": "DECISION", "sign": "DECISION", "in": "FILE", "out": "FILE"}[f.Name]; v != "" {
			value = v
		}
		err = usageError{fmt.Errorf("--%s needs a value, and the flag %s stands where it should be; write `%s --%s %s`", f.Name, f.Value, cmd.CommandPath(), f.Name, value)}
	})
	return err
}

// alone says of flags that do something else than sizing that they do not go
// together, nor with those that say how to size.
func (f *sizeFlags) alone(cmd *cobra.Command) error {
	var instead, how []string
	for _, name := range []string{"verify", "gate", "sign", "reprice"} {
		if cmd.Flags().Changed(name) {
			instead = append(instead, "--"+name)
		}
	}
	for _, name := range []string{"frontier", "project-alpha", "budget"} {
		if cmd.Flags().Changed(name) {
			how = append(how, "--"+name)
		}
	}
	if name := "scenario"; cmd.Flags().Changed(name) && len(instead) > 0 && instead[0] != "--reprice" {
		how = append(how, "--"+name)
	}
	path := cmd.CommandPath()
	switch {
	case len(instead) > 1:
		return usageError{fmt.Errorf("%s are different things to do; give one of them", strings.Join(instead, " and "))}
	case len(instead) == 1 && len(how) > 0 && instead[0] == "--gate":
		return usageError{fmt.Errorf("--gate takes the scenario itself and sizes nothing, so %s has no part in it; write `%s --gate %s`", strings.Join(how, " and "), path, f.gate)}
	case len(instead) == 1 && len(how) > 0:
		return usageError{fmt.Errorf("%s sizes nothing, so %s has no part in it; leave one out", instead[0], strings.Join(how, " and "))}
	}
	return nil
}
