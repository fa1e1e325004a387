package browser

import (
	"fmt"
	"testing"

	"notmine/checks/record"
)

// What a page shows and takes away again before it is looked at.
func TestInPassing(t *testing.T) {
	page := mixed + `<title>before</title><p id=toast></p><p id=text>x</p><ul><li id=moved></ul><ol></ol><iframe src="http://localhost:PORT/frame"></iframe>
<script>
document.title = mark('title'); document.title = 'after';
const toast = document.createElement('div'); toast.innerHTML = '<b>' + mark('toast') + '</b>'; document.body.append(toast);
document.querySelector('#text').firstChild.data = mark('data'); 
setTimeout(() => { toast.remove(); document.querySelector('#text').firstChild.data = 'y';
	const moved = document.querySelector('#moved'); moved.textContent = mark('moved'); document.querySelector('ol').append(moved);
	const inner = document.querySelector('#toast'); inner.innerHTML = mark('inner'); inner.innerHTML = '';
	globalThis.done = true }, 100);
</script>`
	site := newSite(t, map[string]string{
		"/":      page,
		"/frame": mixed + `<p></p><script>document.querySelector('p').textContent = mark('frame'); document.querySelector('p').remove()</script>`,
		"/long":  mixed + `<p></p><script>const p = document.querySelector('p'); p.textContent = mark('early'); for (let i = 0; i < 1000; i++) p.textContent = i + 'x'.repeat(1000); p.textContent = mark('late'); p.textContent = ''; done = true</script>`,
		"/next":  `<p>page</p><script>done = true</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-title", "mark-toast", "mark-data", "mark-moved", "mark-inner", "mark-frame", "mark-early", "mark-late")), 0)
	o := s.looksAt(t, "/")
	passed := func(o *record.Observation, surface string) (list []string) {
		for _, seen := range o.Sightings {
			if seen.Surface == surface && seen.Path == "in passing" {
				list = append(list, seen.Owner)
			}
		}
		return list
	}
	same(t, "texts in passing", 4, len(passed(o, record.Hidden)))
	same(t, "titles in passing", 1, len(passed(o, record.Title)))
	for _, owner := range passed(o, record.Hidden) {
		if owner == "mark-moved" {
			t.Error("what was moved is said to have been taken away")
		}
	}
	o = s.looksAt(t, "/long")
	same(t, "texts of a page that changes much", "[mark-early]", fmt.Sprint(passed(o, record.Hidden)))
	var missed int
	for _, m := range o.Missed {
		if m.Path == "in passing" {
			missed++
		}
	}
	same(t, "what was missed of it", 1, missed)
	wantNothing(t, s.looksAt(t, "/next"))
}
