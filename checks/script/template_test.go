package script

import (
	"strings"
	"testing"
	"time"
)

// accounts are the values of two accounts.
var accounts = []value{
	{key: "login", viewer: "alice", owner: "bob"},
	{key: "password", viewer: "s3cret &1", owner: "other/2+", secret: true},
	{key: "shows", viewer: "Alice O'Hara", owner: "밥"},
	{key: "canary subject", viewer: "qznaaaaaaaaaaaaaaaaa", owner: "qznbbbbbbbbbbbbbbbbb"},
}

// varsOf gives the values of one of both.
func varsOf(values []value, owner bool) func(string) (string, bool) {
	return func(key string) (string, bool) {
		for _, v := range values {
			if v.key == key {
				if owner {
					return v.owner, true
				}
				return v.viewer, true
			}
		}
		return "", false
	}
}

func TestJoint(t *testing.T) {
	for _, tt := range []struct {
		name, viewer, owner string
		codings             []coding
		want                string // "" when they have no joint text
	}{
		{"", "inbox", "inbox", inPath, "inbox"},
		{"id", "alice", "bob", inQuery, "{{login}}"},
		{"pw", "s3cret+%261", "other%2F2%2B", inQuery, "{{password}}"},
		{"pw", "s3cret%20%261", "other%2F2%2B", inQuery, "{{password|percent}}"},
		{"pw", "s3cret &1", "other/2+", []coding{inJSON, plain}, "{{password}}"},
		{"to", "Alice%20O'Hara", "%EB%B0%A5", inPath, "{{shows}}"},
		{"to", "to alice: qznaaaaaaaaaaaaaaaaa!", "to bob: qznbbbbbbbbbbbbbbbbb!", inText, "to {{login}}: {{canary subject}}!"},
		{"", "{alice}", "{bob}", inText, `{{"{"}}{{login}}}`},
		{"", "{{alice", "{{bob", inText, `{{"{{"}}{{login}}`},
		{"", "{{x}}", "{{x}}", inText, `{{"{{"}}x}}`},
		{"id", "17", "23", inQuery, ""},
		{"", "alice", "alice", inText, "alice"}, // both wrote to her
		{"pw", "alice", "bob", inText, "{{login}}"},
	} {
		got, ok := newPair(accounts).joint(tt.name, tt.viewer, tt.owner, tt.codings)
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%q and %q are %q, %v; want %q", tt.viewer, tt.owner, got, ok, tt.want)
		}
	}
}

// A password that both have is hidden, and one that is a name as well is told by
// what it is sent as.
func TestJointSecrets(t *testing.T) {
	shared := []value{{key: "login", viewer: "alice", owner: "bob"}, {key: "password", viewer: "same-for-all", owner: "same-for-all", secret: true}}
	if got, ok := newPair(shared).joint("pw", "same-for-all", "same-for-all", inQuery); !ok || got != "{{password}}" {
		t.Errorf("%q, %v", got, ok)
	}
	named := []value{{key: "login", viewer: "alice", owner: "bob"}, {key: "password", viewer: "alice", owner: "bob", secret: true}}
	for field, want := range map[string]string{"id": "{{login}}", "password": "{{password}}"} {
		if got, _ := newPair(named).joint(field, "alice", "bob", inQuery); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

// What two accounts send may be made so that it can be taken apart in many ways.
func TestJointIsBounded(t *testing.T) {
	values := []value{{key: "a", viewer: "a", owner: "b"}, {key: "b", viewer: "aa", owner: "bb"}, {key: "c", viewer: "aaa", owner: "bbb"}}
	begun := newPair(values)
	if _, ok := begun.joint("", strings.Repeat("a", 5000)+"x", strings.Repeat("b", 5000)+"y", inText); ok {
		t.Error("they have no joint text")
	}
}

func FuzzJoint(f *testing.F) {
	f.Add("to {", "} and {{", "}}", 0)
	f.Add("a=", "&b=", "%20", 1)
	f.Add(`{"a":"`, `","b":"`, `"}`, 2)
	f.Fuzz(func(t *testing.T, begin, middle, end string, place int) {
		codings := [][]coding{inText, inQuery, {inJSON, plain}, inPath}[uint(place)%4]
		c := codings[0]
		whole := func(owner bool) string {
			vars := varsOf(accounts, owner)
			login, _ := vars("login")
			canary, _ := vars("canary subject")
			return begin + c.encode(login) + middle + c.encode(canary) + end
		}
		text, ok := newPair(accounts).joint("", whole(false), whole(true), codings)
		if !ok {
			return // what was put in holds half of a value: nobody promises anything
		}
		for _, owner := range []bool{false, true} {
			got, err := expand(text, c, varsOf(accounts, owner))
			if err != nil || got != whole(owner) {
				t.Errorf("%q is expanded to %q, %v; want %q", text, got, err, whole(owner))
			}
		}
	})
}

// The texts of a request are cut into pieces, and put together again.
func FuzzPieces(f *testing.F) {
	f.Add("id=alice&x={", "id=bob&x={")
	f.Add(`{"a":{"b":"alice","c":[1,2]}}`, `{"a":{"b":"bob","c":[1,2]}}`)
	f.Fuzz(func(t *testing.T, viewer, owner string) {
		for media, codings := range map[string][]coding{formType: inQuery, "application/json": {inJSON, plain}, "text/plain": inText} {
			texts := &texts{maker: &maker{pair: newPair(accounts), names: map[string]bool{}}, at: time.Unix(0, 0), ownAt: time.Unix(0, 0)}
			text := texts.inBody(media, viewer, owner)
			if texts.stuck != "" {
				continue
			}
			for i, want := range []string{viewer, owner} {
				got, err := expand(text, codings[0], varsOf(accounts, i == 1))
				if err != nil || got != want {
					t.Errorf("%s: %q is expanded to %q, %v; want %q", media, text, got, err, want)
				}
			}
		}
	})
}
