package marker

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/fixtures/pictures"
)

var members = []Member{{Name: "alice", Groups: []string{"friends"}}, {Name: "bob", Groups: []string{"friends"}}, {Name: "carol"}}

func add(t *testing.T, l *Ledger, e Entry) Entry {
	t.Helper()
	e, err := l.Add(e)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestLedgerVersions(t *testing.T) {
	l := NewLedger(7, members)
	first := add(t, l, Entry{Owner: "alice", Item: "photo"})
	second := add(t, l, Entry{Owner: "alice", Item: "photo"})
	other := add(t, l, Entry{Owner: "bob", Item: "photo"})
	if first.Version != 1 || second.Version != 2 || other.Version != 1 {
		t.Errorf("versions %d, %d of alice and %d of bob, want 1, 2 and 1", first.Version, second.Version, other.Version)
	}
	if want := Mint("alice", "photo", 2, 7); second.Text != want {
		t.Errorf("text %q, want %q", second.Text, want)
	}
	if got, _ := l.Latest("alice", "photo"); got.ID != second.ID {
		t.Errorf("latest is marker %d, want %d", got.ID, second.ID)
	}
	if _, found := l.Latest("carol", "photo"); found {
		t.Error("carol has a photo, want none")
	}
}

func TestLedgerLookup(t *testing.T) {
	l := NewLedger(7, members)
	canary := add(t, l, Entry{Owner: "alice", Item: "subject"})
	alice := add(t, l, Entry{Owner: "alice", Item: "name", Text: "김민수", Declared: true})
	bob := add(t, l, Entry{Owner: "bob", Item: "name", Text: "김민수", Declared: true})

	if diff := cmp.Diff([]Entry{canary, alice, bob}, l.Entries()); diff != "" {
		t.Errorf("Entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Entry{alice, bob}, l.ByText("김민수")); diff != "" {
		t.Errorf("ByText of a name that two have (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Entry{canary}, l.ByText(strings.ToUpper(canary.Text))); diff != "" {
		t.Errorf("ByText of a canary in capitals (-want +got):\n%s", diff)
	}
	if got, found := l.ByID(bob.ID); !found || !cmp.Equal(got, bob) {
		t.Errorf("ByID(%d) = %+v, %v", bob.ID, got, found)
	}
	if _, found := l.ByID(99); found {
		t.Error("marker 99 found")
	}
}

func TestLedgerByPrefix(t *testing.T) {
	l := NewLedger(7, members)
	canary := add(t, l, Entry{Owner: "alice", Item: "subject"}).Text
	// Real canaries hardly ever begin alike, so the second is put there.
	for _, tail := range []string{"00000000", "11111111"} {
		text := "qznzzzzzzzzz" + tail
		l.byBegin[text[:CutLen]] = append(l.byBegin[text[:CutLen]], &history{entry: Entry{Text: text, Owner: tail[:1]}})
	}
	for _, test := range []struct{ why, cut, owner string }{
		{"as short as may be", canary[:CutLen], "alice"},
		{"a character too short", canary[:CutLen-1], ""},
		{"longer", canary[:19], "alice"},
		{"capitals", strings.ToUpper(canary[:15]), "alice"},
		{"begins right and goes on wrong", canary[:CutLen] + "!", ""},
		{"two begin so", "qznzzzzzzzzz", ""},
		{"two begin so, but not as far as this", "qznzzzzzzzzz1", "1"},
		{"nobody's", "qzn000000000", ""},
	} {
		got, found := l.ByPrefix(test.cut)
		if found != (test.owner != "") || got.Owner != test.owner {
			t.Errorf("%s: ByPrefix(%q) = %q, %v, want %q", test.why, test.cut, got.Owner, found, test.owner)
		}
	}
}

func TestLedgerResolve(t *testing.T) {
	l := NewLedger(7, members)
	add(t, l, Entry{Owner: "alice", Item: "subject"})
	l.owners.add(4711, "dan")
	l.owners.add(4711, "eve")
	parsed := func(owner, item string) Token {
		token, _ := Parse(Mint(owner, item, 1, 3))
		return token
	}
	for _, test := range []struct {
		why         string
		token       Token
		owner, item string
		ok          bool
	}{
		{"an earlier run's", parsed("alice", "subject"), "alice", "subject", true},
		{"a member without canaries yet", parsed("carol", "subject"), "carol", "subject", true},
		{"an item that the plan no longer has", parsed("bob", "nickname"), "bob", "", true},
		{"an account that the plan no longer has", parsed("zoe", "subject"), "", "", false},
		{"two names with one tag prove nothing", Token{OwnerTag: 4711}, "", "", false},
	} {
		owner, item, ok := l.Resolve(test.token)
		if owner != test.owner || item != test.item || ok != test.ok {
			t.Errorf("%s: Resolve = %q, %q, %v, want %q, %q, %v", test.why, owner, item, ok, test.owner, test.item, test.ok)
		}
	}
}

func TestLedgerAllowed(t *testing.T) {
	at := func(second int) time.Time {
		return time.Unix(1_800_000_000, 0).Add(time.Duration(second) * time.Second)
	}
	l := NewLedger(7, members)
	mine := add(t, l, Entry{Owner: "alice", Item: "subject"}).ID
	friends := add(t, l, Entry{Owner: "alice", Item: "photo", Audience: Audience{"friends"}}).ID
	named := add(t, l, Entry{Owner: "alice", Item: "letter", Audience: Audience{"carol"}}).ID
	all := add(t, l, Entry{Owner: "alice", Item: "nickname", Audience: Audience{Everyone}}).ID
	shared := add(t, l, Entry{Owner: "alice", Item: "name", Text: "김민수", Declared: true}).ID
	add(t, l, Entry{Owner: "bob", Item: "name", Text: "김민수", Declared: true})

	// Shown to friends from second 10 on, taken back at 20.
	changing := add(t, l, Entry{Owner: "alice", Item: "line", Since: at(5)}).ID
	for _, change := range []struct {
		audience Audience
		since    time.Time
	}{{Audience{Me}, at(20)}, {Audience{"friends"}, at(10)}} {
		if _, err := l.SetAudience(changing, change.audience, change.since); err != nil {
			t.Fatal(err)
		}
	}

	for _, test := range []struct {
		why      string
		id       int
		viewer   string
		from, to time.Time
		want     bool
	}{
		{"the owner", mine, "alice", at(0), at(1), true},
		{"anybody else", mine, "bob", at(0), at(1), false},
		{"a member of the group", friends, "bob", at(0), at(1), true},
		{"no member of the group", friends, "carol", at(0), at(1), false},
		{"named", named, "carol", at(0), at(1), true},
		{"not named", named, "bob", at(0), at(1), false},
		{"everyone, also who is no member", all, "stranger", at(0), at(1), true},
		{"has the same name himself", shared, "bob", at(0), at(1), true},
		{"does not have that name", shared, "carol", at(0), at(1), false},
		{"before it was even made, the first audience holds", changing, "bob", at(0), at(1), false},
		{"before it was shared", changing, "bob", at(6), at(9), false},
		{"it was shared at the visit's last moment", changing, "bob", at(6), at(10), true},
		{"while it was shared", changing, "bob", at(11), at(12), true},
		{"it was still shared when the visit began", changing, "bob", at(19), at(30), true},
		{"the visit began when it was taken back", changing, "bob", at(20), at(30), false},
		{"shared and taken back within the visit", changing, "bob", at(0), at(99), true},
		{"a visit without an end, before", changing, "bob", at(9), time.Time{}, false},
		{"a visit without an end, while shared", changing, "bob", at(15), time.Time{}, true},
		{"the owner always", changing, "alice", at(20), at(30), true},
		{"an unknown marker", 99, "alice", at(0), at(1), false},
	} {
		if got := l.Allowed(test.id, test.viewer, test.from, test.to); got != test.want {
			t.Errorf("%s: Allowed(%d, %s) = %v, want %v", test.why, test.id, test.viewer, got, test.want)
		}
	}
}

// A ledger is in the record as the entries that were added and those that
// changed an audience; judging must come to the same answers.
func TestFromEntries(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	live := NewLedger(7, members)
	var written []Entry
	written = append(written,
		add(t, live, Entry{Owner: "alice", Item: "subject"}),
		add(t, live, Entry{Owner: "dan", Item: "name", Text: "단", Declared: true, Audience: Audience{"carol"}}))
	changed, err := live.SetAudience(1, Audience{"bob"}, start)
	if err != nil {
		t.Fatal(err)
	}
	written = append(written, changed)

	judged, err := FromEntries(7, members, written)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live.Entries(), judged.Entries()); diff != "" {
		t.Errorf("entries (-live +judged):\n%s", diff)
	}
	for _, viewer := range []string{"alice", "bob", "carol"} {
		for id := range 4 {
			for _, from := range []time.Time{start.Add(-time.Minute), start} {
				was, is := live.Allowed(id, viewer, from, from), judged.Allowed(id, viewer, from, from)
				if was != is {
					t.Errorf("marker %d, %s at %v: allowed %v in the run, %v judged", id, viewer, from, was, is)
				}
			}
		}
	}
	if next := add(t, judged, Entry{Owner: "bob", Item: "subject"}); next.ID != 3 {
		t.Errorf("next ID is %d, want 3", next.ID)
	}
}

func TestLedgerRefuses(t *testing.T) {
	canary := Mint("alice", "subject", 1, 7)
	for _, test := range []struct {
		why     string
		entries []Entry
		want    string
	}{
		{"no ID", []Entry{{Text: canary, Version: 1}}, "not above zero"},
		{"a canary with a wrong checksum", []Entry{{ID: 1, Text: canary[:19] + "!", Version: 1}}, "no canary"},
		{"a version that no canary can carry", []Entry{{ID: 1, Text: canary, Version: MaxVersion + 1}}, "version 256"},
		{"would match everywhere", []Entry{{ID: 1, Text: " ", Declared: true}}, "empty"},
		{"beyond all bounds", []Entry{{ID: 1, Text: strings.Repeat("x", MaxText+1), Declared: true}}, "1025 bytes"},
		{"a declared picture without a print", []Entry{{ID: 1, Text: "a.png", Declared: true, Picture: true}}, "a.png shows too little"},
		{"a declared picture that is blank", []Entry{{ID: 1, Text: "a.png", Declared: true, Picture: true, Print: new(Print)}}, "a.png shows too little"},
		{"a print of a text", []Entry{{ID: 1, Text: "a", Declared: true, Print: new(Print)}}, "no declared picture"},
		{"a print of a canary", []Entry{{ID: 1, Text: canary, Version: 1, Picture: true, Print: new(Print)}}, "no declared picture"},
		{"one ID for a text and a picture", []Entry{{ID: 1, Text: canary, Version: 1}, {ID: 1, Text: canary, Version: 1, Picture: true}}, "another marker"},
		{"one ID for two", []Entry{{ID: 1, Text: "a", Declared: true}, {ID: 1, Text: "b", Declared: true}}, "another marker"},
		{"one canary for two", []Entry{{ID: 1, Text: canary, Owner: "alice", Version: 1}, {ID: 2, Text: canary, Owner: "bob", Version: 1}}, "reads like that of alice"},
	} {
		_, err := FromEntries(7, members, test.entries)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.why, err, test.want)
		}
	}
	l := NewLedger(7, members)
	if _, err := l.SetAudience(1, nil, time.Time{}); err == nil {
		t.Error("the audience of no marker was set")
	}
	if _, err := l.Add(Entry{ID: 5, Text: "x", Declared: true}); err == nil {
		t.Error("a marker with an ID was added")
	}
}

