package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"notmine/fixtures"
	"notmine/fixtures/surfaces"
	"notmine/fixtures/webmail"
)

// service is a stand-in service that the command can serve.
type service struct {
	title  string
	faults []fixtures.Fault
	// open makes the service, the plan that fits it once it listens, and the files
	// that the plan refers to, by name.
	open func(accounts int, seed uint64, fault fixtures.Setting) (s fixtures.Service, plan func(url string) string, files map[string][]byte, err error)
}

// services are the stand-in services, by name.
var services = map[string]service{
	"webmail": {
		title:  "a webmail in the manner of Hanmail 2008",
		faults: webmail.Faults,
		open: func(accounts int, seed uint64, fault fixtures.Setting) (fixtures.Service, func(string) string, map[string][]byte, error) {
			s, err := webmail.New(webmail.Options{Accounts: accounts, Seed: seed, Fault: fault})
			if err != nil {
				return nil, nil, nil, err
			}
			return s, func(url string) string { return s.Plan(url, webmail.PlanOptions{}) }, nil, nil
		},
	},
	"surfaces": {
		title:  "a service that shows data on every surface, in every wrapping",
		faults: surfaces.Faults,
		open: func(accounts int, seed uint64, fault fixtures.Setting) (fixtures.Service, func(string) string, map[string][]byte, error) {
			s, err := surfaces.New(surfaces.Options{Accounts: accounts, Seed: seed, Fault: fault})
			if err != nil {
				return nil, nil, nil, err
			}
			return s, func(url string) string { return s.Plan(url, surfaces.PlanOptions{}) }, s.Files(), nil
		},
	},
}

func fixtureCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "fixture SERVICE",
		Short: "Serve a stand-in service, healthy or with one fault",
		Long: `Fixture serves a stand-in service until it is interrupted. It prints one JSON
line with its address, the address of its control port, and the path of a plan
that is ready to run. The control port has GET /truth (whose data each answer
really carried, and to whom), POST /reset, POST /restart, POST /stop and
POST /fault?name=…&rate=….`,
		RunE: func(c *cobra.Command, args []string) error {
			there := strings.Join(slices.Sorted(maps.Keys(services)), ", ")
			if len(args) == 0 {
				return fmt.Errorf("which service? there is: %s", there)
			}
			return fmt.Errorf("no stand-in service is called %q; there is: %s", args[0], there)
		},
		Args: cobra.ArbitraryArgs,
	}
	for name, s := range services {
		c.AddCommand(serveCommand(name, s))
	}
	return c
}

func serveCommand(name string, s service) *cobra.Command {
	var fault, rate, addr, control string
	var window time.Duration
	var accounts int
	var seed uint64
	var docs strings.Builder
	fmt.Fprintf(&docs, "Serve %s.\n\nFaults:\n", s.title)
	for _, f := range s.faults {
		fmt.Fprintf(&docs, "\n  %s (window %v)\n      %s\n", f.Name, f.Window, strings.ReplaceAll(strings.TrimSpace(f.Doc), "\n", "\n      "))
	}
	c := &cobra.Command{
		Use:     name,
		Short:   "Serve " + s.title,
		Long:    docs.String(),
		Example: "  notmine fixture " + name + " --fault " + s.faults[0].Name + " --rate 5%",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			setting := fixtures.Setting{Name: fault, Window: window}
			if setting.Rate, err = fixtures.ParseRate(rate); err != nil {
				return fmt.Errorf("--rate: %w", err)
			}
			made, planFor, files, err := s.open(accounts, seed, setting)
			if err != nil {
				return err
			}
			site, err := fixtures.Open(made, addr, control)
			if err != nil {
				return err
			}
			defer site.Close()
			dir, err := os.MkdirTemp("", "notmine-fixture-")
			if err != nil {
				return fmt.Errorf("making a folder for the plan: %w", err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, name+".yaml")
			if err := os.WriteFile(path, []byte(planFor(site.URL)), 0o600); err != nil {
				return fmt.Errorf("writing the plan: %w", err)
			}
			for file, data := range files {
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
