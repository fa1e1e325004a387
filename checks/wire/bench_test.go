package wire

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A visit of a page as most are: a document, a sheet, a script, an answer of an
// API, two pictures, and a form that is sent.
func BenchmarkVisit(b *testing.B) {
	row := "<tr><td>%d</td><td>회의 자료를 보냅니다</td><td>2026-11-22 04:%02d</td></tr>\n"
	var page, api strings.Builder
	for i := range 200 {
		fmt.Fprintf(&page, row, i, i%60)
		fmt.Fprintf(&api, `{"id":%d,"subject":"회의 자료","unread":true},`, i)
	}
	files := map[string]struct{ media, text string }{
		"/":          {"text/html; charset=utf-8", "<!doctype html><table>" + page.String() + "</table>"},
		"/style.css": {"text/css", strings.Repeat(".row { color: #333; margin: 0 4px }\n", 300)},
		"/app.js":    {"text/javascript", strings.Repeat("const view = document.querySelector('#list');\n", 2000)},
		"/api/list":  {"application/json", "[" + api.String() + "null]"},
		"/a.png":     {"image/png", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x17\x92\xfe", 2000)},
		"/b.png":     {"image/png", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x81\x04\xc2\x7e", 2000)},
		"/send":      {"application/json", `{"ok":true}`},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", files[r.URL.Path].media)
		h.Set("Cache-Control", "private, no-store")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Request-Id", "0af7651916cd43dd8448eb211c80319c")
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, files[r.URL.Path].text)
	}))
	defer server.Close()
	l, c := open(b, newWire(b, server, nil), nil)
	form := strings.Repeat("subject=%ED%9A%8C%EC%9D%98&body=hello&", 20)
	fetch := func(method, path, body string) {
		req, _ := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		res, err := c.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	var bytes int64
	for _, f := range files {
		bytes += int64(len(f.text))
	}
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		l.Begin(Visit{})
		for _, path := range []string{"/", "/style.css", "/app.js", "/api/list", "/a.png", "/b.png"} {
			fetch(http.MethodGet, path, "")
		}
		fetch(http.MethodPost, "/send", form)
		l.End(b.Context())
	}
}
