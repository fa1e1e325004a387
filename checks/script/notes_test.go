package script

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// begun is when what is noted here began.
var begun = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

// passed is an exchange of one account, that was under way from one second to
// another.
func passed(from, to int, method, path, dest string, change ...func(*wire.Note)) wire.Note {
	u, err := url.Parse("http://mail.test" + path)
	if err != nil {
		panic(err)
	}
	n := wire.Note{
		Method: method, URL: u, Status: 200, Header: http.Header{"Sec-Fetch-Dest": {dest}}, Answer: http.Header{"Content-Type": {"text/html"}},
		Start: begun.Add(time.Duration(from) * time.Second), End: begun.Add(time.Duration(to) * time.Second),
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

func sending(media, body string) func(*wire.Note) {
	return func(n *wire.Note) { n.Header.Set("Content-Type", media); n.Body = []byte(body) }
}
func asking(name, value string) func(*wire.Note) {
	return func(n *wire.Note) { n.Header.Set(name, value) }
}
func answering(text string) func(*wire.Note) {
	return func(n *wire.Note) { n.Text = []byte(text) }
}
func headed(name, value string) func(*wire.Note) {
	return func(n *wire.Note) { n.Answer.Set(name, value) }
}

// onView makes a script of what two accounts did on a view.
func onView(want Wanted, viewer, owner []wire.Note) (*Script, string) {
	p := &plan.Plan{Target: "http://mail.test", Views: []plan.View{{Name: "list"}}}
	recording := func(account string, notes []wire.Note) Recording {
		values := map[string]string{"login": account, "name": account, "password": "its own " + account}
		return Recording{Account: account, Parts: []Deed{{Name: partView + "list", Values: values, Notes: notes}}}
	}
	s, why := Make(recording("alice", viewer), recording("bob", owner), p, want)
	return s, why.String()
}

// ofBoth makes a script of what two accounts did in the same way.
func ofBoth(want Wanted, notes ...wire.Note) (*Script, string) { return onView(want, notes, notes) }

// sid is the cookie of a session: the target gives both accounts the same.
const sid = "4f9a/1b7c6d8e2035aa"

// There is no script in which a credential would stand, wherever that is and
// however it is written.
func TestMakeTellsNoCredential(t *testing.T) {
	cookie := asking("Cookie", "lang=ko; sid="+sid)
	multi := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\nmy " + sid + "\r\n--b--\r\n"
	for name, n := range map[string]wire.Note{
		"query":                passed(0, 1, "GET", "/list?x="+sid, "document", cookie),
		"path":                 passed(0, 1, "GET", "/list/4f9a%2F1b7c6d8e2035aa", "document", cookie),
		"beside a lone sign":   passed(0, 1, "GET", "/list?a=100%&x=4f9a%2F1b7c6d8e2035aa", "document", cookie),
		"header":               passed(0, 1, "GET", "/list", "document", cookie, asking("X-Thing", sid)),
		"form":                 passed(0, 1, "POST", "/list", "document", cookie, sending(formType, "a=1&x=4f9a%2f1b7c6d8e2035aa")),
		"JSON":                 passed(0, 1, "POST", "/list", "document", cookie, sending("application/json", `{"a": "b", "x": "4f9a\/1b7c6d8e2035aa"}`)),
		"JSON in other digits": passed(0, 1, "POST", "/list", "document", cookie, sending("application/json", `{"x": "4f9a\u002f1b7c6d8e2035aa"}`)),
		"file":                 passed(0, 1, "POST", "/list", "document", cookie, sending(multipartType+"; boundary=b", multi)),
		"as it was set":        passed(0, 1, "GET", "/list/"+sid, "document", headed("Set-Cookie", "sid="+sid+"; Path=/")),
		"authorization":        passed(0, 1, "GET", "/list?x=abcdef", "document", asking("Authorization", "Bearer abcdef")),
	} {
		s, why := ofBoth(Wanted{}, n)
		if s != nil || !strings.Contains(why, "a credential would stand in what list sends") {
			t.Errorf("%s: %+v, %q", name, s, why)
		}
		if strings.Contains(why, sid) {
			t.Errorf("%s: it stands in %q", name, why)
		}
	}
	links := func(id string) []wire.Note {
		return []wire.Note{
			passed(0, 1, "GET", "/list", "document", cookie, answering(`<a href="/s/`+sid+`/m/`+id+`/">`)),
			passed(2, 3, "GET", "/message?id="+id, "document", cookie),
		}
	}
	if s, why := onView(Wanted{}, links("17"), links("8")); s != nil || !strings.Contains(why, "a credential would stand") {
		t.Errorf("where an answer has something: %+v, %q", s, why)
	}
}

// What came over a WebSocket or an event stream needs a page, whatever else there
// is; a picture does not.
func TestMakeBySurface(t *testing.T) {
	pages := []wire.Note{
		passed(0, 1, "GET", "/list", "document"),
		passed(1, 9, "GET", "/socket", "websocket", func(n *wire.Note) { n.Status = http.StatusSwitchingProtocols }),
		passed(1, 9, "GET", "/events", "empty", headed("Content-Type", "text/event-stream")),
		passed(1, 2, "GET", "/photo.png", "image", headed("Content-Type", "image/png")),
	}
	if s, why := ofBoth(Wanted{Surface: record.Stream}, pages...); s != nil || why != "it came over a stream, which a page has to open" {
		t.Errorf("a stream: %+v, %q", s, why)
	}
	// So it is told when nothing else could be made of it either.
	if _, why := onView(Wanted{Surface: record.Stream}, pages, append(pages, passed(3, 4, "POST", "/seen", "empty"))); why != "it came over a stream, which a page has to open" {
		t.Errorf("a stream, of two that differ: %q", why)
	}
	for surface, want := range map[string][]string{record.Text: {"/list"}, record.Picture: {"/list", "/photo.png"}} {
		s, why := ofBoth(Wanted{Surface: surface}, pages...)
		if s == nil {
			t.Errorf("%s: %s", surface, why)
			continue
		}
		var got []string
		for _, r := range s.Views["list"] {
			got = append(got, r.URL)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: it asks for %q, want %q", surface, got, want)
		}
	}
	if s, why := ofBoth(Wanted{Surface: record.Text}, pages[3]); s != nil || why != "the view list asks the target for nothing that brings data" {
		t.Errorf("a picture alone, for a text: %+v, %q", s, why)
	}
}

// A request that takes something from an answer comes after it, and what is left
// out is not what another goes beside.
func TestMakeBeside(t *testing.T) {
	visit := func(id, own string) []wire.Note {
		return []wire.Note{
			passed(0, 1, "GET", "/list", "document", answering(`<input name=id value="`+id+`">`)),
			passed(2, 9, "GET", "/ping?mine="+own, "empty"), // which is left out
			passed(3, 9, "GET", "/api/a?id="+id, "empty"),
			passed(4, 5, "GET", "/api/b", "empty", answering(`{"next": "n`+id+`"}`)),
			passed(6, 7, "GET", "/api/c?next=n"+id, "empty"),
			passed(6, 7, "GET", "/api/d", "empty"),
		}
	}
	s, why := onView(Wanted{}, visit("17", "one"), visit("8", "another"))
	if s == nil {
		t.Fatal(why)
	}
	var got []string
	for _, r := range s.Views["list"] {
		got = append(got, fmt.Sprint(r.URL, " ", r.Beside))
	}
	want := []string{"/list false", "/api/a?id={{capture id}} false", "/api/b true", "/api/c?next={{capture next}} false", "/api/d true"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// What was looked for in vain for a request that is left out is in no script.
func TestMakePrunes(t *testing.T) {
	visit := func(id string) []wire.Note {
		return []wire.Note{
			passed(0, 1, "GET", "/list", "document", answering(`<input name=id value="`+id+`">`)),
			passed(2, 3, "GET", "/ping?id="+id+"&mine=my"+id, "empty"),
		}
	}
	s, why := onView(Wanted{}, visit("17"), visit("8"))
	if s == nil {
		t.Fatal(why)
	}
	if r := s.Views["list"]; len(r) != 1 || len(r[0].Captures) > 0 {
		t.Errorf("%+v", r)
	}
}

// A view may ask for more than can be held against each other, and change
// something with the last of it.
func TestMakeLeavesOutNoChange(t *testing.T) {
	var many []wire.Note
	for i := range mostAligned {
		many = append(many, passed(i, i+1, "GET", "/list", "document"))
	}
	if s, why := ofBoth(Wanted{}, many...); s == nil {
		t.Fatal(why)
	}
	if s, why := ofBoth(Wanted{}, append(many, passed(mostAligned, mostAligned+1, "POST", "/move", "document"))...); s != nil {
		t.Errorf("made one of %d requests: %s", len(s.Views["list"]), why)
	}
}

// Whatever a page sends, the search for where it comes from ends.
func TestMakeIsBounded(t *testing.T) {
	visit := func(digit string) []wire.Note {
		list := "[" + strings.Repeat(digit+",", 100_000) + digit + "]"
		return []wire.Note{
			passed(0, 1, "GET", "/list", "document", answering(list), headed("Content-Type", "application/json")),
			passed(2, 3, "POST", "/list", "document", sending("application/json", list)),
		}
	}
	viewer, owner := visit("1"), visit("2")
	if s, why := onView(Wanted{}, viewer, owner); s != nil || !strings.Contains(why, "of its own") {
		t.Errorf("%+v, %s", s, why)
	}
	owner[0].Text = viewer[0].Text // so that it is found nowhere
	if s, why := onView(Wanted{}, viewer, owner); s != nil || !strings.Contains(why, "of its own") {
		t.Errorf("%+v, %s", s, why)
	}
}

// A form may have room for a file that nobody chose.
func TestMakeEmptyFile(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\n b\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"
	s, why := ofBoth(Wanted{}, passed(0, 1, "POST", "/list", "document", sending(multipartType+"; boundary=b", form)))
	if s == nil {
		t.Fatal(why)
	}
	body, media, err := s.Views["list"][0].body(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	_, boundary, _ := strings.Cut(media, "boundary=")
	if got := strings.ReplaceAll(body, boundary, "b"); got != form {
		t.Errorf("%q, want %q", got, form)
	}
}
