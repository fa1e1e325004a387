package plan_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/plan"
)

// tell compares secrets by their values, which cmp must not print.
var tell = cmp.Options{
	cmp.Comparer(func(a, b plan.Secret) bool { return a.Reveal() == b.Reveal() }),
	cmpopts.IgnoreUnexported(plan.Plan{}),
	cmpopts.EquateEmpty(),
}

// load writes files into a folder and loads its plan.yaml.
func load(t *testing.T, files map[string]string) *plan.Plan {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		write(t, dir, name, data)
	}
	p, err := plan.Load(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// minimal is what a plan needs besides its accounts.
const minimal = "target: http://127.0.0.1:8080/app/\nviews: {inbox: {goto: /inbox, identity: '#who'}}\n"

func TestLoad(t *testing.T) {
	t.Setenv("PLAN_TEST_KEY", "env-key")
	p := load(t, map[string]string{
		"pw.txt":    "file-pw\n",
		"photo.txt": "x",
		"plan.yaml": `
target: http://127.0.0.1:8080/
hosts: [Static.example.test, "cdn.example.test:8443"]
headers: {X-Key: "k-${env:PLAN_TEST_KEY}", X-User: "{{login}}"}
tls: {insecure: true}
trace: true
timeout: 1m30s
accounts:
  - {name: alice, login: 김민지, password: "${file:pw.txt}", shows: 민지, group: staff;night shift, phone: 010-1234-5678, pin: "${env:PLAN_TEST_KEY}"}
  - {name: bob, password: 0123, groups: [staff, buyers], phone: 010-8765-4321, pin: "$${plain}"}
login:
  - goto: /login
  - fill: {"#id": "{{login}}", "#pw": "{{password}}", "#key": "${env:PLAN_TEST_KEY}!"}
  - press: Enter
  - see: {"#who": "{{shows}}"}
logout: [{click: "#logout"}]
items:
  subject: {}
  note: {audience: [night shift, bob]}
  photo: {picture: true}
markers:
  columns: {phone: phone}
plant:
  - fill: {"#subject": "{{canary subject}} and {{ canary note }}"}
  - upload: {"#file": photo.txt, "#photo": "{{ picture photo }}"}
  - eval: "` + "`${1 + 1}`" + ` === '2'"
views:
  inbox: {wait: "#list", goto: /inbox, press: End, click: "#all", control: subject, compare: [a, b], hold: /api/*}
  message: {after: inbox, steps: [{click: a}, {wait: b}], identity: /api/me#user.name, control: phone}
  peers: {goto: "/u/{{peer.login}}/{{peer.phone}}", each: peer, identity: "#who"}
phases:
  - {order: solo}
  - {order: together, rounds: 5}
  - {order: together}
pass: {bound: 0.5%, fail_on: risk}
limits: {body: 1.5 GiB, page: 500kB}
`})
	got := *p
	if len(got.Digest) != 64 || filepath.Base(got.File) != "plan.yaml" {
		t.Errorf("got digest %q of %q", got.Digest, got.File)
	}
	got.Digest, got.File = "", ""
	photo := got.Plant[1].Fields[0].Value
	if !filepath.IsAbs(photo) || filepath.Base(photo) != "photo.txt" {
		t.Errorf("got upload of %q, want the absolute path", photo)
	}
	want := plan.Plan{
		Target:  "http://127.0.0.1:8080",
		Hosts:   []string{"static.example.test", "cdn.example.test:8443"},
		TLS:     plan.TLS{Insecure: true},
		Trace:   true,
		Timeout: 90 * time.Second,
		Headers: map[string]plan.Secret{"X-Key": plan.NewSecret("k-env-key"), "X-User": plan.NewSecret("{{login}}")},
		Secrets: []plan.Secret{plan.NewSecret("env-key")},
		Accounts: []plan.Account{
			{
				Name: "alice", Login: "김민지", Password: plan.NewSecret("file-pw"), Shows: "민지",
				Groups: []string{"staff", "night shift"}, Columns: map[string]string{"phone": "010-1234-5678"},
				Secrets: map[string]plan.Secret{"pin": plan.NewSecret("env-key")},
			},
			{
				Name: "bob", Login: "bob", Password: plan.NewSecret("0123"), Shows: "bob",
				Groups: []string{"staff", "buyers"}, Columns: map[string]string{"phone": "010-8765-4321", "pin": "${plain}"},
			},
		},
		Login: []plan.Step{
			{Verb: plan.Goto, Arg: "/login", Line: 12},
			{Verb: plan.Fill, Line: 13, Fields: []plan.Field{{"#id", "{{login}}"}, {"#pw", "{{password}}"}, {"#key", "{{secret 1}}!"}}},
			{Verb: plan.Press, Arg: "Enter", Line: 14},
			{Verb: plan.See, Line: 15, Fields: []plan.Field{{"#who", "{{shows}}"}}},
		},
		Logout: []plan.Step{{Verb: plan.Click, Arg: "#logout", Line: 16}},
		Items:  map[string]plan.Item{"subject": {}, "note": {Audience: []string{"night shift", "bob"}}, "photo": {Picture: true}},
		Markers: []plan.Marker{
			{Text: "010-1234-5678", Owner: "alice", Item: "phone"},
			{Text: "010-8765-4321", Owner: "bob", Item: "phone"},
		},
		Plant: []plan.Step{
			{Verb: plan.Fill, Line: 24, Fields: []plan.Field{{"#subject", "{{canary subject}} and {{ canary note }}"}}},
			{Verb: plan.Upload, Line: 25, Fields: []plan.Field{{"#file", photo}, {"#photo", "{{picture photo}}"}}},
			{Verb: plan.Eval, Arg: "`${1 + 1}` === '2'", Line: 26},
		},
		Views: []plan.View{
			{
				Name: "inbox", Line: 28, Control: "subject", Compare: []string{"a", "b"}, Hold: []string{"/api/*"},
				Steps: []plan.Step{
					{Verb: plan.Goto, Arg: "/inbox", Line: 28}, {Verb: plan.Press, Arg: "End", Line: 28},
					{Verb: plan.Click, Arg: "#all", Line: 28}, {Verb: plan.Wait, Arg: "#list", Line: 28},
				},
			},
			{
				Name: "message", Line: 29, After: "inbox", Identity: "/api/me#user.name", Control: "phone",
				Steps: []plan.Step{{Verb: plan.Click, Arg: "a", Line: 29}, {Verb: plan.Wait, Arg: "b", Line: 29}},
			},
			{
				Name: "peers", Line: 30, EachPeer: true, Identity: "#who",
				Steps: []plan.Step{{Verb: plan.Goto, Arg: "/u/{{peer.login}}/{{peer.phone}}", Line: 30}},
			},
		},
		Phases: []plan.Phase{
			{Name: "solo", Order: plan.Solo, Rounds: 2, Line: 32},
			{Name: "together", Order: plan.Together, Rounds: 5, Line: 33},
			{Name: "together-2", Order: plan.Together, Rounds: 20, Line: 34},
		},
		Pass:   plan.Pass{Bound: 0.005, FailOn: []string{"risk"}},
		Limits: plan.Limits{Body: 3 << 29, Page: 500_000, Unpacked: 64 << 20},
	}
	if diff := cmp.Diff(want, got, tell); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"note", "photo", "subject"}, p.Planted()); diff != "" {
		t.Errorf("planted (-want +got):\n%s", diff)
	}
	if before := p.Before(p.Views[1]); len(before) != 1 || before[0].Name != "inbox" {
		t.Errorf("before message come %v, want inbox", before)
	}
}

