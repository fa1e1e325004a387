package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

func fixtureCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "fixture SERVICE",
		Short: "Serve a stand-in service, healthy or with one fault",
		Long: `Fixture serves a stand-in service until it is interrupted. It prints one JSON
line with its address, the address of its control port, and the path of a plan
that is ready to run. The control port has GET /truth (whose data each answer
really carried, and to whom), POST /reset, POST /restart, POST /failover where
there is something to fail over to, POST /stop and POST /fault?name=…&rate=….`,
		RunE: func(c *cobra.Command, args []string) error {
			var names []string
			for _, s := range catalog.Services {
				names = append(names, s.Name)
			}
			there := strings.Join(names, ", ")
			if len(args) == 0 {
				return fmt.Errorf("which service? there is: %s", there)
			}
			return fmt.Errorf("no stand-in service is called %q; there is: %s", args[0], there)
		},
		Args: cobra.ArbitraryArgs,
	}
	for _, s := range catalog.Services {
		c.AddCommand(serveCommand(s))
	}
	return c
}

func serveCommand(s catalog.Service) *cobra.Command {
	var fault, rate, trigger, addr, control string
	var window time.Duration
	var accounts int
	var seed uint64
	var docs strings.Builder
	fmt.Fprintf(&docs, "Serve %s.\n\nFaults:\n", s.Title)
	for _, f := range s.Faults {
		fmt.Fprintf(&docs, "\n  %s (window %v, trigger %s)\n      %s\n", f.Name, f.Window, cmp.Or(f.Trigger, fixtures.Always), strings.ReplaceAll(strings.TrimSpace(f.Doc), "\n", "\n      "))
	}
	c := &cobra.Command{
		Use:     s.Name,
		Short:   "Serve " + s.Title,
		Long:    docs.String(),
		Example: "  notmine fixture " + s.Name + " --fault " + s.Faults[0].Name + " --rate 5%",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			setting := fixtures.Setting{Name: fault, Window: window, Trigger: fixtures.Trigger(trigger)}
			if setting.Rate, err = fixtures.ParseRate(rate); err != nil {
				return fmt.Errorf("--rate: %w", err)
			}
			stand, err := s.Make(catalog.Options{Accounts: accounts, Seed: seed, Fault: setting})
			if err != nil {
				return err
			}
			site, err := fixtures.Open(stand, addr, control)
			if err != nil {
				return err
			}
			defer site.Close()
			dir, err := os.MkdirTemp("", "notmine-fixture-")
			if err != nil {
				return fmt.Errorf("making a folder for the plan: %w", err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, s.Name+".yaml")
			if err := os.WriteFile(path, []byte(stand.Plan(site.URL, site.ControlURL, "")), 0o600); err != nil {
				return fmt.Errorf("writing the plan: %w", err)
			}
			for file, data := range stand.Files {
				if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
					return fmt.Errorf("writing what the plan refers to: %w", err)
				}
			}
			if err := announce(c.OutOrStdout(), site, path); err != nil {
				return err
			}
			<-c.Context().Done()
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&fault, "fault", "", "fault to switch on (default none: the healthy service)")
	flags.StringVar(&rate, "rate", "100%", "share of requests that take the fault's broken path")
	flags.DurationVar(&window, "window", 0, "how long the fault's critical moment lasts (default: the fault's own)")
	flags.StringVar(&trigger, "trigger", "", "what has to happen first: always, crowd, overload, abort, failover or restart (default: the fault's own)")
	flags.StringVar(&addr, "addr", "127.0.0.1:0", "address of the service; port 0 takes a free one")
	flags.StringVar(&control, "control", "127.0.0.1:0", "address of the control port, on loopback")
	flags.IntVar(&accounts, "accounts", 8, "how many accounts it has")
	flags.Uint64Var(&seed, "seed", 1, "decides passwords, data, and who takes the broken path")
	return c
}

func announce(w io.Writer, site *fixtures.Site, path string) error {
	return json.NewEncoder(w).Encode(struct {
		URL     string `json:"url"`
		Control string `json:"control"`
		Plan    string `json:"plan"`
	}{site.URL, site.ControlURL, path})
}
