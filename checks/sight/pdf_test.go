package sight

import (
	"bytes"
	stdlzw "compress/lzw"
	"encoding/ascii85"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
)

// document returns a PDF file of objects, numbered from 1.
func document(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n")
	return b.Bytes()
}

// stream returns a stream object.
func stream(dict string, data []byte) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// page1 returns a document of one page with the fonts F1, F2, … .
func page1(content string, fonts ...string) []byte {
	resources := ""
	for i := range fonts {
		resources += fmt.Sprintf("/F%d %d 0 R ", i+1, i+3)
	}
	return document(append([]string{
		"<</Type /Page /Resources <</Font <<" + resources + ">>>> /Contents 2 0 R>>",
		stream("/Filter /FlateDecode", zlibbed([]byte(content))),
	}, fonts...)...)
}

const (
	plainFont  = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>"
	koreanFont = "<</Type /Font /Subtype /Type0 /BaseFont /HYGoThic-Medium /Encoding /%s /DescendantFonts [<</Subtype /CIDFontType0>>]>>"
)

func TestPDFPrinted(t *testing.T) {
	body, err := os.ReadFile("testdata/letter.pdf")
	if err != nil {
		t.Fatal(err)
	}
	f := drawn(t)
	o := openWhole(f, "application/pdf", body)
	for _, text := range []string{
		"\n성명: 김민수 (Kim Minsu), 번호 qzne2rrg9tez9m27sr0g\n", // fonts, a bold word
		"\n서울특별시 강남구 역삼동\n",                                // letter spacing
		"\nqzn8zcywb924hkvrx066\n",                         // four runs in three styles
		"\n1042 10 42\n",                                   // cells of a table stay apart
		"Dear Kim Lee, \"AVATAR\" Tolstoy:",                // kerning, justified
		"https://example.test/carol\n",                     // a link
	} {
		o.wantPiece(t, "pdf", text)
	}
	o.wantMissed(t)
	if got := show(o.matches); len(got) != 1 || got[0] != "alice's photo (pdf picture)" {
		t.Errorf("found %q, want alice's photo", got)
	}
}

