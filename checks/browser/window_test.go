package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

func TestWindows(t *testing.T) {
	page := mixed + `<a id=tab href=/tab target=_blank>tab</a><form id=form action=/form target=_blank></form><iframe src="http://localhost:PORT/opens"></iframe><script>
const opened = open('/popup', 'popup', 'width=300,height=200');
open('/alone', '_blank', 'noopener');
const written = open(''); written.document.write('<p>' + mark('written') + '</p>'); written.document.close();
const built = open('about:blank'); built.document.body.textContent = mark('built');
opened.alert(mark('dialog of another'));
document.querySelector('#tab').click();
document.querySelector('#form').submit();
open('/closes');
print();
onload = () => { globalThis.done = true };
</script>`
	inner := mixed + `<title>` + `</title><p hidden></p><input><iframe src=/inside></iframe><script>
document.title = mark('title'); document.querySelector('p').textContent = mark('hidden'); document.querySelector('input').value = mark('value');
document.body.append(mark('text')); console.log(mark('console of a popup')); alert(mark('dialog of a popup')); print();
</script>`
	pages := map[string]string{
		"/":         page,
		"/popup":    inner,
		"/inside":   mixed + `<p></p><script>document.querySelector('p').textContent = mark('inside')</script>`,
		"/alone":    mixed + `<p></p><script>document.querySelector('p').textContent = mark('alone')</script>`,
		"/tab":      mixed + `<p></p><script>document.querySelector('p').textContent = mark('tab')</script>`,
		"/form":     mixed + `<p></p><script>document.querySelector('p').textContent = mark('form')</script>`,
		"/opens":    `<script>open('/of-frame')</script>`,
		"/of-frame": mixed + `<p></p><script>document.querySelector('p').textContent = mark('frame')</script>`,
		"/closes":   `<script>close()</script>`,
	}
	twins := map[string]string{}
	for path, page := range pages {
		twins["/twin"+path] = strings.NewReplacer("mark('", "String('", "'/popup'", "'/twin/popup'", "'/alone'", "'/twin/alone'", "=/tab", "=/twin/tab", "=/form", "=/twin/form",
			"/opens", "/twin/opens", "/of-frame", "/twin/of-frame", "=/inside", "=/twin/inside").Replace(page)
	}
	for path, page := range twins {
		pages[path] = page
	}
	site := newSite(t, pages, nil)
	want := []string{"/popup mark-title", "/popup mark-text", "/popup mark-value", "/popup mark-inside", "/alone mark-alone", "/tab mark-tab", "/form mark-form", "/of-frame mark-frame",
		"about: mark-written", "about: mark-built"}
	texts := []string{"mark-dialog of another", "mark-console of a popup", "mark-dialog of a popup", "mark-hidden"}
	for _, line := range want {
		_, text, _ := strings.Cut(line, " ")
		texts = append(texts, text)
	}
	d := started(t, planOf(site.URL), known(t, texts...))
	s := opened(t, d, 0)
	o := s.looksAt(t, "/")
	got := slices.DeleteFunc(at(o, record.Popup), func(line string) bool { return line == "/popup mark-hidden" })
	slices.Sort(want)
	same(t, "what windows showed", fmt.Sprintf("%q", want), fmt.Sprintf("%q", slices.Compact(got)))
	wantMissed(t, o, record.Popup)
	wantAt(t, o, record.Console, "log mark-console of a popup")
	wantAt(t, o, record.Dialog, "alert mark-dialog of a popup", "alert mark-dialog of another")
	if len(o.Missed) > 0 {
		t.Errorf("missed %+v", o.Missed)
	}
	eventually(t, "the windows are closed", func() bool { return s.attachedNow() <= 1 }) // the frame's process may remain
	wantNothing(t, opened(t, d, 1).looksAt(t, "/twin/"))
}

// attachedNow counts what the session listens to besides its page.
func (s *Session) attachedNow() int {
	s.beside.mu.Lock()
	defer s.beside.mu.Unlock()
	return len(s.beside.ids)
}

// A window that a login opened stays until a visit has looked at it.
func TestAWindowStaysUntilAVisit(t *testing.T) {
	site := newSite(t, map[string]string{
		"/login": `<button id=go onclick="w = window.open('/popup')">go</button>`,
		"/popup": mixed + `<script>document.write(mark('popup'))</script>`,
		"/":      `<script>done = true</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-popup")), 0)
	if err := s.do(t, plan.Goto, "/login", plan.Click, "#go", plan.Eval, "w.document.body?.textContent.includes('popup')"); err != nil {
		t.Fatal(err)
	}
	s.holds(t, "!w.closed")
	wantAt(t, s.looksAt(t, "/"), record.Popup, "/popup mark-popup")
	wantAt(t, s.looksAt(t, "/"), record.Popup)
}

// A window whose page does not come costs a bounded time and is told.
func TestAWindowThatNeverLoads(t *testing.T) {
	ends := make(chan struct{})
	site := newSite(t, map[string]string{"/": `<script>open('/never'); done = true</script>`}, map[string]http.HandlerFunc{
		"/never": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-ends:
			case <-r.Context().Done():
			}
		},
	})
	defer close(ends)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	wantMissed(t, s.looksAt(t, "/"), record.Popup, "still loading")
}

// Windows, workers and what the console was given leave nothing behind.
func TestManyWindows(t *testing.T) {
	site := newSite(t, map[string]string{
		"/": `<script>
for (let i = 0; i < 20; i++) open('/popup?' + i);
for (let i = 0; i < 200; i++) console.log(i, {i, text: 'x'.repeat(1000)});
for (let i = 0; i < 5; i++) new Worker(URL.createObjectURL(new Blob(['close()'])));
done = true</script>`,
		"/all":   `<script>for (let i = 0; i < 100; i++) open('/popup?' + i); done = true</script>`,
		"/popup": `<p>popup</p><script>console.log('popup')</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	listening := func() int {
		s.process.mu.Lock()
		defer s.process.mu.Unlock()
		return len(s.process.sessions)
	}
	s.looksAt(t, "/")
	eventually(t, "the first windows are closed", func() bool { return s.attachedNow() == 0 })
	before, listeners := heap(), listening()
	for range 9 {
		o := s.looksAt(t, "/")
		wantMissed(t, o, record.Popup)
		if got := o.Looked[record.Console].Items; got < 200 || o.Looked[record.Popup].Items < 20 {
			t.Errorf("looked at %+v", o.Looked)
		}
	}
	wantMissed(t, s.looksAt(t, "/all"), record.Popup, "more than 20 windows")
	eventually(t, "all windows are closed", func() bool { return s.attachedNow() == 0 })
	if got := listening(); got != listeners {
		t.Errorf("listens to %d, before to %d", got, listeners)
	}
	eventually(t, "no answer is waited for", func() bool {
		s.process.mu.Lock()
		defer s.process.mu.Unlock()
		return len(s.process.waiting) == 0
	})
	if now := heap(); now > before+2<<20 {
		t.Errorf("memory grew from %d to %d", before, now)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := listening(); got != 1 { // the browser itself
		t.Errorf("listens to %d after the end", got)
	}
}
