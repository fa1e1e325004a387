package sight

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxPDFFonts is how often fonts are read for one file.
	maxPDFFonts = 2000
	// maxPDFWidths is how many widths one font may list.
	maxPDFWidths = 1 << 16
)

// pdfFont turns the codes of a content stream into characters.
type pdfFont struct {
	size     func(p []byte) int // bytes of the code at the beginning of p
	unicode  *pdfCMap           // nil without ToUnicode
	encoding *[256]string       // of a simple font
	charset  encoding.Encoding  // of a composite font whose codes are those of a character set
	widths   map[uint32]float64 // in thousandths of the font's size
	width    float64            // of all other codes
}

func oneByte([]byte) int  { return 1 }
func twoBytes([]byte) int { return 2 }

// font returns the font that a dictionary, or a reference to it, describes. It is
// nil if too many were read.
func (f *pdfFile) font(v any) *pdfFont {
	ref, isRef := v.(pdfRef)
	if font, known := f.fonts[ref]; isRef && known {
		return font
	}
	if f.loaded++; f.loaded > maxPDFFonts {
		return nil
	}
	var font *pdfFont
	if d := f.dict(v); d["Subtype"] == pdfName("Type0") {
		font = f.compositeFont(d)
	} else {
		font = f.simpleFont(d)
	}
	if isRef {
		f.fonts[ref] = font
	}
	return font
}

// compositeFont reads a font with codes of several bytes (9.7).
func (f *pdfFile) compositeFont(d pdfDict) *pdfFont {
	font := &pdfFont{size: twoBytes, widths: make(map[uint32]float64), width: 1000}
	font.unicode = f.toUnicode(d)
	if o := f.streamOf(d["Encoding"]); o != nil {
		p, _ := f.decode(o)
		font.size = f.readCMap(p).size
	} else {
		font.charset, font.size = charsetOf(string(f.name(d["Encoding"])))
	}
	if descendants := f.array(d["DescendantFonts"]); len(descendants) > 0 {
		cid := f.dict(descendants[0])
		font.width = f.number(cid["DW"], 1000)
		if font.charset == nil { // else codes are no glyph numbers
			f.cidWidths(font.widths, f.array(cid["W"]))
		}
	}
	return font
}

// cidWidths reads the widths of glyphs (9.7.4.3): of consecutive ones as
// "first [w …]", of those that have the same as "first last w".
func (f *pdfFile) cidWidths(widths map[uint32]float64, w pdfArray) {
	left := maxPDFWidths
	for len(w) >= 2 {
		at := uint32(max(0, f.number(w[0], 0)))
		if list := f.array(w[1]); list != nil {
			for i, v := range list[:min(len(list), left)] {
				widths[at+uint32(i)] = f.number(v, 0)
			}
			left -= min(len(list), left)
			w = w[2:]
			continue
		}
		if len(w) < 3 {
			return
		}
		last := uint32(max(0, f.number(w[1], 0)))
		for ; at <= last && left > 0; at++ {
			widths[at] = f.number(w[2], 0)
			left--
		}
		w = w[3:]
	}
}

// charsetOf returns the character set of a predefined CMap (9.7.5.2), nil if its
// codes are numbers of glyphs, and how many bytes its codes have.
func charsetOf(cmap string) (encoding.Encoding, func([]byte) int) {
	has := func(part string) bool { return strings.Contains(cmap, part) }
	lead := func(p []byte) int {
		if p[0] < 0x81 {
			return 1
		}
		return 2
	}
	switch {
	case strings.HasPrefix(cmap, "Uni") && (has("UCS2") || has("UTF16")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), func(p []byte) int {
			if p[0]&0xfc == 0xd8 { // half of a surrogate pair
				return 4
			}
			return 2
		}
	case strings.HasPrefix(cmap, "KSC"): // KSCms-UHC-H, KSC-EUC-H
		return korean.EUCKR, lead
	case has("RKSJ"):
		return japanese.ShiftJIS, func(p []byte) int {
			if p[0] < 0x81 || p[0] >= 0xa0 && p[0] < 0xe0 {
				return 1
			}
			return 2
		}
	case strings.HasPrefix(cmap, "EUC-"):
		return japanese.EUCJP, lead
	case strings.HasPrefix(cmap, "GB"):
		return simplifiedchinese.GBK, lead
	case has("B5"):
		return traditionalchinese.Big5, lead
	}
	return nil, twoBytes
}

// simpleFont reads a font with codes of one byte (9.6).
func (f *pdfFile) simpleFont(d pdfDict) *pdfFont {
	font := &pdfFont{size: oneByte, widths: make(map[uint32]float64)}
	font.unicode = f.toUnicode(d)
	font.encoding = f.simpleEncoding(d)
	widths := f.array(d["Widths"])
	at := uint32(max(0, f.number(d["FirstChar"], 0)))
	for i, v := range widths[:min(len(widths), 256)] {
		font.widths[at+uint32(i)] = f.number(v, 0)
	}
	switch {
	case len(widths) > 0:
	case strings.Contains(string(f.name(d["BaseFont"])), "Courier"):
		font.width = 600
	default:
		for i, w := range helvetica {
			font.widths[' '+uint32(i)] = float64(w)
		}
		font.width = 556
	}
	font.width = f.number(f.dict(d["FontDescriptor"])["MissingWidth"], font.width)
	// A Type 3 font has a measure of its own.
	if m := f.array(d["FontMatrix"]); d["Subtype"] == pdfName("Type3") && len(m) > 0 {
		scale := 1000 * f.number(m[0], 0.001)
		for code := range font.widths {
			font.widths[code] *= scale
		}
	}
	return font
}