// What a ledger gives away must not be a way into it.
func TestLedgerKeepsItsOwn(t *testing.T) {
	l := NewLedger(7, members)
	audience := Audience{"bob"}
	e := add(t, l, Entry{Owner: "alice", Item: "subject", Audience: audience})
	audience[0] = Everyone
	e.Audience[0] = Everyone
	l.Entries()[0].Audience[0] = Everyone
	if l.Allowed(e.ID, "carol", time.Time{}, time.Time{}) {
		t.Error("an audience was changed from outside")
	}
}

func TestLedgerConcurrently(t *testing.T) {
	l := NewLedger(7, members)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 50 {
				e, err := l.Add(Entry{Owner: fmt.Sprint("user", i), Item: "subject"})
				if err != nil {
					t.Error(err)
					return
				}
				if got := l.ByText(e.Text); len(got) != 1 || got[0].ID != e.ID {
					t.Errorf("ByText(%q) = %v", e.Text, got)
				}
				if _, err := l.SetAudience(e.ID, Audience{Everyone}, time.Now()); err != nil {
					t.Error(err)
				}
				l.Allowed(e.ID, "bob", time.Time{}, time.Time{})
				l.Resolve(Token{})
			}
		})
	}
	group.Wait()
	if n := len(l.Entries()); n != 400 {
		t.Errorf("%d entries, want 400", n)
	}
}

