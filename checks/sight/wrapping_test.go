package sight

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"notmine/checks/marker"
)

// crowd is a ledger of markers of many scripts.
func crowd(t testing.TB) *marker.Ledger {
	t.Helper()
	l := people(t)
	for _, e := range []marker.Entry{
		{Owner: "dora", Item: "name", Text: "홍길동전", Declared: true},
		{Owner: "dora", Item: "kana", Text: "山田ハナコ", Declared: true},
		{Owner: "dora", Item: "mail", Text: "dora.Kim+work@example.test", Declared: true},
		{Owner: "dora", Item: "english", Text: "Dorothea Kim", Declared: true},
		{Owner: "dora", Item: "word", Text: "Will", Declared: true},
		{Owner: "dora", Item: "long word", Text: "Wilhelmina", Declared: true},
		{Owner: "dora", Item: "french", Text: "Élodie Brûlé", Declared: true},
		{Owner: "dora", Item: "link", Text: "https://files.test/get?name=%EA%B0%80&sig=a1b2", Declared: true},
		{Owner: "dora", Item: "path", Text: `C:\new\users\dora`, Declared: true},
		{Owner: "dora", Item: "number", Text: "+82 10-1234-5678", Declared: true},
		{Owner: "dora", Item: "four", Text: "7391", Declared: true},
		{Owner: "dora", Item: "seven", Text: "5551234", Declared: true},
		{Owner: "dora", Item: "eight", Text: "20261122", Declared: true},
	} {
		if _, err := l.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// The ways to wrap a text, as others do it.
func percent(s string) string { return url.PathEscape(s) }
func b64(s string) string     { return base64.StdEncoding.EncodeToString([]byte(s)) }
func b64url(s string) string  { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
func hexed(s string) string   { return hex.EncodeToString([]byte(s)) }
func korea(s string) string   { return must(korean.EUCKR.NewEncoder().String(s)) }
func japan(s string) string   { return must(japanese.ShiftJIS.NewEncoder().String(s)) }
func quoted(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, err := w.Write([]byte(s))
	must(0, err)
	must(0, w.Close())
	return b.String()
}

func escaped(s string) string { // as JSON of ASCII alone
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if u < 0x80 {
			b.WriteRune(rune(u))
		} else {
			b.WriteString(`\u` + hex.EncodeToString([]byte{byte(u >> 8), byte(u)}))
		}
	}
	return b.String()
}

func quote(s string) string { return string(must(json.Marshal(s))) }

func references(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString("&#" + strings.TrimLeft(hex.EncodeToString([]byte{byte(r >> 16), byte(r >> 8), byte(r)}), "0"))
		b.WriteString(";")
	}
	return strings.ReplaceAll(b.String(), "&#", "&#x")
}

func wideLE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func wideBE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

func shifted(s string) string { // ISO-2022-KR
	var b []byte
	for _, c := range []byte(korea(s)) {
		b = append(b, c&0x7f)
	}
	return "\x0e" + string(b) + "\x0f"
}

func lines(s string, n int, end string) string {
	var b strings.Builder
	for part := range slices.Chunk([]byte(s), n) {
		b.Write(part)
		b.WriteString(end)
	}
	return b.String()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wrapped is a body and what it shows of the crowd.
type wrapped struct {
	why, body string
	want      []string
}

func wrappings() []wrapped {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	subject := func(wrapping string) []string {
		if wrapping == "" {
			return []string{"alice's subject"}
		}
		return []string{"alice's subject (" + wrapping + ")"}
	}
	dora := func(item, wrapping string) []string {
		if wrapping == "" {
			return []string{"dora's " + item}
		}
		return []string{"dora's " + item + " (" + wrapping + ")"}
	}
	none := []string{}
	jsonOf := func(s string) string { return `{"id":7,"name":"` + s + `","ok":true}` }
	return []wrapped{
		{"percent", "/x?name=" + percent("홍길동전") + "&y=1", dora("name", "percent")},
		{"percent in small letters", strings.ToLower("/x?name=" + percent("홍길동전")), dora("name", "percent")},
		{"percent of EUC-KR", "/x?name=" + percent(korea("홍길동전")), dora("name", "percent euc-kr")},
		{"percent as escape writes it", strings.ReplaceAll(escaped("홍길동전"), `\`, "%"), dora("name", "percent")},
		{"percent of percent", percent(percent("홍길동전")), dora("name", "percent percent")},
		{"percent of an ASCII letter", "%71" + alice[1:], subject("percent")},
		{"percent hides an edge", "a%20Dorothea%20Kim", dora("english", "percent")},
		{"form", "q=Dorothea+Kim&x", dora("english", "form")},
		{"form with percent", "q=" + url.QueryEscape("+82 10-1234-5678"), dora("number", "form")},
		{"a plus of its own", "<b>+82 10-1234-5678", dora("number", "")},
		{"a plus in an address", "dora.Kim+work@example.test", dora("mail", "")},

		{"base64", b64(jsonOf("홍길동전")), dora("name", "base64")},
		{"base64 of nothing else", "name=" + b64("홍길동전"), dora("name", "base64")},
		{"base64 behind one character", b64("x" + jsonOf(alice)), subject("base64")},
		{"base64 behind two", b64("xy" + jsonOf(alice)), subject("base64")},
		{"base64 behind a path", "/files/" + b64("xy"+jsonOf(alice)), subject("base64")},
		{"base64 behind a word", "tok-x" + b64url(jsonOf(alice)), subject("base64")},
		{"base64 in lines of 76", lines(b64(strings.Repeat("안녕하세요 ", 9)+alice+strings.Repeat(" 감사합니다", 9)), 76, "\r\n"), subject("base64")},
		{"base64 in lines of 64", lines(b64(strings.Repeat("안녕하세요 ", 2)+alice+strings.Repeat(" 감사합니다", 9)), 64, "\n"), subject("base64")},
		{"base64url", b64url("??>>" + jsonOf("홍길동전") + "??>>"), dora("name", "base64")},
		{"a JWT", b64url(`{"alg":"none"}`) + "." + b64url(jsonOf("홍길동전")) + ".c2lnbmF0dXJl", dora("name", "base64")},
		{"base64 in escaped JSON", quote(strings.ReplaceAll(lines(b64(strings.Repeat("?>?", 15)+alice+"?>?"), 60, "\n"), "/", `\/`)), subject("base64")},
		{"base64 with escaped slashes", `"` + strings.ReplaceAll(b64("\xff\xff\xff"+alice+"\xff\xff\xff"), "/", `\/`) + `"`, subject("base64")},
		{"base64 of UTF-16", b64(wideLE(jsonOf("홍길동전"))), dora("name", "base64 utf-16")},
		{"base64 of base64 of base64", b64(b64(b64(alice))), subject("base64 base64 base64")},
		{"hex", "id=" + hexed("홍길동전") + ";", dora("name", "hex")},
		{"hex in capitals from an odd place", "A" + strings.ToUpper(hexed(alice)), subject("hex")},
		{"JavaScript's hex", `\x71` + alice[1:], subject("json")},

		{"quoted-printable", "=ED=99=8D=EA=B8=B8=EB=8F=99=EC=A0=84", dora("name", "quoted-printable")},
		{"quoted-printable with a soft line break", quoted(strings.Repeat("=", 20) + strings.Repeat("x ", 4) + alice), subject("quoted-printable")},
		{"an encoded word", "Subject: " + mime.BEncoding.Encode("utf-8", "홍길동전"), dora("name", "mime")},
		{"an encoded word of its letters", "Subject: " + mime.QEncoding.Encode("utf-8", "홍길동전 님"), dora("name", "mime")},
		{"an encoded word in EUC-KR", "=?euc-kr?B?" + b64(korea("홍길동전")) + "?=", dora("name", "mime")},
		{"words that part a marker", "=?utf-8?B?" + b64("홍길") + "?=\r\n =?utf-8?B?" + b64("동전") + "?=", dora("name", "mime")},
		{"words that part a character", "=?utf-8?B?" + b64("홍길동전"[:4]) + "?= =?UTF-8?b?" + b64("홍길동전"[4:]) + "?=", dora("name", "mime")},

		{"UTF-16, little end first", wideLE("\ufeff" + jsonOf("홍길동전")), dora("name", "utf-16")},
		{"UTF-16, big end first", wideBE("\ufeff" + jsonOf("홍길동전")), dora("name", "utf-16")},
		{"UTF-16 without a mark", wideLE(jsonOf(alice)), subject("utf-16")},
		{"UTF-16 at an odd place of something binary", "\x9f\xd8\xff\xe1\x9c\x9d\x12" + wideLE("홍길동전") + "\x00\x00\xff\xc0\x81\x8f", dora("name", "utf-16")},
		{"references in UTF-16", wideBE(references("홍길동전") + " and more"), dora("name", "utf-16 html")},
		{"EUC-KR", "<p>" + korea("안녕하세요 홍길동전 님") + "</p>", dora("name", "euc-kr")},
		{"EUC-KR alone", korea("홍길동전"), dora("name", "euc-kr")},
		{"EUC-KR as a string amid binary data", "MM\x00*\x01\x0e\x00\x1a" + korea("홍길동전") + "\x00\x07\x01", dora("name", "euc-kr")},
		{"percent of EUC-KR as a string amid binary data", "tEXtTitle\x00\x02" + percent(korea("홍길동전")) + "\x00\x07", dora("name", "percent euc-kr")},
		{"code page 949", korea("똠방각하 홍길동전 펲시콜라"), dora("name", "euc-kr")},
		{"references in EUC-KR", korea("안녕하세요 홍길") + references("동전"), dora("name", "euc-kr html")},
		{"Shift_JIS", japan("こんにちは、山田ハナコさん"), dora("kana", "shift_jis")},
		{"ISO-2022-KR", "\x1b$)C\n" + shifted("홍길동전") + " hi", dora("name", "iso-2022-kr")},

		{"decomposed", norm.NFD.String("홍길동전") + "님", dora("name", "compatible")},
		{"decomposed Latin", norm.NFD.String("Élodie Brûlé!"), dora("french", "compatible")},
		{"full width", width.Widen.String("Dorothea") + "　" + width.Widen.String("Kim"), dora("english", "compatible")},
		{"half width", "山田" + width.Narrow.String("ハナコ"), dora("kana", "compatible")},
		{"other case", "DOROTHEA KIM", dora("english", "case")},
		{"other case beyond ASCII", "éLODIE brÛlé", dora("french", "case")},
		{"a short word in other case is another word", "I will", none},
		{"a short word as it is", "I, Will", dora("word", "")},
		{"a long word in other case", "wilhelmina", dora("long word", "case")},
		{"other white space", "Dorothea\u00a0\n\t Kim", dora("english", "")},

		{"a tag inside", "<b>" + alice[:4] + "</b>" + alice[4:], subject("split")},
		{"highlighted", `홍<mark class="hit">길동</mark>전`, dora("name", "split")},
		{"a place to break", "홍길<wbr>동전", dora("name", "split")},
		{"a comment, as React writes it", "홍길<!-- -->동전", dora("name", "split")},
		{"runs of a document", "<w:r><w:t>홍길</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>동전</w:t></w:r>", dora("name", "split")},
		{"a line break instead of a space", "Dorothea<br/>Kim", dora("english", "split")},
		{"cells are words of their own", "<td>홍길</td><td>동전</td>", none},
		{"numbers beside each other", "<b>73</b><b>91</b> <i>555</i><i>1234</i>", none},
		{"a long number in parts", "<i>2026</i><i>1122</i>", dora("eight", "split")},
		{"a soft hyphen", alice[:9] + "\u00ad" + alice[9:], subject("split")},
		{"a soft hyphen as reference", alice[:9] + "&shy;" + alice[9:], subject("html split")},
		{"zero width", "홍\u200b길\u2060동\ufeff전", dora("name", "split")},

		{"its own escapes in HTML", html.EscapeString("https://files.test/get?name=%EA%B0%80&sig=a1b2"), dora("link", "html")},
		{"its own escapes in JSON", quote(`C:\new\users\dora`), dora("path", "json")},

		{"three deep: percent in JSON in base64", b64(`{"u":"` + strings.ReplaceAll(percent("홍길동전"), "%", `\u0025`) + `"}`), dora("name", "base64 json percent")},
		{"JSON in JSON in an attribute", html.EscapeString(quote(quote(escaped("홍길동전")))), dora("name", "json json json")},
		{"EUC-KR in quoted-printable in base64", b64("Name: " + strings.ToUpper("=c8=ab=b1=e6=b5=bf=c0=fc") + "\r\n"), dora("name", "base64 quoted-printable euc-kr")},
		{"base64 in percent in HTML", "&quot;" + percent("a="+b64(jsonOf("홍길동전"))) + "&quot;", dora("name", "base64")},
		{"hex in base64 in JSON", quote(quote(b64(hexed(alice)))), subject("base64 hex")},

		{"short and amid random bytes", "\x01\x9c\xfe7391\x03\x02\xee", none},
		{"short and amid text", "your PIN is 7391.", dora("four", "")},
	}
}

func TestWrappings(t *testing.T) {
	f := finder(t, crowd(t))
	for _, test := range wrappings() {
		if got := show(f.Find("", []byte(test.body))); !cmp.Equal(test.want, got) {
			t.Errorf("%s: %q\n got %q\nwant %q", test.why, test.body, got, test.want)
		}
	}
}

// What lies across two blocks is found as what lies in one.
func TestWrappingsAcrossBlocks(t *testing.T) {
	f := finder(t, crowd(t))
	for _, test := range wrappings() {
		if test.why == "EUC-KR alone" || strings.Contains(test.why, "short") {
			continue // amid other bytes than text they do not count
		}
		for _, in := range []int{0, 1, len(test.body) / 3, len(test.body) / 2, len(test.body) - 1, len(test.body)} {
			// An even number of bytes leaves UTF-16 where it is.
			before := strings.Repeat("\x00\x00", (block-in)/2)
			s := f.Stream("")
			for chunk := range slices.Chunk([]byte(before+test.body+strings.Repeat("\x00", 2*block)), 10_000) {
				s.write(chunk)
			}
			s.Flush()
			if got := show(s.Take()); !cmp.Equal(test.want, got) {
				t.Errorf("%s, %d bytes before the edge: %q\n got %q\nwant %q", test.why, in, test.body, got, test.want)
			}
		}
	}
}
