package sight

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// pdfUse is what a stream is for.
type pdfUse int

const (
	pdfOther   pdfUse = iota // attachments, metadata, scripts: looked at as they are
	pdfContent               // of a page
	pdfForm                  // content by itself
	pdfPicture
	pdfInner // objects, fonts and what else makes up the file
)

func isPDF(head []byte, media string) bool {
	const sign = "%PDF-"
	if media == "application/pdf" || media == "application/x-pdf" {
		return bytes.Contains(head, []byte(sign))
	}
	return bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte(sign))
}

// openPDF hands over a document's text, all strings of its objects (titles,
// notes, values of forms, links), and what lies in its other streams.
func openPDF(p []byte, in *inside) {
	f := readPDF(p, in)
	if f.encrypted {
		in.missed("a PDF document is encrypted")
		return
	}
	f.classify()
	var strings bytes.Buffer
	for _, o := range f.objects {
		f.collect(&strings, o.value)
	}
	f.member("text/plain", f.readText(&strings))
	f.member("text/plain", strings.Bytes())
	for _, o := range f.objects {
		if o.raw == nil {
			continue
		}
		switch o.use {
		case pdfPicture:
			f.picture(o)
		case pdfOther:
			p, _ := f.decode(o)
			f.member("", p)
			if looksLikeContent(p) {
				f.member("text/plain", f.lostText(p))
			}
		}
	}
	for _, m := range []struct {
		is  bool
		why string
	}{
		{f.torn, "a PDF document breaks off"},
		{f.damaged, "a stream of a PDF document is damaged"},
		{f.values == 0, "a PDF document has more values than are read"},
		{f.loaded > maxPDFFonts, "a PDF document has more fonts than are read"},
		{f.blind, "a PDF document has glyphs that do not say which characters they are"},
	} {
		if m.is {
			in.missed(m.why)
		}
	}
}

// member hands over what was found, if anything.
func (f *pdfFile) member(media string, p []byte) {
	if len(p) > 0 {
		f.in.member("", media, p)
	}
}

// classify finds out what the streams are for, from what refers to them and from
// what they say.
func (f *pdfFile) classify() {
	for _, o := range f.objects {
		d := o.dict()
		for _, key := range []pdfName{"FontFile", "FontFile2", "FontFile3"} {
			f.mark(d[key], pdfInner)
		}
		f.mark(d["ToUnicode"], pdfInner)
		for _, glyph := range f.dict(d["CharProcs"]) {
			f.mark(glyph, pdfInner)
		}
		if d["Type"] == pdfName("Page") {
			f.mark(d["Contents"], pdfContent)
			for _, part := range f.array(d["Contents"]) {
				f.mark(part, pdfContent)
			}
		}
		if o.raw == nil || o.use != pdfOther {
			continue
		}
		switch {
		case d["Subtype"] == pdfName("Form") || d["PatternType"] != nil:
			o.use = pdfForm
		case d["Subtype"] == pdfName("Image"):
			o.use = pdfPicture
		case d["Type"] == pdfName("XRef") || d["Type"] == pdfName("CMap"):
			o.use = pdfInner
		}
	}
}

func (f *pdfFile) mark(v any, use pdfUse) {
	if o := f.streamOf(v); o != nil {
		o.use = use
	}
}

// readText returns the text of all pages and forms. Each form is read once, by
// itself, however often it is drawn.
func (f *pdfFile) readText(strings *bytes.Buffer) []byte {
	t := &pdfText{file: f, strings: strings}
	fallback := f.allFonts()
	for _, o := range f.objects {
		switch d := o.dict(); {
		case d["Type"] == pdfName("Page"):
			t.page(f.resourcesOf(d, fallback))
			if !t.read(f.contents(d["Contents"])) {
				return t.out.Bytes()
			}
		case o.raw != nil && o.use == pdfForm:
			t.page(f.resourcesOf(d, fallback))
			p, _ := f.decode(o)
			if !t.read(p) {
				return t.out.Bytes()
			}
		}
	}
	return t.out.Bytes()
}

// looksLikeContent reports whether a stream shows text.
func looksLikeContent(p []byte) bool {
	return bytes.Contains(p, []byte("BT")) && (bytes.Contains(p, []byte("Tj")) || bytes.Contains(p, []byte("TJ")))
}

// lostText returns the text of a content stream whose page is not there.
func (f *pdfFile) lostText(p []byte) []byte {
	t := &pdfText{file: f, strings: new(bytes.Buffer)}
	t.page(f.allFonts())
	t.read(p)
	return t.out.Bytes()
}

// contents joins the content streams of a page.
func (f *pdfFile) contents(v any) []byte {
	if o := f.streamOf(v); o != nil {
		p, _ := f.decode(o)
		return p
	}
	var joined []byte
	for _, part := range f.array(v) {
		if o := f.streamOf(part); o != nil {
			p, _ := f.decode(o)
			joined = append(append(joined, p...), '\n')
		}
	}
	return joined
}

// resourcesOf returns the resources of a page, which may inherit them, or of a
// form; fallback if they are lost.
func (f *pdfFile) resourcesOf(d pdfDict, fallback pdfDict) pdfDict {
	const deepest = 32
	for range deepest {
		if resources := f.dict(d["Resources"]); resources != nil {
			return resources
		}
		if d = f.dict(d["Parent"]); d == nil {
			break
		}
	}
	return fallback
}

// allFonts returns resources with the fonts of all resources.
func (f *pdfFile) allFonts() pdfDict {
	fonts := make(pdfDict)
	for _, o := range f.objects {
		d := o.dict()
		if resources := f.dict(d["Resources"]); resources != nil {
			d = resources
		}
		for name, font := range f.dict(d["Font"]) {
			fonts[name] = font
		}
	}
	return pdfDict{"Font": fonts}
}

// collect appends the texts in a value, one in a line.
func (f *pdfFile) collect(to *bytes.Buffer, v any) {
	switch v := v.(type) {
	case pdfString:
		if len(v) > 0 {
			to.WriteString(pdfTextString(v))
			to.WriteByte('\n')
		}
	case pdfArray:
		for _, part := range v {
			f.collect(to, part)
		}
	case pdfDict:
		keys := make([]pdfName, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			f.collect(to, v[key])
		}
	}
}

// pdfTextString decodes a text string (7.9.2.2): UTF-16 or UTF-8 if it begins
// with their byte order mark. Without one it should be in PDF's own encoding,
// which is near that of Windows; many writers put UTF-8 there.
func pdfTextString(s pdfString) string {
	switch {
	case bytes.HasPrefix(s, []byte("\xfe\xff")):
		return utf16Text(s[2:], func(p []byte) uint16 { return uint16(p[0])<<8 | uint16(p[1]) })
	case bytes.HasPrefix(s, []byte("\xff\xfe")):
		return utf16Text(s[2:], func(p []byte) uint16 { return uint16(p[1])<<8 | uint16(p[0]) })
	case bytes.HasPrefix(s, []byte("\ufeff")):
		return string(s[3:])
	case utf8.Valid(s):
		return string(s)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(s)
	if err != nil {
		return string(s)
	}
	return string(text)
}

func utf16Text(p []byte, unit func([]byte) uint16) string {
	units := make([]uint16, 0, len(p)/2)
	for ; len(p) >= 2; p = p[2:] {
		units = append(units, unit(p))
	}
	return string(utf16.Decode(units))
}
