package browser

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"testing"

	"notmine/checks/plan"
)

// framed counts the pixels of the frame's colour.
func framed(t *testing.T, picture []byte) (n int) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != (image.Point{X: 1024, Y: 768}) {
		t.Errorf("the picture is %v", size)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 == 0xd0 && g == 0 && b == 0 {
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
