package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check PLAN",
		Short: "Say what is wrong with a plan, before any browser starts",
		Long: `Check reads a plan and everything it refers to and reports all mistakes at
once, each with file, line and column. It exits 4 when there is one.`,
		Args: exactArgs(1, "the plan"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := plan.Load(args[0])
			if err != nil {
				return err
			}
			for _, w := range p.Warnings() {
				fmt.Fprintln(c.OutOrStdout(), w.Show())
			}
			visits, plain := 0, 0 // with a browser, and without
			for _, phase := range p.Phases {
				for _, turn := range crowd.Schedule(p, phase, 0) {
					for _, look := range turn.Looks {
						if look.Plain > 0 {
							plain++
						} else {
							visits++
						}
					}
				}
			}
			besides := ""
			if plain > 0 {
				besides = fmt.Sprintf(" and %d without a browser", plain)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: fine: %d accounts, %d views, %d phases, up to %d visits%s to %s\n",
				args[0], len(p.Accounts), len(p.Views), len(p.Phases), visits, besides, p.Target)
			return nil
		},
	}
}
