package browser

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

func TestMask(t *testing.T) {
	p := planOf("http://target.test")
	p.Accounts = []plan.Account{
		{Name: "alice", Login: "alice", Shows: "Alice L", Password: plan.NewSecret("swordfish")},
		{Name: "bob", Login: "bob-login", Shows: "Bob M", Password: plan.NewSecret("swordfish-2"), Secrets: map[string]plan.Secret{"pin": plan.NewSecret("918273")}},
		{Name: "carol", Login: "carol", Shows: "Carol", Password: plan.NewSecret("carol")},
		{Name: "dave", Login: "dave-login", Shows: "Dave", Password: plan.NewSecret("dave-login")},
		{Name: "erin", Login: "erin", Shows: "Erin N", Password: plan.NewSecret("Erin N")},
		{Name: "frank", Login: "frank", Shows: "Frank"},
	}
	p.Secrets = []plan.Secret{plan.NewSecret("from-environment")}
	p.Headers = map[string]plan.Secret{"X-Door": plan.NewSecret("door-of-{{login}}")}
	base, err := url.Parse(p.Target)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire.New(wire.Config{Target: base})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d := &Driver{wire: w, secrets: crowd.Masking(p)}
	for text, want := range map[string]string{
		"":                                    "",
		"the inbox of alice":                  "the inbox of alice",
		"swordfish":                           "•••",
		"a swordfish, a swordfish-2":          "a •••, a •••",
		"pin 918273":                          "pin •••",
		"?key=from-environment&x=1":           "?key=•••&x=1",
		"door-of-alice and door-of-bob-login": "••• and •••",
		"carol's own name":                    "carol's own name",
		"dave-login and Erin N":               "dave-login and Erin N",
	} {
		if got := d.Mask(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

// A target may say a password again; what is kept of its answers does not.
func TestCopiesAreMasked(t *testing.T) {
	p := planOf("http://target.test")
	p.Accounts = []plan.Account{{Name: "alice", Login: "alice", Shows: "Alice L", Password: plan.NewSecret("swordfish")}}
	base, err := url.Parse(p.Target)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire.New(wire.Config{Target: base})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	half := record.Half{Headers: []record.HeaderField{{Name: "X-Login", Value: "alice swordfish"}}, Type: "text/swordfish", Text: "swordfish of alice"}
	x := record.Copy{
		Exchange: record.Exchange{URL: "http://target.test/?q=swordfish", Error: "swordfish"}, Request: half, Answer: half,
		Messages: []record.Message{{Text: "swordfish of alice"}},
	}
	x.Answer.Headers = slices.Clone(half.Headers)
	(&Driver{wire: w, secrets: crowd.Masking(p)}).maskCopy(&x)
	if text := fmt.Sprintf("%+v", x); strings.Contains(text, "swordfish") || strings.Count(text, "alice") != 5 {
		t.Errorf("the copy is %s", text)
	}
	if (&copies{}).of() != nil || (*copies)(nil).of() != nil {
		t.Error("a visit of which nothing is kept has copies")
	}
}
