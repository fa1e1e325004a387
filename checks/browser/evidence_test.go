package browser

import (
	"bytes"
	"image"
	"io"
	"net/http"
	"testing"

	"golang.org/x/image/webp"

	"notmine/checks/plan"
)

// framed counts the pixels of the frame's colour, as near as the format keeps it.
func framed(t *testing.T, picture []byte) (n int) {
	t.Helper()
	img, err := webp.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != (image.Point{X: 1024, Y: 768}) {
		t.Errorf("the picture is %v", size)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 > 0xb0 && g>>8 < 0x40 && b>>8 < 0x40 {
				n++
			}
		}
	}
	return n
}

func TestEvidence(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":       `<p>Mark-Top</p><div style="height:3000px"></div><p>mark-below</p><div style="height:3000px"></div>`,
		"/shadow": `<div id=host></div><script>document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML = '<p>mark-shadow</p>'</script>`,
		"/frame":  `<iframe src=/inner style="margin:100px"></iframe>`,
		"/inner":  `<p>mark-inner</p>`,
		"/bare":   `<frameset><frame src=/inner></frameset>`,
		"/photo":  `<p>text</p><div style="height:3000px"></div><a><img src="/face.svg?size=48" width=80 height=60></a>`,
	}, map[string]http.HandlerFunc{"/face.svg": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"></svg>`)
	}})
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for _, tt := range []struct {
		path, mark string
		shown      bool
	}{
		{"/", "mark-top", true},
		{"/", "mark-below", true},
		{"/", "mark-elsewhere", false},
		{"/shadow", "mark-shadow", true},
		{"/frame", "mark-inner", true},
		{"/bare", "mark-elsewhere", false},
		{"/photo", "/face.svg", true},
		{"/photo", "/other.svg", false},
	} {
		if err := s.do(t, plan.Goto, tt.path, plan.Eval, "document.readyState === 'complete'", plan.Eval, "scrollTo(0, 200), true"); err != nil {
			t.Fatal(err)
		}
		var before, after string
		const state = "document.documentElement.outerHTML + scrollX + ' ' + scrollY"
		if err := evaluate(t.Context(), s.process.client, s.id, 0, state, &before); err != nil {
			t.Fatal(err)
		}
		picture, err := s.Evidence(t.Context(), []string{tt.mark})
		if err != nil {
			t.Errorf("%s %s: %v", tt.path, tt.mark, err)
			continue
		}
		if n := framed(t, picture); (n > 100) != tt.shown {
			t.Errorf("%s: %d pixels of the frame around %s", tt.path, n, tt.mark)
		}
		if err := evaluate(t.Context(), s.process.client, s.id, 0, state, &after); err != nil {
			t.Fatal(err)
		}
		if after != before {
			t.Errorf("%s: the page was %q and is now %q", tt.path, before, after)
		}
	}
}

// dark counts the pixels that are nearly black.
func dark(t *testing.T, picture []byte) (n int) {
	t.Helper()
	img, err := webp.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 < 0x50 && g>>8 < 0x50 && b>>8 < 0x50 {
				n++
			}
		}
	}
	return n
}

// What did not leak is covered, wherever on the page it stands, unless the plan
// wants pages as they were. What leaked, and the viewer's name, stay.
func TestEvidenceIsMasked(t *testing.T) {
	const black = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40"/></svg>`
	const style = `<style>body { font: bold 40px sans-serif; color: #000 } b { color: #04f }</style>`
	page := func(body string) string {
		return "<!doctype html>" + style + "<p><b>mark-top</b> <b>Alice</b></p>" + body
	}
	site := newSite(t, map[string]string{
		"/text":       page(`<p>secret words <b>mark-top</b> and more <i>of them</i></p>`),
		"/picture":    page(`<img src=/black.svg>`),
		"/background": page(`<div style="width:80px;height:40px;background-image:url(/black.svg)"></div>`),
		"/generated":  page(`<style>p::after { content: "secret" }</style><p></p><ol style="margin-left:80px"><li></li></ol>`),
		"/field":      page(`<input value="secret" style="font-size:40px"><textarea style="font-size:40px">secret</textarea>`),
		"/canvas":     page(`<canvas id=c width=80 height=40></canvas><script>c.getContext('2d').fillRect(0, 0, 80, 40)</script>`),
		"/shadow":     page(`<div id=host></div><script>document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML = '<p>secret</p>'</script>`),
		"/frame":      page(`<iframe src=/inner style="border:0"></iframe>`),
		"/inner":      `<!doctype html>` + style + `<p>secret</p>`,
		"/selected":   page(`<select style="font-size:40px"><option>secret</select>`),
	}, map[string]http.HandlerFunc{"/black.svg": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		io.WriteString(w, black)
	}})
	for _, evidence := range []plan.Evidence{"", plan.Full} {
		p := planOf(site.URL)
		p.Evidence = evidence
		s := opened(t, started(t, p, nil), 0)
		for _, path := range []string{"/text", "/picture", "/background", "/generated", "/field", "/canvas", "/shadow", "/frame", "/selected"} {
			if err := s.do(t, plan.Goto, path, plan.Eval, "document.readyState === 'complete'"); err != nil {
				t.Fatal(err)
			}
			const state = "document.documentElement.outerHTML + document.adoptedStyleSheets.length"
			var before, after string
			if err := evaluate(t.Context(), s.process.client, s.id, 0, state, &before); err != nil {
				t.Fatal(err)
			}
			picture, err := s.Evidence(t.Context(), []string{"mark-top"})
			if err != nil {
				t.Fatal(err)
			}
			if n := dark(t, picture); (n > 0) != (evidence == plan.Full) {
				t.Errorf("%s, evidence %q: %d pixels of what did not leak", path, evidence, n)
			}
			if framed(t, picture) == 0 {
				t.Errorf("%s, evidence %q: nothing is marked", path, evidence)
			}
			if err := evaluate(t.Context(), s.process.client, s.id, 0, state, &after); err != nil {
				t.Fatal(err)
			}
			if after != before {
				t.Errorf("%s: the page was %q and is now %q", path, before, after)
			}
		}
	}
}
