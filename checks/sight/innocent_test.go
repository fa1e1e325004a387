package sight

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"notmine/checks/marker"
)

// Text, scripts, base64 and binary data that hold nobody's data give nothing,
// however many markers the ledger has.
func TestInnocent(t *testing.T) {
	l := marker.NewLedger(thisRun, nil)
	random := rand.New(rand.NewPCG(9, 10))
	// Names as no body here has them, since any text may hold two syllables.
	syllables := []rune("갑을병정무기경신임계궁상각치우쾌퀘뙤뷔쉐쒀쯔췌퀴튀")
	add := func(text string) {
		if _, err := l.Add(marker.Entry{Owner: text, Item: "declared", Text: text, Declared: true}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5000 {
		name := make([]rune, 3)
		for k := range name {
			name[k] = syllables[random.IntN(len(syllables))]
		}
		add(string(name))
		add(string([]byte{'K' - byte(i%10), 'z' - byte(i/10%26), 'q', 'x' + byte(i%3)})) // of four letters
		add("W" + string(name[:2]) + "길 12")
		add(string([]byte{'0' + byte(i%10), '-', '0' + byte(i/10%10), '0' + byte(i/100%10), '0' + byte(i/1000)}))
	}
	if _, err := l.Add(marker.Entry{Owner: "alice", Item: "subject"}); err != nil {
		t.Fatal(err)
	}
	f := finder(t, l)
	look := func(kind, media string, body []byte) {
		for _, m := range f.Find(media, body) {
			t.Errorf("%s: found %q (%v) at %d", kind, m.Text, m.Wrapping, m.Offset)
		}
	}
	const size = 4 << 20
	for kind, body := range map[string][]byte{"a page": page(), "a script": bundle(), "an answer": answer(), "data: URLs": picturesInPage()} {
		look(kind, "text/html", body)
	}
	look("binary data", "font/woff2", randomBytes(random, size))
	look("binary data of nobody knows what", "", randomBytes(random, size))
	look("base64", "text/plain", []byte(lines(base64.StdEncoding.EncodeToString(randomBytes(random, size)), 76, "\r\n")))
	look("one run of base64url", "", []byte(base64.RawURLEncoding.EncodeToString(randomBytes(random, size))))
	look("hex", "", []byte(hexed(string(randomBytes(random, size/4)))))
	look("EUC-KR", "", []byte(korea(koreanText(random, size/4))))
	look("UTF-16", "", []byte(wideLE(koreanText(random, size/4))))
}

// seeded is a source of numbers that are always the same.
func seeded() *rand.Rand { return rand.New(rand.NewPCG(11, 12)) }

// koreanText is text of common syllables.
func koreanText(random *rand.Rand, n int) string {
	common := []rune("가나다라마바사아자차카타파하고노도로모보소오조는은이가을를에서의다한하지만")
	text := make([]rune, n)
	for i := range text {
		text[i] = common[random.IntN(len(common))]
		if random.IntN(5) == 0 {
			text[i] = []rune(" .\n,")[random.IntN(4)]
		}
	}
	return string(text)
}
