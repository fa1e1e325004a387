package sight

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/marker"
)

const thisRun = 7

// people is a small ledger with the traps in it: names inside names, short
// names, a name that two have.
func people(t testing.TB) *marker.Ledger {
	t.Helper()
	l := marker.NewLedger(thisRun, []marker.Member{{Name: "alice"}, {Name: "bob"}})
	for _, e := range []marker.Entry{
		{Owner: "alice", Item: "subject"},
		{Owner: "bob", Item: "subject"},
		{Owner: "alice", Item: "name", Text: "김민수", Declared: true},
		{Owner: "bob", Item: "name", Text: "김민", Declared: true},
		{Owner: "carol", Item: "name", Text: "민수정", Declared: true},
		{Owner: "alice", Item: "given", Text: "Kim", Declared: true},
		{Owner: "bob", Item: "given", Text: "Kim Lee", Declared: true},
		{Owner: "alice", Item: "id", Text: "1042", Declared: true},
		{Owner: "alice", Item: "mail", Text: "alice@example.test", Declared: true},
		{Owner: "alice", Item: "team", Text: "<R&D> \"A\"", Declared: true},
		{Owner: "bob", Item: "team", Text: "<R&D> \"A\"", Declared: true},
		{Owner: "alice", Item: "face", Text: "😀수", Declared: true},
		{Owner: "alice", Item: "address", Text: "서울특별시 강남구\n역삼동", Declared: true},
	} {
		if _, err := l.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func finder(t testing.TB, l *marker.Ledger) *Finder {
	t.Helper()
	f, err := NewFinder(l)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// show writes a match as "owner's item [cut] [earlier] [(wrapping)]".
func show(matches []Match) []string {
	shown := []string{}
	for _, m := range matches {
		s := m.Owner + "'s " + m.Item
		if m.Cut {
			s += " cut"
		}
		if m.Earlier {
			s += " earlier"
		}
		if m.Wrapping != nil {
			s += " (" + strings.Join(m.Wrapping, " ") + ")"
		}
		shown = append(shown, s)
	}
	return shown
}

func TestFind(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	bob := marker.Mint("bob", "subject", 1, thisRun)
	none := []string{}
	for _, test := range []struct {
		why, media, body string
		want             []string
	}{
		{"nothing", "text/html", "", none},
		{"a canary", "text/html", "<b>" + alice + "</b>", []string{"alice's subject"}},
		{"twice is once", "text/html", alice + " " + alice, []string{"alice's subject"}},
		{"two", "text/html", alice + " " + bob, []string{"alice's subject", "bob's subject"}},
		{"in capitals", "text/html", strings.ToUpper(alice), []string{"alice's subject (case)"}},
		{"glued into a longer word, as in a slug", "text/html", "re" + alice + "2026", []string{"alice's subject"}},
		{"behind a false beginning", "text/html", "qqznqz" + alice, []string{"alice's subject"}},
		{"one character wrong", "text/html", alice[:19] + "!", []string{"alice's subject cut"}},
		{"of an earlier run", "text/html", marker.Mint("bob", "subject", 2, 3), []string{"bob's subject earlier"}},
		{"of nobody we know", "text/html", marker.Mint("zoe", "subject", 1, 3), []string{"'s  earlier"}},

		{"cut short with an ellipsis", "text/html", alice[:14] + "…", []string{"alice's subject cut"}},
		{"cut short with dots", "text/html", alice[:12] + "...", []string{"alice's subject cut"}},
		{"cut short by the end", "text/html", alice[:12], []string{"alice's subject cut"}},
		{"cut short by a tag", "text/html", alice[:13] + "</td>", []string{"alice's subject cut"}},
		{"cut shorter than that proves nothing", "text/html", alice[:11] + "…", none},
		{"cut short, going on as another word", "text/html", alice[:12] + "0000000000", none},
		{"whole behind its own beginning", "text/html", alice[:15] + "… " + alice, []string{"alice's subject cut", "alice's subject"}},
		{"its own beginning behind the whole", "text/html", alice + " " + alice[:15] + "…", []string{"alice's subject"}},

		{"a Korean name", "text/html", "<p>김민수님</p>", []string{"alice's name"}},
		{"a name within that name", "text/html", "<p>김민님</p>", []string{"bob's name"}},
		{"both, apart", "text/html", "김민, 김민수", []string{"bob's name", "alice's name"}},
		{"a longer word that is nobody's cannot be told", "text/html", "김민지", []string{"bob's name"}},
		{"names that overlap: neither covers the other", "text/html", "김민수정", []string{"alice's name", "carol's name"}},
		{"an English name", "text/html", "<p>Kim</p>", []string{"alice's given"}},
		{"an English name inside a word", "text/html", "Kimono, aKim, 7Kim", none},
		{"Korean is no neighbour of English", "text/html", "안녕Kim님", []string{"alice's given"}},
		{"a longer name covers it", "text/html", "Dear Kim Lee!", []string{"bob's given"}},
		{"a longer name that goes on does not", "text/html", "Dear Kim Leeds!", []string{"alice's given"}},
		{"an id", "text/html", "/user/1042/", []string{"alice's id"}},
		{"an id in a price or a time stamp", "text/html", "21042 10420 17951042331 x1042 1042x", none},
		{"an address within an address", "text/html", "malice@example.test alice@example.tests", none},
		{"a text of two owners", "text/plain", `at <R&D> "A" today`, []string{"alice's team", "bob's team"}},

		{"named references", "text/html", "&lt;R&amp;D&gt; &quot;A&quot;", []string{"alice's team (html)", "bob's team (html)"}},
		{"decimal references, as old Korean services write them", "text/html; charset=euc-kr", "&#44608;&#48124;&#49688;", []string{"alice's name (html)"}},
		{"hexadecimal references in SVG", "image/svg+xml", "<text>&#xAE40;&#xbbfc;</text>", []string{"bob's name (html)"}},
		{"a canary spelled in references", "text/html", "&#" + fmt.Sprint(alice[0]) + ";" + alice[1:], []string{"alice's subject (html)"}},
		{"raw and unwrapped at other places", "text/html", "김민수 &#44608;민수", []string{"alice's name", "alice's name (html)"}},
		{"not unwrapped is not wrapped", "text/html", "&amp; 김민수 &amp;김민수&amp;", []string{"alice's name"}},
		{"a reference makes an edge", "text/html", "&nbsp;Kim&nbsp;", []string{"alice's given"}},
		{"a reference without semicolon hides the edge", "text/html", "&#32Kim", []string{"alice's given (html)"}},
		{"references, whatever the type says", "image/png", "&#44608;&#48124;", []string{"bob's name (html)"}},

		{"escapes", "application/json; charset=utf-8", `{"name":"\uae40\uBBFC\uc218"}`, []string{"alice's name (json)"}},
		{"a surrogate pair", "application/json", `"\ud83d\ude00\uc218"`, []string{"alice's face (json)"}},
		{"half of a surrogate pair is nothing", "application/json", `"\ud83d\uae40\ubbfc"`, []string{"bob's name (json)"}},
		{"an escaped line", "application/json", `"서울특별시 강남구\n역삼동"`, []string{"alice's address (json)"}},
		{"a number of an escape hides the edge", "application/json", `"dear\u000aKim\u0009Leo"`, []string{"alice's given (json)"}},
		{"a user of a Windows domain has no shorter name", "text/html", `CORP\nKim`, none},
		{"an escaped backslash and an n are no new line", "application/json", `"\\nKim"`, none},
		{"escaped markup", "application/problem+json", `"\u003cR\u0026D\u003e \"A\""`, []string{"alice's team (json)", "bob's team (json)"}},
		{"an inline script", "text/html", `<script>var me = "\uAE40\u{BBFC}\xA0"</script>`, []string{"bob's name (json)"}},
		{"JSON that calls itself plain text", "text/plain", `"\uae40\ubbfc"`, []string{"bob's name (json)"}},
		{"JSON that calls itself nothing", "", `"\uae40\ubbfc"`, []string{"bob's name (json)"}},

		{"state in an attribute", "text/html", `<div data-page="{&quot;name&quot;:&quot;\uae40\ubbfc&quot;}">`, []string{"bob's name (json)"}},
		{"escapes spelled in references", "text/html", `&#92;uae40&#92;ubbfc`, []string{"bob's name (html json)"}},
		{"JSON in JSON", "application/json", `"{\"name\":\"\\uae40\\ubbfc\"}"`, []string{"bob's name (json json)"}},
		{"references in escaped markup", "application/json", `"\u003cb\u003e\u0026#44608;\u0026#48124;\u003c/b\u003e"`, []string{"bob's name (json html)"}},
		{"a feed: markup in markup", "application/rss+xml", `&lt;b&gt;&amp;#44608;&amp;#48124;&lt;/b&gt;`, []string{"bob's name (html html)"}},
	} {
		got := finder(t, people(t)).Find(test.media, []byte(test.body))
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.why, test.body, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	l := people(t)
	alice := marker.Mint("alice", "subject", 1, thisRun)
	got := finder(t, l).Find("text/html", []byte("&amp;&amp;<b>&#44608;민수</b> "+strings.ToUpper(alice)))
	name, subject := l.ByText("김민수")[0], l.ByText(alice)[0]
	want := []Match{
		{Entry: subject, Owner: "alice", Item: "subject", Text: strings.ToUpper(alice), Wrapping: []string{"case"}, Offset: 32, End: 52},
		{Entry: name, Owner: "alice", Item: "name", Text: "김민수", Wrapping: []string{"html"}, Offset: 13, End: 27},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}

// Canaries are planted after the finder was made.
func TestFindCanaryAddedLater(t *testing.T) {
	l := people(t)
	f := finder(t, l)
	e, err := l.Add(marker.Entry{Owner: "alice", Item: "line", Audience: marker.Audience{marker.Everyone}})
	if err != nil {
		t.Fatal(err)
	}
	got := f.Find("", []byte(e.Text))
	if len(got) != 1 || !cmp.Equal(got[0].Entry, e) {
		t.Errorf("matches %+v, want one of %+v", got, e)
	}
}

// A text that the whole company shares is no reason for a record to explode.
func TestFindManyOwners(t *testing.T) {
	l := marker.NewLedger(thisRun, nil)
	for i := range 3 * maxOwners {
		if _, err := l.Add(marker.Entry{Owner: fmt.Sprint("user", i), Item: "company", Text: "한빛상사", Declared: true}); err != nil {
			t.Fatal(err)
		}
	}
	if got := finder(t, l).Find("", []byte("한빛상사")); len(got) != maxOwners {
		t.Errorf("%d matches, want %d", len(got), maxOwners)
	}
}

// A page may make up canaries without end; those of the ledger still count.
func TestFindManyMadeUp(t *testing.T) {
	var body strings.Builder
	for i := range 2 * maxEarlier {
		body.WriteString(marker.Mint(fmt.Sprint("made up ", i), "subject", 1, 3) + " ")
	}
	body.WriteString(marker.Mint("alice", "subject", 1, thisRun))
	got := finder(t, people(t)).Find("", []byte(body.String()))
	if len(got) != maxEarlier+1 || got[maxEarlier].Owner != "alice" || got[maxEarlier].Earlier {
		t.Errorf("%d matches, want %d and alice's at last", len(got), maxEarlier+1)
	}
}

func TestNewFinderRefusesTooMany(t *testing.T) {
	l := marker.NewLedger(thisRun, nil)
	for i := range maxHeads + 1 {
		if _, err := l.Add(marker.Entry{Owner: "alice", Item: "id", Text: strconv.FormatInt(int64(i)+36*36*36, 36), Declared: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewFinder(l); err == nil {
		t.Error("no error")
	}
}

// TestFindAgainstPlainSearch holds the heads and their groups against looking
// for every marker everywhere.
func TestFindAgainstPlainSearch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	// Few letters and many lengths make markers that begin, end and stand in
	// each other.
	letters := []rune("가나다 -")
	word := func(n int) string {
		b := make([]rune, n)
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return strings.Join(strings.Fields(string(b)), " ")
	}
	for range 200 {
		l := marker.NewLedger(thisRun, nil)
		texts := map[string]bool{}
		for range 20 {
			text := word(1 + random.IntN(9))
			if text == "" || texts[text] {
				continue
			}
			texts[text] = true
			if _, err := l.Add(marker.Entry{Owner: text, Item: "name", Text: text, Declared: true}); err != nil {
				t.Fatal(err)
			}
		}
		body := word(60)
		want := map[string]bool{}
		for text := range texts {
			for i := range len(body) {
				if strings.HasPrefix(body[i:], text) && !inLonger(texts, body, i, i+len(text)) {
					want[text] = true
				}
			}
		}
		got := map[string]bool{}
		for _, m := range finder(t, l).Find("image/png", []byte(strings.ReplaceAll(body, " ", "\u00a0\n "))) {
			got[m.Entry.Text] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", body, diff)
		}
	}
}

// inLonger reports whether body[from:to] is inside a longer text.
func inLonger(texts map[string]bool, body string, from, to int) bool {
	for text := range texts {
		for i := max(0, to-len(text)); i <= from; i++ {
			if len(text) > to-from && strings.HasPrefix(body[i:], text) {
				return true
			}
		}
	}
	return false
}