// Nothing that prints or marshals a plan shows what came from a reference or is
// a password.
func TestSecretsStayHidden(t *testing.T) {
	t.Setenv("PLAN_TEST_KEY", "hunter2")
	p := load(t, map[string]string{"plan.yaml": `
target: http://127.0.0.1:8080
headers: {X-Key: "${env:PLAN_TEST_KEY}", X-Other: hunter2}
accounts:
  - {name: alice, password: hunter2, pin: "${env:PLAN_TEST_KEY}"}
  - {name: bob, password: hunter2}
login: [{fill: {"#pw": "${env:PLAN_TEST_KEY}"}}, {see: {a: b}}]
views: {inbox: {goto: "/?key=${env:PLAN_TEST_KEY}", identity: "#who"}}
`})
	marshalled, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	outline, err := json.Marshal(p.Outline())
	if err != nil {
		t.Fatal(err)
	}
	inside := struct{ p plan.Plan }{*p} // where fmt cannot ask the secrets for their String
	for how, printed := range map[string]string{
		"%v": fmt.Sprintf("%v", *p), "%+v": fmt.Sprintf("%+v", *p), "%#v": fmt.Sprintf("%#v", *p),
		"unexported": fmt.Sprintf("%+v %#v", inside, inside), "JSON": string(marshalled), "outline": string(outline),
	} {
		if strings.Contains(printed, "hunter2") {
			t.Errorf("printed as %s, the plan shows a secret: %s", how, printed)
		}
	}
	vars := p.Vars(&p.Accounts[0], nil, nil)
	if got, err := plan.Expand(p.Views[0].Steps[0].Arg, vars); err != nil || got != "/?key=hunter2" {
		t.Errorf("got %q, %v; want the secret at last", got, err)
	}
	if pin, ok := vars("pin"); !ok || pin != "hunter2" {
		t.Errorf("got pin %q, %v; want the secret column", pin, ok)
	}
	headers, err := p.HeadersOf(&p.Accounts[0])
	if err != nil || headers["X-Key"].Reveal() != "hunter2" {
		t.Errorf("got headers %v, %v", headers, err)
	}
}

