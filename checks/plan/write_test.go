package plan_test

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"notmine/checks/plan"
	"notmine/fixtures/catalog"
)

// same compares plans from different files: where a thing stands in its file is no
// part of it.
var same = cmp.Options{
	tell,
	cmpopts.IgnoreFields(plan.Plan{}, "File", "Digest"),
	cmpopts.IgnoreFields(plan.View{}, "Line"),
	cmpopts.IgnoreFields(plan.Step{}, "Line"),
	cmpopts.IgnoreFields(plan.Phase{}, "Line"),
	cmpopts.IgnoreFields(plan.Event{}, "Line"),
	cmpopts.IgnoreFields(plan.Change{}, "Line"),
}

// expected is a finding of a plan, as a case has it.
func expected(p *plan.Plan, of string) *plan.Case {
	return &plan.Case{
		Plan: of, Run: "20261122-014500-7f3k", Demo: "leaky", Seed: -1,
		Finding: plan.Expected{
			Check: "canary", Level: "leak", Fingerprint: "6d1f0123456789ab", Viewer: p.Accounts[1].Name, Owner: p.Accounts[0].Name, Item: "subject",
			View: p.Views[0].Name, Surface: "text", Phase: p.Phases[len(p.Phases)-1].Name, Round: 3, Message: "bob was shown \"${env:X}\" {{of}} alice:\n\x00\u202e 제목",
		},
		Measured: plan.Measured{Hits: 17, Tries: 20},
		Tries:    9,
		Needs:    "needs two accounts; not needed: images",
		HTTP:     plan.HTTPCase{Script: "case.http.yaml", Measured: plan.Measured{Hits: 900, Tries: 1000}, Tries: 20},
	}
}

// writtenAs writes a plan, as a file in dir, and loads that.
func writtenAs(t *testing.T, p *plan.Plan, dir, name string) (*plan.Plan, string) {
	t.Helper()
	text, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, name, string(text))
	q, err := plan.Load(filepath.Join(dir, name))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return q, string(text)
}

// everything unpacks the archive with the plan that uses all there is, and returns
// its folder.
func everything(t testing.TB) (archive *txtar.Archive, dir string) {
	t.Helper()
	for name, value := range map[string]string{"KEY": "swordfish-env", "TARGET": "https://127.0.0.1:8443", "LOGIN": "alice@example.test"} {
		t.(interface{ Setenv(key, value string) }).Setenv("PLAN_TEST_"+name, value)
	}
	archive, err := txtar.ParseFile("testdata/write/everything.txtar")
	if err != nil {
		t.Fatal(err)
	}
	outer := t.TempDir()
	dir = filepath.Join(outer, "plans")
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	for name, data := range pictureFiles() {
		files["photos/"+name] = string(data)
	}
	server := httptest.NewTLSServer(nil)
	files["../authority.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	server.Close()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return archive, dir
}

// A plan that uses everything is written whole, and with no secret.
func TestWrite(t *testing.T) {
	archive, dir := everything(t)
	p, err := plan.Load(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.Case = expected(p, "../plan.yaml")
	unused(t, p)
	got, text := writtenAs(t, p, filepath.Join(dir, "cases"), "case.yaml")
	if diff := cmp.Diff(p, got, same); diff != "" {
		t.Errorf("plan (-written +read):\n%s\n%s", diff, text)
	}
	again, err := got.YAML()
	if err != nil || string(again) != text {
		t.Errorf("written again: %v\n%s", err, cmp.Diff(text, string(again)))
	}
	if strings.Contains(text, "swordfish") {
		t.Errorf("a secret is written:\n%s", text)
	}
	golden := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "case.yaml" })
	if *update {
		archive.Files[golden].Data = []byte(text)
		if err := os.WriteFile("testdata/write/everything.txtar", txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(archive.Files[golden].Data), text); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	inOrder(t, text)
}

// unused tells of the fields of a plan that are empty wherever they are, so that
// nobody can tell whether they are written.
func unused(t *testing.T, p *plan.Plan) {
	t.Helper()
	used := map[string]bool{}
	fields := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				walk(v.MapIndex(key))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() && f.Name != "Line" {
					name := v.Type().Name() + "." + f.Name
					fields[name] = true
					used[name] = used[name] || !v.Field(i).IsZero()
					walk(v.Field(i))
				}
			}
		}
	}
	walk(reflect.ValueOf(p))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !used[name] {
			t.Errorf("the plan has nothing for %s", name)
		}
	}
	if len(fields) < 80 {
		t.Errorf("only %d fields were looked at: %v", len(fields), fields)
	}
}