// helvetica has the widths of the characters from space to tilde in Helvetica,
// as Adobe's metrics for the 14 standard fonts give them. Others are near
// enough to tell a gap between words.
var helvetica = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// toUnicode reads a font's own table of its characters, nil if it has none.
func (f *pdfFile) toUnicode(d pdfDict) *pdfCMap {
	o := f.streamOf(d["ToUnicode"])
	if o == nil {
		return nil
	}
	p, _ := f.decode(o)
	return f.readCMap(p)
}

// simpleEncoding returns the characters of a simple font's codes. The standard
// encoding is taken for that of Windows, with which it agrees on ASCII but for
// the quotation marks.
func (f *pdfFile) simpleEncoding(d pdfDict) *[256]string {
	base, differences := f.name(d["Encoding"]), pdfArray(nil)
	if own := f.dict(d["Encoding"]); own != nil {
		base, differences = f.name(own["BaseEncoding"]), f.array(own["Differences"])
	}
	table := charmap.Windows1252
	if base == "MacRomanEncoding" {
		table = charmap.Macintosh
	}
	var to [256]string
	for code := range to {
		if r := table.DecodeByte(byte(code)); r != utf8.RuneError && d["Subtype"] != pdfName("Type3") {
			to[code] = string(r)
		}
	}
	code := 0
	for _, v := range differences {
		switch v := f.resolve(v).(type) {
		case float64:
			code = int(v)
		case pdfName:
			if code >= 0 && code < len(to) {
				to[code] = glyphText(string(v))
			}
			code++
		}
	}
	return &to
}

// glyph returns the characters and the width of a code, in thousandths of the
// font's size. It is not ok if the file does not say which characters.
func (font *pdfFont) glyph(p []byte) (text string, width float64, ok bool) {
	code := codeOf(p)
	width, found := font.widths[code]
	if !found {
		width = font.width
	}
	if font.charset != nil && len(p) == 1 {
		width = 500 // of a font for Chinese, Japanese or Korean, half as wide as its others
	}
	if font.unicode != nil {
		if text, ok = font.unicode.text(code); ok {
			return text, width, true
		}
	}
	switch {
	case font.encoding != nil:
		text = font.encoding[byte(code)]
	case font.charset != nil:
		decoded, _ := font.charset.NewDecoder().Bytes(p)
		text = string(decoded)
	}
	return text, width, text != ""
}

// glyphText returns the characters of a glyph's name, as Adobe's Glyph List
// Specification derives them: letters and digits by themselves or in words,
// uni20AC and u20AC by number, accented letters by their parts.
func glyphText(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if len(name) == 1 {
		return name
	}
	if text, found := glyphNames[name]; found {
		return text
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, found := strings.CutPrefix(name, prefix); found && len(digits) >= 4 && len(digits) <= 6 {
			if n, err := strconv.ParseUint(digits, 16, 32); err == nil && n <= utf8.MaxRune {
				return string(rune(n))
			}
		}
	}
	if name != "" {
		if accent, found := accents[name[1:]]; found {
			return norm.NFC.String(name[:1] + accent)
		}
	}
	return ""
}

// accents are combining characters by the names that they have behind a letter.
var accents = map[string]string{
	"grave": "\u0300", "acute": "\u0301", "circumflex": "\u0302", "tilde": "\u0303", "macron": "\u0304",
	"breve": "\u0306", "dotaccent": "\u0307", "dieresis": "\u0308", "ring": "\u030a",
	"hungarumlaut": "\u030b", "caron": "\u030c", "cedilla": "\u0327", "ogonek": "\u0328",
}

// glyphNames are the names that do not tell themselves.
var glyphNames = map[string]string{
	"space": " ", "exclam": "!", "quotedbl": `"`, "numbersign": "#", "dollar": "$", "percent": "%",
	"ampersand": "&", "quotesingle": "'", "parenleft": "(", "parenright": ")", "asterisk": "*", "plus": "+",
	"comma": ",", "hyphen": "-", "minus": "-", "period": ".", "slash": "/", "zero": "0", "one": "1", "two": "2",
	"three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "colon": ":",
	"semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@", "bracketleft": "[",
	"backslash": `\`, "bracketright": "]", "asciicircum": "^", "underscore": "_", "grave": "`", "braceleft": "{",
	"bar": "|", "braceright": "}", "asciitilde": "~", "quoteleft": "‘", "quoteright": "’", "quotedblleft": "“",
	"quotedblright": "”", "endash": "–", "emdash": "—", "bullet": "•", "ellipsis": "…", "periodcentered": "·",
	"ff": "ff", "fi": "fi", "fl": "fl", "ffi": "ffi", "ffl": "ffl", "germandbls": "ß", "ae": "æ", "AE": "Æ",
	"oe": "œ", "OE": "Œ", "oslash": "ø", "Oslash": "Ø", "dotlessi": "ı", "eth": "ð", "Eth": "Ð",
	"thorn": "þ", "Thorn": "Þ", "section": "§", "degree": "°", "sterling": "£", "yen": "¥", "Euro": "€",
	"won": "₩", "copyright": "©", "registered": "®", "nbspace": "\u00a0",
}