func TestAccountsFromFile(t *testing.T) {
	t.Setenv("PLAN_TEST_KEY", "pw1")
	p := load(t, map[string]string{
		"plan.yaml": minimal + "accounts: {file: a.csv}\n",
		"a.csv": "\ufeffname, login ,password,shows,group,address\r\n" +
			"alice,,${env:PLAN_TEST_KEY},김민지,staff buyers,\"서울시 중구\r\n세종대로 110\"\r\n" +
			"bob,bob@example.test,\"p,w\",,,\r\n",
	})
	want := []plan.Account{
		{
			Name: "alice", Login: "alice", Password: plan.NewSecret("pw1"), Shows: "김민지",
			Groups: []string{"staff", "buyers"}, Columns: map[string]string{"address": "서울시 중구\n세종대로 110"},
		},
		{Name: "bob", Login: "bob@example.test", Password: plan.NewSecret("p,w"), Shows: "bob", Columns: map[string]string{"address": ""}},
	}
	if diff := cmp.Diff(want, p.Accounts, tell); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if p.Target != "http://127.0.0.1:8080/app" {
		t.Errorf("got target %q, want it without the trailing slash", p.Target)
	}
	if p.Timeout != 15*time.Second || p.Pass.Bound != 0.01 {
		t.Errorf("got timeout %v and bound %v, want the defaults", p.Timeout, p.Pass.Bound)
	}
	if want := (plan.Limits{Body: 64 << 20, Page: 1 << 20, Unpacked: 64 << 20}); p.Limits != want || p.Outline().Limits != want {
		t.Errorf("got limits %v, in the outline %v; want the defaults", p.Limits, p.Outline().Limits)
	}
}

