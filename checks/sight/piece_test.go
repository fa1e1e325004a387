package sight

import (
	"encoding/base64"
	"strings"
	"testing"
)

// kept looks at a body in chunks and returns what was kept of it.
func kept(t *testing.T, body string, most int) []Piece {
	t.Helper()
	s := finder(t, people(t)).Stream("text/html")
	s.Keep(most)
	for at := 0; at < len(body); at += 5000 {
		s.write([]byte(body[at:min(at+5000, len(body))]))
	}
	s.Flush()
	pieces := s.Pieces()
	if again := s.Pieces(); len(again) != 0 {
		t.Errorf("%d pieces came twice", len(again))
	}
	return pieces
}

// A body that is short enough is kept whole, with what was found and where.
func TestPiecesOfAShortBody(t *testing.T) {
	wrapped := base64.StdEncoding.EncodeToString([]byte("    김민수    "))
	body := "<p>김민수</p>" + strings.Repeat("x ", 1000) + wrapped + "</p>"
	pieces := kept(t, body, 64<<10)
	if len(pieces) != 1 || string(pieces[0].Text) != body || pieces[0].At != 0 || !pieces[0].Last || len(pieces[0].Matches) != 2 {
		t.Fatalf("got %d pieces %.200v, want the body", len(pieces), pieces)
	}
	for i, want := range []string{"김민수", ""} {
		m := pieces[0].Matches[i]
		if got := body[m.Offset:m.End]; want != "" && got != want || want == "" && !strings.Contains(wrapped, got) {
			t.Errorf("match %d stands at %q", i, got)
		}
	}
	for _, body := range []string{strings.Repeat("nobody's words ", 10_000), ""} {
		if pieces := kept(t, body, 64<<10); len(pieces) != 0 {
			t.Errorf("%d pieces of a body with nothing in it", len(pieces))
		}
	}
	if pieces := kept(t, body, 0); len(pieces) != 0 {
		t.Errorf("%d pieces although none were to be kept", len(pieces))
	}
}

// Of a long body there is what stands around a marker, wherever that is, and
// never more than there is room for.
func TestPiecesOfALongBody(t *testing.T) {
	for _, at := range []int{0, 10, 60_000, 65_500, 70_000, 140_000, 299_000} {
		body := strings.Repeat("row ", 75_000)
		body = body[:at] + " 김민수 " + body[at:]
		pieces := kept(t, body, 64<<10)
		if len(pieces) != 1 {
			t.Fatalf("%d: %d pieces", at, len(pieces))
		}
		p := pieces[0]
		if !strings.Contains(string(p.Text), "김민수") || body[p.At:p.At+int64(len(p.Text))] != string(p.Text) {
			t.Errorf("%d: the piece from %d on is not what stands around the marker", at, p.At)
		}
		if len(p.Text) > pieceSize || len(p.Text) < 1000 {
			t.Errorf("%d: the piece has %d bytes", at, len(p.Text))
		}
	}
	body := strings.Repeat("김민수 "+strings.Repeat("row ", 20_000)+"alice@example.test ", 20)
	all := 0
	for _, p := range kept(t, body, 20<<10) {
		all += len(p.Text)
	}
	if all == 0 || all > 20<<10 {
		t.Errorf("%d bytes were kept of one that has room for 20 KiB", all)
	}
}
