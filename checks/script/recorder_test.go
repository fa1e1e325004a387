package script

import (
	"testing"

	"notmine/checks/plan"
	"notmine/checks/wire"
)

// What an account did in a session before it was handed over is that account's, and
// what the next one did is the next one's.
func TestRecordingAfterAHandover(t *testing.T) {
	alice, bob := plan.Account{Name: "alice", Login: "alice"}, plan.Account{Name: "bob", Login: "bob"}
	r := NewRecorder(nil, &plan.Plan{})
	s := &recorded{Session: &walking{}, of: r, account: alice, notes: &wire.Notes{}}
	r.sessions = append(r.sessions, s)
	do := func(part string) {
		login := s.account.Login
		s.done(s.begin(part, func(key string) (string, bool) { return login, key == "login" }))
	}
	do(partLogin)
	do(partLogout)
	if err := s.Become(bob); err != nil {
		t.Fatal(err)
	}
	do(partLogin)
	for account, parts := range map[string]int{"alice": 2, "bob": 1} {
		got, ok := r.Recording(account)
		if !ok || len(got.Parts) != parts {
			t.Errorf("%s: %+v, want %d parts", account, got.Parts, parts)
			continue
		}
		for _, d := range got.Parts {
			if d.Values["login"] != account {
				t.Errorf("%s: %s is %s's", account, d.Name, d.Values["login"])
			}
		}
	}
}
