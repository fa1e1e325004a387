package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
)

// mail is a plan that a case was made from.
const mail = `
target: http://127.0.0.1:8080
accounts:
  - {name: alice, login: alice@example.test, password: "${file:pw.txt}", shows: 민지, group: staff, friend: dave, pin: "${env:PLAN_TEST_PIN}"}
  - {name: bob, password: pw-bob, friend: alice, pin: "${env:PLAN_TEST_PIN}"}
  - {name: carol, password: pw-carol, friend: bob, pin: "${env:PLAN_TEST_PIN}"}
  - {name: dave, password: pw-dave, friend: carol, pin: "${env:PLAN_TEST_PIN}"}
views: {inbox: {goto: /inbox, identity: "#who"}}
`

// aCase is made from it.
const aCase = `
target: http://127.0.0.1:8080
accounts:
  - {name: carol}
  - {name: alice, friend: bob carol}
  - {name: bob, shows: Bobby, friend: carol}
items:
  note: {audience: [carol, staff, dave, "{{friend}}"]}
plant: [{upload: {"#f": photo.txt}}, {fill: {a: "{{canary note}} {{pin}}"}}]
views: {inbox: {goto: /inbox, identity: "#who"}}
changes: {share: {item: note, audience: bob, steps: [{click: a}]}}
phases: [{order: together}]
case:
  plan: ../mail/mail.yaml
  run: 20261122-014500-7f3k
  seed: 2008
  finding: {check: canary, level: leak, viewer: alice, owner: bob, item: note, view: inbox, phase: together, round: 2, message: "alice was shown ${x}"}
  measured: {hits: 17, tries: 20}
  tries: 9
  needs: two accounts
`

// laid puts the case and its plan into folders, and returns the path of the case.
func laid(t *testing.T) string {
	t.Helper()
	t.Setenv("PLAN_TEST_PIN", "1234")
	dir := t.TempDir()
	write(t, dir, "mail/mail.yaml", mail)
	write(t, dir, "mail/pw.txt", "pw-alice")
	write(t, dir, "mail/photo.txt", "x")
	write(t, dir, "cases/case.yaml", aCase)
	return filepath.Join(dir, "cases", "case.yaml")
}

