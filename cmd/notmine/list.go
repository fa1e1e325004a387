package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"notmine/checks/isolation"
	"notmine/checks/suite"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the checks",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, check := range suite.Checks {
				fmt.Fprintf(c.OutOrStdout(), "%-16s %s\n", check.Name, title(check))
			}
			fmt.Fprintln(c.OutOrStdout(), "\n\"notmine help CHECK\" says what it catches, how it happens, and what it cannot see.")
			return nil
		},
	}
}

// title is the first paragraph of a check's doc, on one line.
func title(check *isolation.Check) string {
	first, _, _ := strings.Cut(check.Doc, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// helpCommand explains a command or a check.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND or CHECK]",
		Short: "Explain a command or a check",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				for _, check := range suite.Checks {
					if check.Name == args[0] {
						fmt.Fprintln(c.OutOrStdout(), strings.TrimSpace(check.Doc))
						return nil
					}
				}
			}
			found, _, err := c.Root().Find(args)
			if err != nil || (len(args) > 0 && found == c.Root()) {
				return fmt.Errorf("no command and no check is called %q; \"notmine list\" lists the checks", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			found.InitDefaultVersionFlag()
			return found.Help()
		},
	}
}
