package browser

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

var inBase64 = base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><text>mark-one</text></svg>`))

// TestWhatAPageHolds has one page for each place in a document.
func TestWhatAPageHolds(t *testing.T) {
	tests := []struct {
		name, page string
		want       []string
	}{
		{"inline", `<p>ma<b>rk-</b>one</p><table><tr><td>mark-</td><td>two</td></tr></table>`, []string{"text  mark-one"}},
		{"drawn", `<svg><text y=20>mark-one</text></svg>`, []string{"text  mark-one"}},
		{"edited", `<div contenteditable>mark-one</div>`, []string{"text  mark-one"}},
		{"frame", `<iframe src="/frame/sub?x=mark-two"></iframe>`, []string{"text /frame/sub mark-one", "title  mark-two", "attribute iframe[src] mark-two"}},
		{"otherframe", `<iframe src="http://localhost:PORT/frame/sub"></iframe>`, []string{"text /frame/sub mark-one", "title  mark-two"}},
		{"sandbox", `<iframe sandbox src="/frame/sub"></iframe>`, []string{"text /frame/sub mark-one", "title  mark-two"}},
		{"srcdoc", `<iframe srcdoc="<p>mark-one</p>"></iframe>`, []string{"text about: mark-one", "attribute iframe[srcdoc] mark-one"}},
		{"dataframe", `<iframe src="data:text/html,<p>mark-one</p>"></iframe>`, []string{"text data: mark-one", "blob iframe[src] mark-one"}},
		{"object", `<object data="/frame/sub" type="text/html"></object>`, []string{"text /frame/sub mark-one", "title  mark-two"}},

		{"display", `<p style="display:none">ma<b>rk-one</b></p>`, []string{"hidden p mark-one"}},
		{"hidden", `<p id=x hidden>mark-one</p>`, []string{"hidden p#x mark-one"}},
		{"cells", `<table hidden><tr><td>mark-</td><td>one</td></tr><tr><td>mark-two</td></tr></table>`, []string{"hidden table mark-two"}},
		{"visibility", `<p style="visibility:hidden">mark-one <b style="visibility:visible">mark-two</b></p>`, []string{"hidden p mark-one", "text  mark-two"}},
		{"invisible", `<p style="visibility:hidden">ma<b>rk-one</b></p>`, []string{"hidden p mark-one"}},
		{"opacity", `<p>mark-two</p><p style="opacity:0">mark-one</p>`, []string{"hidden p mark-one", "text  mark-two"}},
		{"offscreen", `<div>mark-two <b id=x style="position:absolute;left:-9999px">mark-one</b></div>`, []string{"hidden b#x mark-one", "text  mark-two"}},
		{"clipped", `<p style="position:absolute;width:1px;height:1px;overflow:hidden">mark-one</p>`, []string{"hidden p mark-one"}},
		{"below", `<p style="margin-top:9999px">mark-one</p><script>scrollTo(0, 9999)</script><i>mark-two</i>`, []string{"text  mark-one", "text  mark-two"}},
		{"rtl", `<html dir=rtl><div style="width:9999px"><p style="position:absolute;right:5000px">mark-one</p></div>`, []string{"text  mark-one"}},
		{"template", `<template id=x><p>mark-one</p><template>mark-two</template></template>`, []string{"hidden template#x mark-one", "hidden template#x mark-two"}},
		{"noscript", `<noscript><p>mark-one</p></noscript>`, []string{"hidden noscript mark-one"}},
		{"comment", `<!-- mark-one --><p>x</p><!-- mark-two -->`, []string{"hidden comment mark-one", "hidden comment mark-two"}},
		{"details", `<details><summary>mark-two</summary>mark-one <p id=x>mark-three</p></details>`, []string{"text  mark-two", "hidden details mark-one", "hidden p#x mark-three"}},
		{"dialog", `<dialog>mark-one</dialog>`, []string{"hidden dialog mark-one"}},
		{"fallback", `<canvas>mark-one</canvas><video>mark-two</video>`, []string{"hidden canvas mark-one", "hidden video mark-two"}},
		{"slotted", `<div id=x>mark-one<b>mark-two</b></div><script>x.attachShadow({mode: 'open'}).innerHTML = 'a'</script>`, []string{"hidden div#x mark-one", "hidden b mark-two"}},
		{"darkframe", `<iframe hidden src="/frame/sub"></iframe>`, []string{"hidden html mark-one", "title  mark-two"}},
		{"body", `<body style="display:none">mark-one`, []string{"hidden body mark-one"}},

		{"title", `<title>mark-one</title>`, []string{"title  mark-one"}},
		{"attributes", `<img alt="mark-one"><meta name=user content="mark-two"><a data-user="mark-three" href="/mark-four">x</a>`,
			[]string{"attribute img[alt] mark-one", "attribute meta[content] mark-two", "attribute a[data-user] mark-three", "attribute a[href] mark-four"}},
		{"placeholder", `<input placeholder="mark-one" aria-label="mark-two">`, []string{"attribute input[placeholder] mark-one", "attribute input[aria-label] mark-two"}},

		{"fields", `<input name=a value="mark-one"><input id=b type=hidden value="mark-two"><textarea>mark-three</textarea>
			<select name=s><option>none<option value="mark-four">other</select>`,
			[]string{"form a mark-one", "form b mark-two", "form textarea mark-three", "form s mark-four"}},
		{"set", `<input id=a><textarea id=b>mark-two</textarea><script>a.value = 'mark-' + 'one'; b.value = ''</script>`, []string{"form a mark-one", "form b mark-two"}},
		{"passwords", `<input type=password value="mark-one"><input autocomplete="current-password" value="mark-two">`, nil},

		{"state", `<script id=state type="application/json">{"user": "\u006dark-one"}</script>`, []string{"script state mark-one"}},
		{"scripts", `<script>const user = 'mark-one'</script><script type=importmap>{"imports": {"mark-two": "/x"}}</script><script type=speculationrules>{"mark-three": []}</script>`,
			[]string{"script script mark-one", "script importmap mark-two", "script speculationrules mark-three"}},

		{"before", `<style id=s>p::before { content: "mark-one" } .x::after { content: attr(data-x) } li::marker { content: "mark-three" }</style><p></p><b class=x data-x="mark-two">b</b><li>l</li>`,
			[]string{"style p::before mark-one", "style b::after mark-two", "style li::marker mark-three", "style style#s mark-one", "style style#s mark-three", "attribute b[data-x] mark-two"}},
		{"in a condition", `<style>@media screen { @supports (color: red) { p:after { content: "mark-one" } } }</style><p></p>`,
			[]string{"style p::after mark-one", "style style mark-one"}},
		{"in another rule", `<style>p { color: red; &::before { content: "mark-one" } }</style><p></p>`,
			[]string{"style p::before mark-one", "style style mark-one"}},
		{"linked", `<link rel=stylesheet href=/sheet><p>x</p>`, []string{"style p::before mark-one"}},
		{"imported", `<style>@import "/sheet";</style><p>x</p>`, []string{"style p::before mark-one"}},
		{"parts", `<style>b::part(x)::before { content: "mark-one" }</style><b></b><p id=x><i></i></p><script>
			const root = x.attachShadow({mode: 'open'}); root.innerHTML = '<u part=x></u><slot></slot><style>:host::after { content: "mark-' + 'two" } ::slotted(i)::before { content: "mark-' + 'three" }</style>'</script>`,
			[]string{"style style mark-one", "style style mark-two", "style style mark-three", "style p#x::after mark-two", "style i::before mark-three"}},
		{"property", `<style>:root { --user: "mark-one" }</style><p style='--me: "mark-two"'>x</p>`, []string{"style style mark-one", "attribute p[style] mark-two"}},
		{"inserted", `<style></style><script>document.styleSheets[0].insertRule('p { --x: mark-' + 'one }')</script>`, []string{"style style mark-one"}},
		{"changed", `<style>p { color: red }</style><script>document.styleSheets[0].insertRule('p { --x: mark-' + 'one }')</script>`, []string{"style style mark-one"}},
		{"adopted", `<script>const sheet = new CSSStyleSheet(); sheet.replaceSync('p { --x: mark-' + 'one }'); document.adoptedStyleSheets = [sheet]</script>`, []string{"style adopted mark-one"}},

		{"history", `<script>history.replaceState({user: {name: 'mark-' + 'one'}, of: new Map([['mark-' + 'two', 1]])}, '')</script>`, []string{"history  mark-one", "history  mark-two"}},
		{"window", `<script>window.name = 'mark-' + 'one'; navigation.updateCurrentEntry({state: 'mark-' + 'two'})</script>`, []string{"history window.name mark-one", "history navigation mark-two"}},

		{"data", `<img src="data:image/svg+xml;base64,` + inBase64 + `"><a href="data:text/plain,` + url.PathEscape("mark-two mark-three") + `">x</a>`,
			[]string{"blob img[src] mark-one", "blob a[href] mark-two", "blob a[href] mark-three"}},
		{"charset", `<a href="data:text/plain;charset=utf-8;base64,bWFyay1vbmU">x</a><a href="data:,mark-two%ZZ">x</a><a href="data:;base64,!mark-three">x</a>`,
			[]string{"blob a[href] mark-one", "blob a[href] mark-two", "blob a[href] mark-three"}},
		{"background", `<style>p { background: url("data:text/plain,mark-one") }</style><p style="background: url(data:text/plain,mark-two)">x</p>`,
			[]string{"blob style mark-one", "blob p[style] mark-two", "style style mark-one", "attribute p[style] mark-two"}},
		{"blob", `<a id=x>x</a><script>x.href = URL.createObjectURL(new Blob(['mark-' + 'one'], {type: 'text/plain'}))</script>`, []string{"blob a[href] mark-one"}},
		{"cookies", `<script>document.cookie = 'who=mark-' + 'one'</script>`, []string{"cookie who mark-one", "cookie held mark-two"}},
	}
	pages := map[string]string{"/frame/sub": `<title>mark-two</title><p>mark-one</p>`}
	for _, tt := range tests {
		pages["/"+tt.name] = tt.page
	}
	site := newSite(t, pages, map[string]http.HandlerFunc{
		"/sheet": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, `p::before { content: "mark-one" }`)
		},
	})
	marks := []string{"mark-one", "mark-two", "mark-three", "mark-four"}
	d := started(t, planOf(site.URL), known(t, marks...))
	s := opened(t, d, 0)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "data" { // the tab has a name now
				s = opened(t, d, 0)
			}
			if tt.name == "cookies" {
				site.cookies(t, s, &http.Cookie{Name: "held", Value: "mark-two", HttpOnly: true})
			}
			o := looking(t, s, "/"+tt.name)
			if !strings.HasPrefix(strings.Join(tt.want, ""), "script") {
				o.Sightings = slices.DeleteFunc(o.Sightings, func(s record.Sighting) bool { return s.Surface == record.Script })
			}
			wantFound(t, o, tt.want...)
			if len(o.Missed) > 0 {
				t.Errorf("missed %v", o.Missed)
			}
		})
	}
	// The same pages with nothing of anybody's, and that counts as looked at.
	twin := newSite(t, clean(pages), nil)
	d = started(t, planOf(twin.URL), known(t, marks...))
	s = opened(t, d, 0)
	for _, tt := range tests {
		o := looking(t, s, "/"+tt.name)
		if wantFound(t, o); len(o.Looked) == 0 {
			t.Errorf("%s: nothing was looked at", tt.name)
		}
	}
}

// clean takes the marks out of pages, however they are written.
func clean(pages map[string]string) map[string]string {
	cleaned, none := map[string]string{}, strings.NewReplacer("mark-", "no-", "rk-", "no-", `\u006dark-`, "no-", inBase64, "bm8", "bWFyay1vbmU", "bm8")
	for path, page := range pages {
		cleaned[path] = none.Replace(page)
	}
	return cleaned
}

// cookies has the site set cookies.
func (s *site) cookies(t *testing.T, session *Session, cookies ...*http.Cookie) {
	t.Helper()
	s.mu.Lock()
	s.sets = cookies
	s.mu.Unlock()
	if err := session.do(t, plan.Goto, "/cookies"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.sets = nil
	s.mu.Unlock()
}

// The amounts are what a report says of where it looked.
func TestAmounts(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":      `<title>page</title><p>text</p><iframe src=/frame></iframe><iframe src="http://localhost:PORT/frame"></iframe><p hidden>x</p><b hidden>yy</b>`,
		"/frame": `<p>text</p>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	o := looking(t, s, "/")
	for surface, want := range map[string]record.Amount{
		record.Text: {Items: 3, Bytes: 12}, record.Hidden: {Items: 2, Bytes: 3}, record.Title: {Items: 1, Bytes: 4}, record.Database: {},
	} {
		if got := o.Looked[surface]; got != want {
			t.Errorf("%s: looked at %+v, want %+v", surface, got, want)
		}
	}
}