// A declared picture is found by what it looks like, never by its file's name,
// and is the same in the run and judged from its record.
func TestLedgerPictures(t *testing.T) {
	of := func(seed uint64) *Print {
		p := PrintOf(pictures.Photo(seed))
		return &p
	}
	live := NewLedger(7, members)
	canary := add(t, live, Entry{Owner: "alice", Item: "photo", Picture: true})
	alice := add(t, live, Entry{Owner: "alice", Item: "face", Text: "a.png", Declared: true, Picture: true, Print: of(1)})
	bob := add(t, live, Entry{Owner: "bob", Item: "face", Text: "a.png", Declared: true, Picture: true, Print: of(2)})
	word := add(t, live, Entry{Owner: "carol", Item: "note", Text: "a.png", Declared: true})
	both := add(t, live, Entry{Owner: "carol", Item: "face", Text: "c.png", Declared: true, Picture: true, Print: of(2)})

	var written []Entry
	for _, e := range []Entry{canary, alice, bob, word, both} {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var read Entry
		if err := json.Unmarshal(line, &read); err != nil {
			t.Fatal(err)
		}
		written = append(written, read, read) // the second changes nothing
	}
	judged, err := FromEntries(7, members, written)
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*Ledger{"run": live, "judged": judged} {
		if diff := cmp.Diff([]Entry{alice}, l.ByPrint(*of(1))); diff != "" {
			t.Errorf("%s: ByPrint (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]Entry{bob, both}, l.ByPrint(*of(2))); diff != "" {
			t.Errorf("%s: ByPrint of a picture that two have (-want +got):\n%s", name, diff)
		}
		if got := l.ByPrint(*of(3)); len(got) > 0 {
			t.Errorf("%s: ByPrint of nobody's picture = %v", name, got)
		}
		if got := l.ByPrint(Print{}); len(got) > 0 {
			t.Errorf("%s: ByPrint of no print = %v", name, got)
		}
		if diff := cmp.Diff([]Entry{word}, l.ByText("a.png")); diff != "" {
			t.Errorf("%s: ByText of a file's name (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]Entry{canary}, l.ByText(canary.Text)); diff != "" {
			t.Errorf("%s: ByText of a picture canary (-want +got):\n%s", name, diff)
		}
		for viewer, want := range map[string]bool{"alice": false, "bob": true, "carol": true} {
			if got := l.Allowed(bob.ID, viewer, time.Time{}, time.Time{}); got != want {
				t.Errorf("%s: %s may see what bob and carol both have: %v, want %v", name, viewer, got, want)
			}
		}
	}
}