// inOrder tells of parts of a plan that are not in the order of the reference.
func inOrder(t *testing.T, text string) {
	t.Helper()
	var doc yaml.MapSlice
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, part := range doc {
		at := strings.Index(plan.Reference(), "\n| `"+part.Key.(string)+"`")
		if at < last {
			t.Errorf("%v comes too late", part.Key)
		}
		last = at
	}
}

// What nobody said is not written.
func TestWriteNoDefaults(t *testing.T) {
	p := load(t, map[string]string{"plan.yaml": minimal + "accounts: {make: {count: 2, login: 'user{{n}}', password: swordfish}}\nphases: [{order: solo}, {order: random}]\n"})
	got, text := writtenAs(t, p, t.TempDir(), "plan.yaml")
	for i := range p.Accounts {
		p.Accounts[i].Password = plan.Secret{}
	}
	if diff := cmp.Diff(p, got, same); diff != "" {
		t.Errorf("plan (-written +read):\n%s", diff)
	}
	want := `# A plan of notmine as it was run, with all that it leaves to notmine.
target: "http://127.0.0.1:8080/app"

accounts:
  - {name: user1, n: "1"}
  - {name: user2, n: "2"}

views:
  inbox:
    goto: /inbox
    identity: "#who"

phases:
  - {order: solo}
  - {order: random}
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

// The stand-ins' plans, with the phases that every plan has by default.
func TestWriteStandIns(t *testing.T) {
	for _, s := range catalog.Services {
		t.Run(s.Name, func(t *testing.T) {
			dir, text := standIn(t, s)
			write(t, dir, "plan.yaml", text)
			p, err := plan.Load(filepath.Join(dir, "plan.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			p.Case = expected(p, "plan.yaml")
			got, text := writtenAs(t, p, dir, "case.yaml")
			if diff := cmp.Diff(p, got, same); diff != "" {
				t.Errorf("plan (-written +read):\n%s\n%s", diff, text)
			}
			for _, a := range p.Accounts {
				if password := a.Password.Reveal(); password == "" || strings.Contains(text, password) {
					t.Errorf("the password %q of %s is none, or written:\n%s", password, a.Name, text)
				}
			}
		})
	}
}

// standIn puts the files of a stand-in into a folder, and returns that and its plan.
func standIn(t testing.TB, s catalog.Service) (dir, text string) {
	t.Helper()
	stand, err := s.Make(catalog.Options{Accounts: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for name, data := range stand.Files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, stand.Plan("http://127.0.0.1:8080", "http://127.0.0.1:8081", "")
}

// What shrinking leaves of a plan still loads: audiences, columns and phases name
// accounts that are gone.
func TestWriteShrunk(t *testing.T) {
	_, dir := everything(t)
	p, err := plan.Load(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.Accounts = slices.Delete(slices.Clone(p.Accounts), 1, 2) // bob
	alice := maps.Clone(p.Accounts[0].Columns)
	alice["friend"] = "carol"
	p.Accounts[0].Columns = alice
	p.Markers = slices.DeleteFunc(slices.Clone(p.Markers), func(m plan.Marker) bool { return m.Item != "phone" })
	p.Phases = slices.Clone(p.Phases[4:6]) // together-2 and random
	p.Phases[0].Order, p.Phases[0].Accounts = plan.Solo, 3
	p.Case = expected(p, "plan.yaml")
	got, text := writtenAs(t, p, dir, "case.yaml")
	p.Items = maps.Clone(p.Items)
	p.Items["note"] = plan.Item{Audience: []string{"night shift", "{{friend}}"}}
	p.Phases[0].Accounts, p.Phases[0].Within = 0, 0
	p.Markers = slices.DeleteFunc(p.Markers, func(m plan.Marker) bool { return m.Owner == "bob" })
	if diff := cmp.Diff(p, got, same); diff != "" {
		t.Errorf("plan (-written +read):\n%s\n%s", diff, text)
	}
	for _, want := range []string{"\n  - {name: alice, friend: carol}\n  - {name: carol}\n", "\n  columns: {phone: phone}\n", "name: together-2"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not hold %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "markers.csv") {
		t.Errorf("it names a file of markers that it has none of:\n%s", text)
	}
}

// A secret of which nobody knows how it was written fails the writing, and is in
// no error.
func TestWriteUnknownSecrets(t *testing.T) {
	secret := plan.NewSecret("swordfish")
	for _, row := range []struct {
		change func(*plan.Plan)
		want   string
	}{
		{func(p *plan.Plan) { p.Headers = map[string]plan.Secret{"X-Key": secret} }, "the header X-Key"},
		{func(p *plan.Plan) { p.Secrets, p.Views[0].Steps[0].Arg = []plan.Secret{secret}, "/{{secret 1}}" }, "{{secret 1}}"},
		{func(p *plan.Plan) { p.Views[0].Steps[0].Arg = "/{{secret 1}}" }, "there is no {{secret 1}}"},
		{func(p *plan.Plan) { p.Events = []plan.Event{{Name: "e", HTTP: &plan.Call{URL: secret}}} }, "the URL of the event e"},
		{func(p *plan.Plan) {
			p.Plant = []plan.Step{{Verb: plan.Upload, Fields: []plan.Field{{Selector: "#f", Value: "/etc/passwd"}}}}
		}, "/etc/passwd"},
	} {
		p := load(t, map[string]string{"plan.yaml": minimal + "accounts: [{name: a}, {name: b}]\n"})
		row.change(p)
		_, err := p.YAML()
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "swordfish") {
			t.Errorf("got error %v, want %q", err, row.want)
		}
	}
}

// Whatever loads is written so that it loads again, and is the same.
func FuzzWrite(f *testing.F) {
	_, dir := everything(f)
	seed, err := os.ReadFile(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for _, s := range catalog.Services {
		files, text := standIn(f, s)
		if err := os.CopyFS(filepath.Join(dir, s.Name), os.DirFS(files)); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(text))
	}
	f.Add([]byte(minimal + "accounts: [{name: a, c: '$${'}, {name: b, c: \"$\\u0007\\u2028$\"}]\nlogin: [{eval: '$$${env:PLAN_TEST_KEY} $$$${'}, {fill: {'? a': ' - ', '': \"\\0\"}}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Parse("plan.yaml", data, dir)
		if err != nil || p.Case != nil {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, "plan.yaml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		p.Case = expected(p, "plan.yaml")
		text, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.Parse("case.yaml", text, dir)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(p, got, same); diff != "" {
			t.Errorf("plan (-written +read):\n%s\n%s", diff, text)
		}
	})
}

// Any text is written so that it is read as the same text, wherever it stands.
func FuzzWriteTexts(f *testing.F) {
	for _, text := range []string{
		"", " ", "a", "- a", "? a", "a: b", "a:", "#id", "[a]", "{a}", "}", "a, b", "'", "\"", "\\", "\\n", "\n", "a\r\nb\n\n", "\t", "\x00", "\a\b\v\f\x1b\x7f",
		"\u0085\u00a0\u2028\ufeff\ufffd", "\U0001f600", "김민지", "null", "~", "True", "on", "0123", "1e3", "0x1f", "1_000", ".inf", "2026-12-31", "12:30:45", "<<", "&a", "*a", "!a",
		"|", ">", "%a", "@a", "`a`", "---", "...", "${env:X}", "$${", "$$${", "${", "$", "=", "a #b", "a\\", strings.Repeat("x ", 500),
	} {
		f.Add(text)
	}
	dir := f.TempDir()
	base := []byte(minimal + "accounts: [{name: a, password: swordfish}, {name: b}]\n")
	if err := os.WriteFile(filepath.Join(dir, "plan.yaml"), base, 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 1000 || strings.Contains(text, "{{") {
			return
		}
		p, err := plan.Parse("plan.yaml", base, dir)
		if err != nil {
			t.Fatal(err)
		}
		p.Case = expected(p, "plan.yaml")
		p.Case.Finding.Message, p.Case.Needs = text, text
		p.Accounts[1].Columns["c"] = text
		p.Login = []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#id", Value: text}}}}
		if filled := strings.TrimSpace(text) != ""; filled {
			p.Login = append(p.Login, plan.Step{Verb: plan.Click, Arg: text}, plan.Step{Verb: plan.Eval, Arg: text})
			p.Views[0].Identity = "#" + text
			p.Events = []plan.Event{{Name: "e", Run: text}}
			if !strings.Contains(text, "${") { // of which a selector has none
				p.Login = append(p.Login, plan.Step{Verb: plan.Fill, Fields: []plan.Field{{Selector: text, Value: text}}})
			}
		}
		if strings.Contains(text, "${") {
			p.Views[0].Identity = "#who" // which has none either
		}
		written, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.Parse("case.yaml", written, dir)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if diff := cmp.Diff(p, got, same); diff != "" {
			t.Errorf("plan (-written +read):\n%s\n%s", diff, written)
		}
	})
}