// A page may call its elements whatever it likes, and do what it likes to what
// it finds in its own world.
func TestHostilePages(t *testing.T) {
	names := "attributes childNodes parentNode nodeType localName tagName id textContent innerText querySelector querySelectorAll shadowRoot contains getBoundingClientRect checkVisibility ownerDocument body title defaultView documentElement URL createTreeWalker createRange adoptedStyleSheets notmine forms scripts"
	var inForm, inDocument strings.Builder
	for _, name := range strings.Fields(names) {
		fmt.Fprintf(&inForm, "<input name=%s>", name)
		fmt.Fprintf(&inDocument, "<img name=%s id=%s><form name=%s></form>", name, name, name)
	}
	var elements strings.Builder
	for _, name := range strings.Fields("constructor x-y __proto__ tostring valueof hasownproperty then") {
		fmt.Fprintf(&elements, "<%s %s=x>x</%s>", name, name, name)
	}
	site := newSite(t, map[string]string{
		"/form":     `<form hidden>` + inForm.String() + `mark-one</form><p id=end>mark-two</p>`,
		"/document": inDocument.String() + `<p hidden>mark-one</p><p id=end>mark-two</p>`,
		"/elements": elements.String() + `<p hidden>mark-one</p><p id=end>mark-two</p>`,
		"/world": `<p hidden>mark-one</p><p id=end>mark-two</p><script>
			for (const type of [Object, Array, String, Set, Map, Promise, Node, Element, HTMLElement, Document, RegExp, JSON, Storage, IDBFactory])
				for (const name of Object.getOwnPropertyNames(type.prototype ?? type)) {
					try { Object.defineProperty(type.prototype ?? type, name, {get() { throw new Error('no') }, set() { throw new Error('no') }}) } catch {}
				}</script>`,
		"/getters": `<p hidden>mark-one</p><p id=end>mark-two</p><script>
			Object.defineProperty(Object.prototype, 'toJSON', {get() { throw new Error('no') }});
			Object.defineProperty(document, 'title', {get() { for (;;); }});
			window.notmine = new Proxy({}, {get() { throw new Error('no') }});
			history.replaceState(null, '');
			Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }});</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-one", "mark-two")), 0)
	for path, hidden := range map[string]string{"/form": "form", "/document": "p", "/elements": "p", "/world": "p", "/getters": "p"} {
		t.Run(path[1:], func(t *testing.T) {
			o, err := s.looked(t.Context(), plan.View{Name: path, Steps: stepsOf(plan.Goto, path, plan.Wait, "#end")})
			if err != nil {
				t.Fatal(err)
			}
			wantFound(t, o, "hidden "+hidden+" mark-one", "text  mark-two")
		})
	}
}

// A page of 100,000 nodes is read to its end, and what there is too much of is
// said.
func TestGiantPage(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<style>i::before { content: "x" }</style><p>mark-begin</p><div id=all></div><b hidden>mark-end</b><script>
		const all = document.querySelector('#all'), parts = [];
		for (let n = 0; n < 33000; n++) parts.push('<div class="row"><a href="/' + n + '">' + n + '</a></div>');
		all.innerHTML = parts.join('')</script>`}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-begin", "mark-end")), 0)
	o := looking(t, s, "/")
	wantFound(t, o, "text  mark-begin", "hidden b mark-end")
	var missed []string
	for _, m := range o.Missed {
		missed = append(missed, m.Surface+" "+m.Why)
	}
	wantLines(t, missed, []string{
		"style more than 20000 elements",
		"text more than 10000 elements that may have a closed shadow tree",
	})
	var seen seen
	start := time.Now()
	if err := s.run(t.Context(), &seen, "look", question{Compare: []string{}, Limit: pageLimit}); err != nil {
		t.Fatal(err)
	}
	t.Logf("look took %v", time.Since(start))
	start = time.Now()
	s.shadows(t.Context(), s.id, s.world.id, seen.Hosts)
	t.Logf("shadows took %v", time.Since(start))
}
