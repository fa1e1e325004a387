package browser

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

func TestFilesThatTheBrowserMakes(t *testing.T) {
	page := mixed + `<iframe src="http://localhost:PORT/frame"></iframe><iframe src=/frame></iframe><script>
const save = (name, url) => { const a = document.createElement('a'); a.download = name; a.href = url; a.click() };
save('report.csv', URL.createObjectURL(new Blob(['name,subject\nx,' + mark('blob') + '\n'], {type: 'text/csv'})));
save('note.txt', 'data:text/plain,' + encodeURIComponent(mark('data')));
save('../..\\` + "\\" + `etc/passwd', URL.createObjectURL(new Blob([mark('path')])));
save(mark('name') + '.txt', URL.createObjectURL(new Blob(['x'])));
const a = document.createElement('a'); a.href = '/kept'; a.download = ''; a.click();
onload = () => setTimeout(() => { globalThis.done = true }, 300);
</script>`
	site := newSite(t, map[string]string{
		"/":           page,
		"/frame":      mixed + `<a download=framed.txt>x</a><script>const a = document.querySelector('a'); a.href = URL.createObjectURL(new Blob([mark('frame at ' + location.hostname)])); a.click()</script>`,
		"/twin":       strings.NewReplacer("mark('", "String('", "/frame", "/twin-frame", "/kept", "/twin-kept").Replace(page),
		"/twin-frame": `<a download=framed.txt>x</a><script>const a = document.querySelector('a'); a.href = URL.createObjectURL(new Blob(['x'])); a.click()</script>`,
		"/next":       `<script>done = true</script>`,
	}, map[string]http.HandlerFunc{
		"/kept": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", `attachment; filename=kept.txt`)
			io.WriteString(w, "mark-kept")
		},
		"/twin-kept": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", `attachment; filename=kept.txt`)
			io.WriteString(w, "nothing")
		},
	})
	d := started(t, planOf(site.URL), known(t, "mark-blob", "mark-data", "mark-path", "mark-name", "mark-kept", "mark-frame at 127.0.0.1", "mark-frame at localhost"))
	s := opened(t, d, 0)
	o := s.looksAt(t, "/")
	var want []string
	for _, line := range at(o, record.Download) {
		if strings.HasSuffix(line, "mark-kept") {
			want = append(want, line) // what came over the network is the wire's to tell
		}
	}
	wantAt(t, o, record.Download, append(want, "report.csv mark-blob", "note.txt mark-data", "_.._etc_passwd mark-path", "mark-name.txt mark-name",
		"framed.txt mark-frame at 127.0.0.1", "framed.txt mark-frame at localhost")...)
	wantMissed(t, o, record.Download)
	eventually(t, "the files are removed", func() bool {
		s.looksAt(t, "/next")
		left, err := os.ReadDir(s.folder)
		return err == nil && len(left) == 0
	})
	wantNothing(t, opened(t, d, 1).looksAt(t, "/twin"))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.folder); !os.IsNotExist(err) {
		t.Errorf("the session's folder remains: %v", err)
	}
}

func TestALargeFileIsReadInPart(t *testing.T) {
	site := newSite(t, map[string]string{"/": mixed + `<a download=large.txt>x</a><script>
const a = document.querySelector('a'); a.href = URL.createObjectURL(new Blob([mark('begin') + '\n', new Uint8Array(200000), '\n' + mark('end')])); a.click();
setTimeout(() => { globalThis.done = true }, 300)</script>`}, nil)
	p := planOf(site.URL)
	p.Limits = plan.Limits{Body: 100000, Page: 1 << 20, Unpacked: 1 << 20}
	s := opened(t, started(t, p, known(t, "mark-begin", "mark-end")), 0)
	o := s.looksAt(t, "/")
	wantAt(t, o, record.Download, "large.txt mark-begin")
	wantMissed(t, o, record.Download, "longer than the limit")
}

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "a.txt", "../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "a\x00\nb.txt": "ab.txt", "": ".", "/": "/",
		filepath.Join("x", strings.Repeat("y", 400)): strings.Repeat("y", 256) + "…",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