func TestPDFText(t *testing.T) {
	uhc, err := korean.EUCKR.NewEncoder().String("김민수 A")
	if err != nil {
		t.Fatal(err)
	}
	ucs2, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String("김민수 A")
	if err != nil {
		t.Fatal(err)
	}
	glyphs := "BT /F1 10 Tf 1 0 0 1 50 700 Tm "
	for i, c := range "kim 1042" {
		if c != ' ' {
			glyphs += fmt.Sprintf("1 0 0 1 %g 700 Tm (%c) Tj ", 50+6.1*float64(i), c)
		}
	}
	unicodeFont := func(cmap string) string {
		// The CMap is the object behind the font.
		return "<</Subtype /Type0 /Encoding /Identity-H /ToUnicode 4 0 R /DescendantFonts [<</DW 500 /W [1 [600 600] 3 9 700]>>]>>\nendobj\n4 0 obj\n" +
			stream("", []byte("/CIDInit /ProcSet findresource begin begincmap\n1 begincodespacerange <0000> <ffff> endcodespacerange\n"+cmap+"\nendcmap"))
	}
	for _, test := range []struct {
		why, want string
		body      []byte
	}{
		{"a string", "kim@example.test", page1("BT /F1 12 Tf 72 700 Td (kim@example.test) Tj ET", plainFont)},
		{"kerning inside a word", "Kim Lee", page1("BT /F1 12 Tf [(K) 40 (i) -15 (m) -300 (L) 60 (ee)] TJ ET", plainFont)},
		{"glyph by glyph", "kim 1042", page1(glyphs+"ET", "<</Subtype /Type1 /BaseFont /Courier>>")},
		{"a hexadecimal string", "kim", page1("BT /F1 12 Tf <6b 69\n6D> Tj ET", plainFont)},
		{"escapes", `k(i)m\1042`, page1(`BT /F1 12 Tf (k(i)\155\\104\
2) Tj ET`, plainFont)},
		{"lines", "kim\nlee\npark\nchoi", page1(`BT /F1 12 Tf 14 TL 72 700 Td (kim) Tj T* (lee) Tj (park) ' 0 0 (choi) " ET`, plainFont)},
		{"cells that touch", "10\n42", page1("BT /F1 12 Tf 1 0 0 1 72 700 Tm (10) Tj 1 0 0 1 72 680 Tm (42) Tj ET", plainFont)},
		{"cells side by side", "10 42", page1("BT /F1 12 Tf 1 0 0 1 72 700 Tm (10) Tj 1 0 0 1 100 700 Tm (42) Tj ET", plainFont)},
		{"a moved and mirrored page", "kim lee", page1("q .5 0 0 -.5 0 800 cm q 1 0 0 1 72 90 cm BT /F1 12 Tf 1 0 0 -1 0 0 Tm (ki) Tj ET Q q 1 0 0 1 80.67 90 cm BT /F1 12 Tf 1 0 0 -1 0 0 Tm (m) Tj ET Q q 1 0 0 1 95 90 cm BT /F1 12 Tf 1 0 0 -1 0 0 Tm (lee) Tj ET Q Q", plainFont)},
		{"turned by 90 degrees", "kim", page1("BT /F1 12 Tf 0 1 -1 0 300 300 Tm (ki) Tj 0 1 -1 0 300 308.7 Tm (m) Tj ET", plainFont)},
		{"Windows' characters", "Zoë – “Ünal”", page1("BT /F1 12 Tf (Zo\xeb \x96 \x93\xdcnal\x94) Tj ET", plainFont)},
		{"glyphs by name", "fiZoé김€", page1(`BT /F1 12 Tf (\001\002\003\004\005\006) Tj ET`,
			"<</Subtype /Type1 /Encoding <</Differences [1 /fi /Z /o.sc /eacute /uniAE40 5 /uniAE40 /Euro]>>>>")},
		{"Korean as UHC", "김민수 A", page1("BT /F1 12 Tf <"+hex.EncodeToString([]byte(uhc))+"> Tj ET", fmt.Sprintf(koreanFont, "KSCms-UHC-H"))},
		{"Korean as Unicode", "김민수 A", page1("BT /F1 12 Tf <"+hex.EncodeToString([]byte(ucs2))+"> Tj ET", fmt.Sprintf(koreanFont, "UniKS-UCS2-H"))},
		{"glyph numbers, one by one", "김민수", page1("BT /F1 12 Tf <000100020003> Tj ET",
			unicodeFont("3 beginbfchar <0001> <AE40> <0002> <BBFC> <0003> <C218> endbfchar"))},
		{"glyph numbers, in ranges", "ABC김😀ffi", page1("BT /F1 12 Tf <0011001200130020 00210030> Tj ET",
			unicodeFont("3 beginbfrange <0010> <001f> <0040> <0020> <0021> [<AE40> <D83DDE00>] <0030> <0030> <006600660069> endbfrange"))},
		{"glyph by glyph with their widths", "AB C", page1("BT /F1 10 Tf 1 0 0 1 0 0 Tm <0001> Tj 1 0 0 1 6 0 Tm <0002> Tj 1 0 0 1 15 0 Tm <0003> Tj ET",
			unicodeFont("1 beginbfrange <0001> <0009> <0041> endbfrange"))},
		{"two fonts", "Kim 김", page1("BT /F1 12 Tf (Kim ) Tj /F2 12 Tf <ae40> Tj ET", plainFont, fmt.Sprintf(koreanFont, "UniKS-UTF16-H"))},
		{"behind an inline picture", "kim", page1("q BI /W 2 /H 2 /BPC 8 /CS /G ID \x00(EI\xff EI Q BT /F1 12 Tf (kim) Tj ET", plainFont)},
		{"the real text of a ligature", "office", page1("BT /F1 12 Tf /Span <</ActualText (office)>> BDC (o) Tj EMC ET", plainFont)},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), "application/pdf", test.body)
			for line := range strings.Lines(test.want) {
				o.wantPiece(t, "pdf", line)
			}
			o.wantPiece(t, "pdf", test.want)
			o.wantMissed(t)
		})
	}
}