// A case takes from its plan what it does not say, and the folder of its paths.
func TestCase(t *testing.T) {
	path := laid(t)
	p, err := plan.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	pin := map[string]plan.Secret{"pin": plan.NewSecret("1234")}
	want := []plan.Account{
		{Name: "carol", Login: "carol", Password: plan.NewSecret("pw-carol"), Shows: "carol", Columns: map[string]string{"friend": "bob"}, Secrets: pin},
		{
			Name: "alice", Login: "alice@example.test", Password: plan.NewSecret("pw-alice"), Shows: "민지", Groups: []string{"staff"},
			Columns: map[string]string{"friend": "bob carol"}, Secrets: pin,
		},
		{Name: "bob", Login: "bob", Password: plan.NewSecret("pw-bob"), Shows: "Bobby", Columns: map[string]string{"friend": "carol"}, Secrets: pin},
	}
	if diff := cmp.Diff(want, p.Accounts, tell); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	wantCase := &plan.Case{
		Plan: "../mail/mail.yaml", Run: "20261122-014500-7f3k", Seed: 2008, Tries: 9, Measured: plan.Measured{Hits: 17, Tries: 20}, Needs: "two accounts",
		Finding: plan.Expected{
			Check: "canary", Level: "leak", Viewer: "alice", Owner: "bob", Item: "note", View: "inbox", Phase: "together", Round: 2,
			Message: "alice was shown ${x}",
		},
	}
	if diff := cmp.Diff(wantCase, p.Case); diff != "" {
		t.Errorf("case (-want +got):\n%s", diff)
	}
	alone, err := plan.LoadCase(path)
	if diff := cmp.Diff(wantCase, alone); diff != "" || err != nil {
		t.Errorf("the case alone: %v (-want +got):\n%s", err, diff)
	}
	if got, want := p.Plant[0].Fields[0].Value, filepath.Join(filepath.Dir(path), "..", "mail", "photo.txt"); got != want {
		t.Errorf("the path %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"carol", "staff", "dave", "carol"}, p.AudienceOf("note", p.Accounts[2])); diff != "" {
		t.Errorf("audience (-want +got):\n%s", diff)
	}
	if p.Outline().Digest != p.Digest {
		t.Error("the outline is of another plan")
	}
	none, err := plan.LoadCase(filepath.Join(filepath.Dir(path), "..", "mail", "mail.yaml"))
	if none != nil || err != nil {
		t.Errorf("got %v, %v of a plan that is no case", none, err)
	}
	if _, err := plan.LoadCase(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got error %v of a folder", err)
	}
}

// Accounts that are given play the parts of a case.
func TestGivenAccounts(t *testing.T) {
	path := laid(t)
	if err := os.Remove(filepath.Join(filepath.Dir(path), "..", "mail", "mail.yaml")); err != nil {
		t.Fatal(err)
	}
	const header = "name,login,password,role,group,friend,pin\n"
	for _, row := range []struct {
		why, csv string
		names    []string // of viewer, owner and the other
		friends  []string // that the case says of them, or the table
		login    string   // of the viewer
		shows    string   // of the owner
	}{
		{
			"by name", header + "dave,,,,staff,,\nbob,b2,pw2,,,x,${env:PLAN_TEST_PIN}\nalice,a2,pw1,,,x,${env:PLAN_TEST_PIN}\ncarol,c2,pw3,,,dave,${env:PLAN_TEST_PIN}\n",
			[]string{"alice", "bob", "carol"}, []string{"bob carol", "carol", "dave"}, "a2", "Bobby",
		},
		{
			"by role", header + "u1,,pw1,other,staff,u1,x\nu2,l2,pw2, Owner,,x,x\nu3,l3,pw3,viewer,,x,x\ndave,,,,,,x\n",
			[]string{"u3", "u2", "u1"}, []string{"u2 u1", "u1", "u1"}, "l3", "u2",
		},
		{
			"by position", header + "u1,l1,pw1,,staff,x,x\nu2,l2,pw2,,,x,x\nu3,l3,pw3,,,u2,x\ndave,,,,,,x\n",
			[]string{"u1", "u2", "u3"}, []string{"u2 u3", "u3", "u2"}, "l1", "u2",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "accounts.csv", row.csv)
			given, err := plan.LoadAccounts(filepath.Join(dir, "accounts.csv"))
			if err != nil {
				t.Fatal(err)
			}
			p, err := plan.LoadWith(path, plan.Given{Accounts: given})
			if err != nil {
				t.Fatal(err)
			}
			f := p.Case.Finding
			if f.Viewer != row.names[0] || f.Owner != row.names[1] {
				t.Errorf("%s saw what is %s's, want %s and %s", f.Viewer, f.Owner, row.names[0], row.names[1])
			}
			for i, name := range []int{1, 2, 0} { // as the case lists them
				a := p.Accounts[name]
				if a.Name != row.names[i] || a.Columns["friend"] != row.friends[i] || a.Password.Reveal() == "" {
					t.Errorf("%s has the friend %q, want %s with %q", a.Name, a.Columns["friend"], row.names[i], row.friends[i])
				}
			}
			if p.Accounts[1].Login != row.login || p.Accounts[2].Shows != row.shows {
				t.Errorf("login %q and shows %q, want %q and %q", p.Accounts[1].Login, p.Accounts[2].Shows, row.login, row.shows)
			}
			if got := p.Items["note"].Audience[0]; got != row.names[2] {
				t.Errorf("the audience of the note is %s, want %s", got, row.names[2])
			}
			if got := p.Changes[0].Audience[0]; got != row.names[1] {
				t.Errorf("the audience of the change is %s, want %s", got, row.names[1])
			}
		})
	}
	for csv, want := range map[string]string{
		header + "u1,,,,,,x\nu2,,,,,,x\n":                               "case.yaml:4:3: the case takes 3 accounts, and only 2 are given",
		header + "u1,,,viewer,,,x\nu2,,,other,,,x\nu3,,,other,,,x\n":    "too few with the role owner",
		header + "u1,,,viewer,,,x\nu2,,,owner,,,x\nu3,,,admin,,,x\n":    `the given account "u3" has the role "admin"; known are viewer, owner and other`,
		header + "alice,,,,,,x\nbob,,,,,,x\ncarl,,,,,,x\ndave,,,,,,x\n": `there is no account "carol" among those that are given; did you mean "carl"?`,
	} {
		dir := t.TempDir()
		write(t, dir, "accounts.csv", csv)
		given, err := plan.LoadAccounts(filepath.Join(dir, "accounts.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.LoadWith(path, plan.Given{Accounts: given}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// A target that is given is in place of the plan's, and as well checked; accounts
// are all of a plan that is no case.
func TestGiven(t *testing.T) {
	path := laid(t)
	p, err := plan.LoadWith(path, plan.Given{Target: "HTTPS://Staging.example.test/a/"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Target != "https://staging.example.test/a" {
		t.Errorf("got target %s", p.Target)
	}
	text, err := p.YAML()
	if err != nil || !strings.Contains(string(text), "\ntarget: \"https://staging.example.test/a\"\n") {
		t.Errorf("written as %s, %v", text, err)
	}
	for target, want := range map[string]string{
		"staging.example.test":     "--target: the target is an http or https URL",
		"http://a:b@example.test":  "--target: the target must not hold a user",
		"http://${env:PATH}":       "--target: the target is an http or https URL",
		"http://example.test/?a=b": "--target: the target must not have a query",
	} {
		if _, err := plan.LoadWith(path, plan.Given{Target: target}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v of %s, want %q", err, target, want)
		}
	}
	plain := filepath.Join(filepath.Dir(path), "..", "mail", "mail.yaml")
	given := []plan.Account{{Name: "x", Login: "lx", Password: plan.NewSecret("px"), Shows: "X"}, {Name: "y", Login: "ly", Shows: "Y"}}
	p, err = plan.LoadWith(plain, plan.Given{Accounts: given})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(given, p.Accounts, tell); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// Of the plan that accounts are read from nothing else matters.
func TestLoadAccounts(t *testing.T) {
	t.Setenv("PLAN_TEST_PIN", "1234")
	dir := t.TempDir()
	write(t, dir, "pw.txt", "pw-alice")
	write(t, dir, "mail.YML", strings.Replace(mail, "target:", "tagret:", 1))
	write(t, dir, "one.yaml", "accounts: [{name: a}]")
	write(t, dir, "none.yaml", "target: http://127.0.0.1")
	write(t, dir, "case.yaml", aCase)
	write(t, dir, "wrong.csv", "name,password\na,hunter2\na,hunter2\n")
	for name, want := range map[string]string{
		"mail.YML": "", "one.yaml": "",
		"none.yaml": "none.yaml: the plan has no accounts",
		"case.yaml": "case.yaml:14:3: this is a case, whose accounts come from another plan",
		"wrong.csv": `wrong.csv:3:1: the account "a" is given twice`,
		"gone.csv":  "reading the accounts: open",
		"gone.yaml": "reading the accounts: open",
	} {
		accounts, err := plan.LoadAccounts(filepath.Join(dir, name))
		switch {
		case want == "" && (err != nil || len(accounts) == 0):
			t.Errorf("%s: got %d accounts, %v", name, len(accounts), err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: got error %v, want %q", name, err, want)
		}
	}
	accounts, err := plan.LoadAccounts(filepath.Join(dir, "mail.YML"))
	if err != nil || len(accounts) != 4 || accounts[0].Password.Reveal() != "pw-alice" {
		t.Errorf("got %d accounts, %v, want four with their passwords", len(accounts), err)
	}
}

// However passwords are given to a plan, none is in a case or a plan that is
// written, nor is a column that sounds like one.
func TestWriteNoPasswords(t *testing.T) {
	for why, files := range map[string]map[string]string{
		"a list": {"plan.yaml": minimal + "accounts: [{name: a, password: swordfish-1, otp_secret: swordfish-2}, {name: b, password: 'swordfish-${env:PLAN_TEST_KEY}', otp_secret: '${env:PLAN_TEST_KEY}'}]\n"},
		"a file": {"plan.yaml": minimal + "accounts: {file: a.csv}\n", "a.csv": "name,password,otp_secret\na,swordfish-1,swordfish-2\nb,'swordfish-3,${env:PLAN_TEST_KEY}\n"},
		"made":   {"plan.yaml": minimal + "accounts: {make: {count: 3, login: 'u{{n}}', password: 'swordfish-{{n}}', otp_secret: 'swordfish-{{n}}'}}\n"},
	} {
		t.Setenv("PLAN_TEST_KEY", "swordfish-env")
		p := load(t, files)
		plain, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		p.Case = expected(p, "plan.yaml")
		text, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text)+string(plain), "swordfish") {
			t.Errorf("%s: a password is written:\n%s\n%s", why, plain, text)
		}
	}
}
