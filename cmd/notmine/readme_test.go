package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
	"notmine/checks/report"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
	"notmine/fixtures/webmail"
)

// block is a fenced block of the README.
type block struct{ language, text string }

func readme(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{m[1], m[2]})
	}
	if len(blocks) < 5 {
		t.Fatalf("found %d blocks in the README", len(blocks))
	}
	return blocks
}

// The README's commands are typed, one after the other, as a newcomer does: on
// the stand-in's plan in place of their own.
func TestReadmeCommands(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := webmail.New(webmail.Options{Accounts: 3})
	if err != nil {
		t.Fatal(err)
	}
	site, err := fixtures.Open(mail, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	blocks := readme(t)
	t.Setenv("GITHUB_ACTIONS", "") // a build's page is not for the tests' own runs
	t.Chdir(t.TempDir())
	typed := 0
	for _, b := range blocks {
		if b.language != "sh" {
			continue
		}
		for line := range strings.Lines(b.text) {
			line = strings.TrimSpace(line)
			typed++
			switch words := strings.Fields(line); words[0] {
			case "make":
				if !regexp.MustCompile(`(?m)^` + words[1] + `:`).Match(makefile) {
					t.Errorf("%s: the Makefile has no such target", line)
				}
			case "notmine":
				readmeCommand(t, line, words[1:], site.URL)
			default:
				t.Errorf("%s: neither make nor notmine", line)
			}
			if line == "notmine init mail.yaml" {
				text := mail.Plan(site.URL, webmail.PlanOptions{Together: 2})
				if err := os.WriteFile("mail.yaml", []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if typed < 8 {
		t.Errorf("only %d commands were found in the README", typed)
	}
}

func readmeCommand(t *testing.T, line string, args []string, target string) {
	t.Helper()
	switch args[0] {
	case "hunt": // what there is not, takes its time to be looked for
		args = append(args, "--max-time", "20s", "--quiet")
	case "cases":
		keepCase(t)
		for i := range args {
			args[i] = strings.Replace(args[i], "https://staging.example.test", target, 1)
		}
	}
	if strings.HasPrefix(args[len(args)-1], "notmine-runs/") { // the README's run has an id of its own
		runs, err := filepath.Glob("notmine-runs/*")
		if err != nil || len(runs) != 1 {
			t.Fatalf("%s: the runs are %q", line, runs)
		}
		args[len(args)-1] = runs[0]
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	out := &watcher{Buffer: &stdout, until: "\"plan\":", then: cancel} // a fixture serves until it is interrupted
	code := run(ctx, args, out, &stderr)
	want := exitClean
	if args[0] == "run" || args[0] == "judge" { // two rounds are too few for the bound
		want = exitUndecided
	}
	if args[0] == "repro" { // the run had no leak
		want = exitUsage
	}
	if args[0] == "hunt" && code == exitUndecided { // so short that some way was not tried
		want = exitUndecided
	}
	if code != want {
		t.Errorf("%s exits %d, want %d\n%s%s", line, code, want, stdout.String(), stderr.String())
	}
}

// keepCase writes a case, as repro would have of a leak, and accounts for another
// target.
func keepCase(t *testing.T) {
	t.Helper()
	p, err := plan.Load("mail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	columns := slices.Sorted(maps.Keys(p.Accounts[0].Columns))
	csv := "name,login,password,shows," + strings.Join(columns, ",") + "\n"
	for _, a := range p.Accounts {
		csv += fmt.Sprintf("%s,%s,%s,%s", a.Name, a.Login, a.Password.Reveal(), a.Shows)
		for _, column := range columns {
			csv += "," + a.Columns[column]
		}
		csv += "\n"
	}
	last := p.Phases[len(p.Phases)-1]
	p.Case = &plan.Case{
		Plan: "../mail.yaml", Tries: 1,
		Finding: plan.Expected{Check: "canary", Level: "leak", Viewer: p.Accounts[0].Name, View: p.Views[0].Name, Phase: last.Name},
	}
	data, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(casesFolder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"staging.csv": []byte(csv), filepath.Join(casesFolder, "inbox.yaml"): data} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// watcher calls then when until was written.
type watcher struct {
	*bytes.Buffer
	until string
	then  func()
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.until) {
		w.then()
	}
	return n, err
}

// The README's plan is a plan.
func TestReadmePlan(t *testing.T) {
	dir := t.TempDir()
	accounts := "name,login,password,shows\nalice,alice,a-secret,Alice\nbob,bob,b-secret,Bob\n"
	if err := os.WriteFile(filepath.Join(dir, "accounts.csv"), []byte(accounts), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STAGING_KEY", "a-key")
	found := false
	for _, b := range readme(t) {
		if b.language != "yaml" || !strings.HasPrefix(b.text, "target:") {
			continue
		}
		found = true
		p, err := plan.Parse("mail.yaml", []byte(b.text), dir)
		if err != nil {
			t.Fatal(err)
		}
		if warnings := p.Warnings(); len(warnings) > 0 {
			t.Errorf("a newcomer is warned: %v", warnings)
		}
		if p.Timeout != 15*time.Second {
			t.Errorf("a step's deadline is %v", p.Timeout)
		}
	}
	if !found {
		t.Error("the README has no plan")
	}
}

// So is a plan with the README's changes and phases in it.
func TestReadmePhases(t *testing.T) {
	const around = `
target: http://127.0.0.1:8080
accounts: [{name: alice}, {name: bob}]
login: [{goto: /login}, {see: {"#who": "{{shows}}"}}]
logout: [{click: "#logout"}]
items: {photo: {picture: true}}
plant: [{goto: /me}, {upload: {"#photo": "{{picture photo}}"}}]
views: {mine: {goto: /me, control: photo}}
events: {failover: {run: ./failover.sh}}
`
	for _, b := range readme(t) {
		if b.language != "yaml" || !strings.HasPrefix(b.text, "changes:") {
			continue
		}
		p, err := plan.Parse("mail.yaml", []byte(around+b.text), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Changes) < 2 || len(p.Phases) < 5 {
			t.Errorf("%d changes and %d phases", len(p.Changes), len(p.Phases))
		}
		return
	}
	t.Error("the README has no changes")
}

// What the README gives to builds names the files that a run writes, and flags
// that there are.
func TestReadmeBuilds(t *testing.T) {
	type step struct {
		Uses, Run, If string
		With          map[string]string
	}
	var github struct {
		Jobs map[string]struct {
			Permissions map[string]string
			Steps       []step
		}
	}
	var gitlab map[string]struct {
		Script    string
		Artifacts struct {
			When    string
			Paths   []string
			Reports map[string]string
		}
	}
	for _, b := range readme(t) {
		var err error
		switch {
		case b.language != "yaml":
		case strings.HasPrefix(b.text, "jobs:"):
			err = yaml.Unmarshal([]byte(b.text), &github)
		case strings.HasPrefix(b.text, "isolation:"):
			err = yaml.Unmarshal([]byte(b.text), &gitlab)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	outOf := func(command string) string {
		words := strings.Fields(command)
		c, args, err := rootCommand().Find(words[1:])
		if err != nil || words[0] != "notmine" || c.Name() != "run" {
			t.Fatalf("%s: not a run: %v", command, err)
		}
		if err := c.ParseFlags(args); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		return c.Flag("out").Value.String()
	}

	job, dir := github.Jobs["isolation"], ""
	uploaded := map[string]map[string]string{}
	for _, s := range job.Steps {
		if s.Run != "" {
			dir = outOf(s.Run)
			continue
		}
		action, _, _ := strings.Cut(s.Uses, "@")
		if action != "actions/checkout" && s.If != "always()" {
			t.Errorf("%s is not used when the run fails, which is when it is wanted", action)
		}
		uploaded[action] = s.With
	}
	if got, want := uploaded["github/codeql-action/upload-sarif"]["sarif_file"], path.Join(dir, report.SARIFFile); got != want {
		t.Errorf("code scanning is given %q, and a run writes %q", got, want)
	}
	if got := uploaded["actions/upload-artifact"]["path"]; got != dir || dir == "" {
		t.Errorf("%q is kept, and the run folder is %q", got, dir)
	}
	if job.Permissions["security-events"] != "write" {
		t.Error("code scanning takes no file without the permission security-events: write")
	}

	lab := gitlab["isolation"]
	dir = outOf(lab.Script)
	if got, want := lab.Artifacts.Reports["junit"], path.Join(dir, report.JUnitFile); got != want {
		t.Errorf("GitLab is given %q, and a run writes %q", got, want)
	}
	if lab.Artifacts.When != "always" || !slices.Equal(lab.Artifacts.Paths, []string{dir}) {
		t.Errorf("GitLab keeps %q %s, and the run folder is %q", lab.Artifacts.Paths, lab.Artifacts.When, dir)
	}
}

// The README's table has each fault that stands for an incident, and no other.
func TestReadmeTableOfFaults(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var told, has []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z0-9-]+) \| ([a-z]+) \| \S+, round`).FindAllStringSubmatch(string(text), -1) {
		told = append(told, m[2]+"/"+m[1])
	}
	for _, s := range catalog.Services {
		if s.Name == "surfaces" {
			continue // it stands for no incident
		}
		for _, f := range s.Faults {
			has = append(has, s.Name+"/"+f.Name)
		}
	}
	if diff := cmp.Diff(has, told); diff != "" {
		t.Errorf("the faults in the README (-want +got):\n%s", diff)
	}
}