func TestPDFOtherPlaces(t *testing.T) {
	const content = "BT /F1 12 Tf 72 700 Td (" + "kim@example.test" + ") Tj ET"
	const font = "/Resources <</Font <</F1 " + plainFont + ">>>>"
	objects := "10 0 11 30 <</Type /Pages>>   <</Title (" + "kim@example.test" + ")>> "
	packed := func(dict string, data []byte) []byte {
		return document("<</Type /Page "+font+" /Contents [2 0 R]>>", stream(dict, data))
	}
	sum := make([]byte, ascii85.MaxEncodedLen(len(content)))
	sum = append(sum[:ascii85.Encode(sum, []byte(content))], "~>"...)
	var lzw bytes.Buffer
	w := stdlzw.NewWriter(&lzw, stdlzw.MSB, 8)
	w.Write([]byte(content))
	w.Close()
	// PNG's way Up with rows of four bytes: each is the difference to the row above.
	var up []byte
	above := make([]byte, 4)
	for row := range slices.Chunk([]byte(content+strings.Repeat(" ", 4)), 4) {
		up = append(up, pngUp)
		for i := range row {
			up = append(up, row[i]-above[i])
		}
		above = row
	}
	for _, test := range []struct {
		why  string
		body []byte
	}{
		{"the document's information", document("<</Title (kim@example.test)>>")},
		{"in UTF-16", document("<</Title <FEFF006b0069006d0040006500780061006d0070006c0065002e0074006500730074>>>")},
		{"a note", document("<</Type /Annot /Contents (kim@example.test)>>")},
		{"the value of a form", document("<</FT /Tx /V (kim@example.test)>>")},
		{"how a form looks", document(stream("/Subtype /Form "+font, []byte(content)))},
		{"XMP", document(stream("/Type /Metadata /Subtype /XML", []byte("<x:xmpmeta>kim@example.test</x:xmpmeta>")))},
		{"an attachment", document(stream("/Type /EmbeddedFile /Filter /FlateDecode", zlibbed([]byte("kim@example.test"))))},
		{"an object stream", document(stream(fmt.Sprintf("/Type /ObjStm /N 2 /First %d /Filter /FlateDecode", 11), zlibbed([]byte(objects))))},
		{"what an update replaced", append(document("<</Title (kim@example.test)>>"), "1 0 obj <</Title (x)>> endobj"...)},
		{"inherited resources", document("<</Type /Page /Parent 3 0 R /Contents 2 0 R>>", stream("", []byte(content)), "<</Type /Pages "+font+">>")},
		{"a page that is lost", document("<<"+font+">>", stream("", []byte(content)))},
		{"a length that is wrong", bytes.Replace(packed("", []byte(content)), fmt.Appendf(nil, "/Length %d", len(content)), []byte("/Length 3"), 1)},
		{"hexadecimal", packed("/Filter /ASCIIHexDecode", append(hex.AppendEncode(nil, []byte(content)), '>'))},
		{"base 85", packed("/Filter [/ASCII85Decode]", sum)},
		{"base 85 of flate", packed("/Filter [/A85 /Fl]", func() []byte {
			p := zlibbed([]byte(content))
			to := make([]byte, ascii85.MaxEncodedLen(len(p)))
			return append(to[:ascii85.Encode(to, p)], "~>"...)
		}())},
		{"LZW", packed("/Filter /LZWDecode /DecodeParms <</EarlyChange 0>>", lzw.Bytes())},
		{"run lengths", packed("/Filter /RunLengthDecode", append(append([]byte{byte(len(content) - 1)}, content...), 254, ' ', 128))},
		{"a predictor", packed("/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 4>>", zlibbed(up))},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), "", test.body)
			o.wantPiece(t, "pdf", "kim@example.test")
			o.wantMissed(t)
		})
	}
	o := openWhole(empty(t), "", document(stream("/Type /EmbeddedFile", zipped(member{"a.txt", letter}))))
	o.wantPiece(t, "pdf > zip a.txt", letter)
}

