package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"notmine/checks/plan"
)

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a plan with every field explained",
		Long: `Init writes a plan to start from, with every field explained, to FILE
(default notmine.yaml), and the JSON Schema of plans beside it. It never writes
over a file; "-" prints the plan.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path := "notmine.yaml"
			if len(args) == 1 {
				path = args[0]
			}
			if path == "-" {
				_, err := c.OutOrStdout().Write(plan.Template())
				return err
			}
			if err := create(path, plan.Template()); err != nil {
				if errors.Is(err, os.ErrExist) {
					return fmt.Errorf("%s is there already, and init never writes over a file; name another", path)
				}
				return fmt.Errorf("writing the plan: %w", err)
			}
			schema := filepath.Join(filepath.Dir(path), schemaFile)
			// A schema that is there already is that of another plan in the folder.
			if err := create(schema, plan.Schema()); err != nil && !errors.Is(err, os.ErrExist) {
				return fmt.Errorf("writing the schema: %w", err)
			}
			fmt.Fprintf(c.OutOrStdout(), "wrote %s, and %s for editors\nedit the plan, then: notmine check %s\n", path, schema, path)
			return nil
		},
	}
}

// schemaFile is where a new plan says that its schema lies.
const schemaFile = "notmine.schema.json"

// create writes a new file; it never writes over one.
func create(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of plans, for editors",
		Long: `Schema prints the JSON Schema of plans. Editors that know YAML schemas complete and
check plans with it; "notmine init" writes it beside the plan, whose first line
names it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(plan.Schema())
			return err
		},
	}
}