func TestAccountsMade(t *testing.T) {
	t.Setenv("PW_7", "seven")
	t.Setenv("PW_8", "eight")
	p := load(t, map[string]string{"plan.yaml": minimal +
		`accounts: {make: {count: 2, first: 7, login: "user{{n}}", shows: "회원 {{n}}", password: "${env:PW_{{n}}}", phone: "010-{{n}}"}}` + "\n"})
	want := []plan.Account{
		{Name: "user7", Login: "user7", Password: plan.NewSecret("seven"), Shows: "회원 7", Columns: map[string]string{"n": "7", "phone": "010-7"}},
		{Name: "user8", Login: "user8", Password: plan.NewSecret("eight"), Shows: "회원 8", Columns: map[string]string{"n": "8", "phone": "010-8"}},
	}
	if diff := cmp.Diff(want, p.Accounts, tell); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestAudiences(t *testing.T) {
	p := load(t, map[string]string{
		"plan.yaml": minimal + `
accounts:
  - {name: alice, friends: bob@example.test carol, group: staff}
  - {name: bob, login: bob@example.test, friends: "Kim Minji; staff"}
  - {name: carol, friends: ""}
  - {name: Kim Minji, friends: Kim Minji}
items:
  album: {audience: "{{friends}}"}
  wall: {audience: [everyone]}
markers: {file: markers.csv}
`,
		"markers.csv": "marker,owner,item,audience\n" +
			"서울 결혼식 사진,alice,album,\n" + // the audience of the item
			"marker two,bob@example.test,memo,carol staff\n" + // the owner by login
			"marker three,아무개,memo,누군가; Kim Minji\n" + // people who are no accounts
			"marker three,아무개,memo,누군가; Kim Minji\n", // twice is once
	})
	for i, want := range [][]string{{"bob", "carol"}, {"Kim Minji", "staff"}, nil, {"Kim Minji"}} {
		if diff := cmp.Diff(want, p.AudienceOf("album", p.Accounts[i]), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("audience of %s's album (-want +got):\n%s", p.Accounts[i].Name, diff)
		}
	}
	if got := p.AudienceOf("none", p.Accounts[0]); got != nil {
		t.Errorf("got audience %v of an unlisted item, want none", got)
	}
	want := []plan.Marker{
		{Text: "서울 결혼식 사진", Owner: "alice", Item: "album", Audience: []string{"bob", "carol"}},
		{Text: "marker two", Owner: "bob", Item: "memo", Audience: []string{"carol", "staff"}},
		{Text: "marker three", Owner: "아무개", Item: "memo", Audience: []string{"누군가", "Kim Minji"}},
	}
	if diff := cmp.Diff(want, p.Markers); diff != "" {
		t.Errorf("markers (-want +got):\n%s", diff)
	}
}

func TestVars(t *testing.T) {
	p := &plan.Plan{Secrets: []plan.Secret{plan.NewSecret("s1")}}
	alice := &plan.Account{Name: "alice", Login: "a", Password: plan.NewSecret("pw"), Shows: "A", Columns: map[string]string{"phone": "1"}}
	bob := &plan.Account{
		Name: "bob", Login: "b", Password: plan.NewSecret("pw2"), Columns: map[string]string{"phone": "2"},
		Secrets: map[string]plan.Secret{"pin": plan.NewSecret("3")},
	}
	of := func(item, value string) func(string) string {
		return func(asked string) string {
			if asked == item {
				return value
			}
			return ""
		}
	}
	own := &plan.Canaries{Text: of("subject", "token"), Picture: of("photo", "/tmp/photo.png")}
	for _, row := range []struct {
		key, want string
		why       string
	}{
		{"name", "alice", "its own"},
		{"password", "pw", "its own password, for login"},
		{"phone", "1", "a column"},
		{"canary subject", "token", "its own token"},
		{"picture photo", "/tmp/photo.png", "its own picture"},
		{"secret 1", "s1", "what a reference stood for"},
		{"peer.login", "b", "somebody else's public fields"},
		{"peer.phone", "2", "somebody else's columns"},
		{"peer.password", "", "never somebody else's password"},
		{"peer.pin", "", "never somebody else's secrets"},
		{"canary none", "", "no such canary"},
		{"picture subject", "", "no such picture"},
		{"secret 2", "", "no such secret"},
		{"secret 0", "", "secrets count from 1"},
		{"none", "", "no such column"},
	} {
		got, ok := p.Vars(alice, bob, own)(row.key)
		if got != row.want || ok != (row.want != "") {
			t.Errorf("{{%s}} is %q, %v; want %q: %s", row.key, got, ok, row.want, row.why)
		}
	}
	if _, ok := p.Vars(alice, nil, nil)("peer.login"); ok {
		t.Error("{{peer.login}} is known without a peer")
	}
	if _, ok := p.Vars(alice, nil, nil)("canary subject"); ok {
		t.Error("{{canary subject}} is known where none is made")
	}
}

func TestExpand(t *testing.T) {
	lookup := func(key string) (string, bool) { return map[string]string{"a": "{{b}}", "b": "2"}[key], key != "c" }
	for _, row := range []struct{ text, want, why string }{
		{"plain }} {x}", "plain }} {x}", "nothing to expand"},
		{"<{{a}}{{ b }}>", "<{{b}}2>", "what was put in is not expanded again"},
		{"{{c}}", "", "an unknown key"},
		{"{{a", "", "an open template"},
	} {
		got, err := plan.Expand(row.text, lookup)
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("Expand(%q) = %q, %v; want %q: %s", row.text, got, err, row.want, row.why)
		}
	}
}

// Large tables are read whole; the tests' own time limit is the only measure.
func TestLargeTables(t *testing.T) {
	var accounts, markers strings.Builder
	accounts.WriteString("name,password\n")
	markers.WriteString("marker,owner,item\n")
	for i := range 10_000 {
		fmt.Fprintf(&accounts, "user%d,pw\n", i)
		for j := range 5 {
			fmt.Fprintf(&markers, "메일 제목 %d-%d,user%d,subject\n", i, j, i)
		}
	}
	p := load(t, map[string]string{
		"plan.yaml":    minimal + "accounts: {file: accounts.csv}\nmarkers: {file: markers.csv}\n",
		"accounts.csv": accounts.String(), "markers.csv": markers.String(),
	})
	if len(p.Accounts) != 10_000 || len(p.Markers) != 50_000 {
		t.Errorf("got %d accounts and %d markers", len(p.Accounts), len(p.Markers))
	}
}
