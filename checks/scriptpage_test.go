package checks_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/repro"
	"notmine/checks/script"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

// A finding of a real browser at a real service comes with the script that was
// made of it, until the service is mended; and no credential stands in it.
func TestRecordScriptOfABrowser(t *testing.T) {
	mail, err := webmail.New(webmail.Options{Accounts: 2, Seed: 1, Fault: fixtures.Setting{Name: webmail.LastWriterCurrentUser}})
	if err != nil {
		t.Fatal(err)
	}
	site, err := fixtures.Open(mail, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	file := filepath.Join(t.TempDir(), "mail.yaml")
	if err := os.WriteFile(file, []byte(mail.Plan(site.URL, webmail.PlanOptions{Together: 2})), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	p.Phases = []plan.Phase{{Name: "together", Order: plan.Together, Rounds: 2, Views: []string{"inbox"}}}
	p.Views = p.Views[:1]
	f := isolation.Finding{
		Check: "canary", Level: isolation.Leak, View: "inbox", Item: "subject", Surface: "text",
		Phase: "together", Viewer: p.Accounts[0].Name, Owner: p.Accounts[1].Name,
	}
	opts := checks.Options{Dir: t.TempDir(), Tool: "test", Seed: 1, Start: checks.NotingBrowser("", false)}
	scripted, err := checks.RecordScript(t.Context(), p, opts, f)
	if err != nil {
		t.Fatal(err)
	}
	if scripted.Script == nil || scripted.Measured.Hits == 0 {
		t.Fatalf("there is no script: %s; %s", scripted.Why, scripted.Measured.Text())
	}
	text, err := scripted.Script.YAML()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := script.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if strings.Contains(string(text), "identity:") {
		t.Errorf("the name that is shown is guessed, which the finding is not about:\n%s", text)
	}
	for _, a := range p.Accounts {
		for _, own := range []string{a.Login, a.Password.Reveal(), a.Shows} {
			if strings.Contains(string(text), own) {
				t.Errorf("%s of %s stands in the script:\n%s", own, a.Name, text)
			}
		}
	}

	// The case that it becomes.
	p.Case = &plan.Case{
		Tries: 1, Measured: plan.Measured{Hits: 1, Tries: 1},
		Finding: plan.Expected{Check: f.Check, Level: string(f.Level), View: f.View, Phase: f.Phase, Viewer: f.Viewer, Owner: f.Owner},
	}
	checks.WithScript(p.Case, "inbox.http.yaml", scripted)
	opts.Start = nil // nobody opens a browser
	opts.Dir = t.TempDir()
	stood := checks.RunCase(t.Context(), p, opts, parsed)
	if stood.Standing != repro.StillLeaks || !stood.Scripted {
		t.Errorf("%s: %s; want still leaks, told by the script", stood.Standing, stood.Why)
	}
	res, err := http.PostForm(site.ControlURL+"/fault", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	opts.Dir = t.TempDir()
	stood = checks.RunCase(t.Context(), p, opts, parsed)
	if stood.Standing != repro.Fixed || stood.Tries.Rounds < 300 || !stood.Scripted {
		t.Errorf("%s: %s; want fixed, told by the script in 300 tries", stood.Standing, stood.Why)
	}
}