func TestPDFPictures(t *testing.T) {
	var rgb, gray, index, palette []byte
	m := scaled(photo(t), 96)
	for y := range 96 {
		for x := range 96 {
			r, g, b, _ := m.At(x, y).RGBA()
			rgb = append(rgb, byte(r>>8), byte(g>>8), byte(b>>8))
			gray = append(gray, byte((r+g+b)/3>>8))
			index = append(index, byte((r+g+b)/3>>8))
		}
	}
	for i := range 256 {
		palette = append(palette, byte(i), byte(i), byte(i))
	}
	const picture = "/Subtype /Image /Width 96 /Height 96 /BitsPerComponent 8 "
	for _, test := range []struct{ why, object string }{
		{"RGB", stream(picture+"/ColorSpace /DeviceRGB /Filter /FlateDecode", zlibbed(rgb))},
		{"gray", stream(picture+"/ColorSpace /DeviceGray", gray)},
		{"with a profile", stream(picture+"/ColorSpace [/ICCBased 2 0 R]", rgb)},
		{"with a palette", stream(picture+"/ColorSpace [/Indexed /DeviceRGB 255 <"+hex.EncodeToString(palette)+">]", index)},
		{"JPEG", stream(picture+"/ColorSpace /DeviceRGB /Filter /DCTDecode", jpegOf(m))},
	} {
		o := openWhole(drawn(t), "", document(test.object, stream("/N 3", nil)))
		if got := show(o.matches); len(got) != 1 || got[0] != "alice's photo (pdf picture)" {
			t.Errorf("%s: found %q, missed %q", test.why, got, o.missed)
		}
	}
	openWhole(drawn(t), "", document(stream(picture+"/Filter /JPXDecode", nil))).wantMissed(t, "a picture in a PDF document was not decoded")
}

func TestPDFMissed(t *testing.T) {
	torn := page1("BT /F1 12 Tf (kim) Tj ET", plainFont)
	deep := strings.Repeat("[", 10_000)
	for _, test := range []struct {
		why  string
		body []byte
		want []string
	}{
		{"an encrypted document", []byte("%PDF-1.7\n1 0 obj <</Title (\x01\x02)>> endobj trailer <</Encrypt 2 0 R>>"), []string{"a PDF document is encrypted"}},
		{"one that says so in its reference stream", document(stream("/Type /XRef /Encrypt 2 0 R", nil)), []string{"a PDF document is encrypted"}},
		{"a torn document", torn[:bytes.Index(torn, []byte("stream"))+20], []string{"a PDF document breaks off", "a stream of a PDF document is damaged"}},
		{"a damaged stream", document(stream("/Filter /FlateDecode", []byte("junk"))), []string{"a stream of a PDF document is damaged"}},
		{"glyphs without characters", page1("BT /F1 12 Tf <0001> Tj ET", fmt.Sprintf(koreanFont, "Identity-H")), []string{"a PDF document has glyphs that do not say which characters they are"}},
		{"values without end", document("[" + strings.Repeat("1 ", 2*maxPDFValues) + "]"), []string{"a PDF document breaks off", "a PDF document has more values than are read"}},
		{"arrays in arrays", document(deep), []string{"a PDF document breaks off"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			openWhole(empty(t), "", test.body).wantMissed(t, test.want...)
		})
	}
}

// TestPDFBombs opens documents that would take all memory or time.
func TestPDFBombs(t *testing.T) {
	const limit = 4 << 20
	bomb := zlibbed(make([]byte, 64<<20))
	pages := []string{stream("/Filter /FlateDecode", zlibbed(bytes.Repeat([]byte("BT /F1 1 Tf (a) Tj ET "), 50_000)))}
	for range 2000 {
		pages = append(pages, "<</Type /Page /Contents 1 0 R /Resources <</Font <</F1 "+plainFont+">>>>>>")
	}
	twice := zlibbed(zlibbed(make([]byte, 64<<20)))
	self := "1 0 2 0 <</Type /ObjStm /First 1 0 R /Length 2 0 R>> 1 0 R"
	unclosed := "%PDF-1.7\n" + strings.Repeat("1 0 obj (", 200_000)
	headless := "%PDF-1.7\n" + strings.Repeat("1 0 obj <<>> stream\n", 100_000)
	for _, test := range []struct {
		why  string
		body []byte
		over bool
	}{
		{"a stream", document(stream("/Filter /FlateDecode", bomb)), true},
		{"filters on filters", document(stream("/Filter [/FlateDecode /FlateDecode]", twice)), true},
		{"an object stream", document(stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", bomb)), true},
		{"pages that share their content", document(pages...), true},
		{"an object stream about itself", document(stream("/Type /ObjStm /N 2 /First 8", []byte(self)), "2 0 R"), false},
		{"references in a circle", document("<</Type /Page /Parent 1 0 R /Resources 2 0 R /Contents 2 0 R>>", "3 0 R", "2 0 R"), false},
		{"strings that do not end", []byte(unclosed), false},
		{"streams that do not end", []byte(headless), false},
		{"a map that says much", page1("BT /F1 1 Tf <"+strings.Repeat("0001", 400_000)+"> Tj ET",
			"<</Subtype /Type0 /Encoding /Identity-H /ToUnicode 4 0 R>>\nendobj\n4 0 obj\n"+
				stream("", []byte("1 beginbfchar <0001> <"+strings.Repeat("AE40", 1000)+"> endbfchar"))), true},
	} {
		f := empty(t)
		f.MaxUnpacked = limit
		var o *opened
		peak := allocated(func() { o = openWhole(f, "", test.body) })
		t.Logf("%s, %d bytes: %d bytes allocated, missed %q", test.why, len(test.body), peak, o.missed)
		if over := "a PDF document unpacks to more than 4 MiB"; test.over != strings.Contains(strings.Join(o.missed, "\n"), over) {
			t.Errorf("%s: missed %q", test.why, o.missed)
		}
		if peak > 200<<20 {
			t.Errorf("%s: %d bytes allocated", test.why, peak)
		}
	}
}

// seeds are one small body of each kind.
func seeds(t testing.TB) [][]byte {
	m := scaled(photo(t), 32)
	return [][]byte{
		gzipped([]byte(letter)), zlibbed([]byte(letter)), deflated([]byte(letter)), brotlied([]byte(letter)), zstded([]byte(letter)),
		zipped(member{"a.txt", letter}, member{"b.gz", string(gzipped([]byte(letter)))}), stored(0, member{"a", letter}),
		pngOf(m), jpegOf(m), withThumbnail(jpegOf(m)),
		page1("q 1 0 0 1 0 0 cm BT /F1 12 Tf 14 TL [(ki) 20 (m)] TJ T* <6b> ' ET Q", plainFont),
		document(stream("/Type /ObjStm /N 1 /First 4", []byte("9 0 <</Type /Page /Contents 1 0 R>>"))),
		page1("BT /F1 12 Tf <0001> Tj ET", "<</Subtype /Type0 /Encoding /Identity-H /ToUnicode 4 0 R>>\nendobj\n4 0 obj\n"+
			stream("", []byte("1 beginbfrange <0001> <0009> <0041> endbfrange"))),
		document(stream("/Subtype /Image /Width 16 /Height 16 /BitsPerComponent 8 /ColorSpace /DeviceGray", make([]byte, 256))),
		[]byte("GIF89a\x08\x00\x08\x00\x00\x00\x00\x21\xfe\x03abc\x00\x3b"),
		[]byte("RIFF\x20\x00\x00\x00WEBPEXIF\x04\x00\x00\x00abcd"),
	}
}
