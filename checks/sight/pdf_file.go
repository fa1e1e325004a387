package sight

import (
	"bytes"
	"errors"
	"slices"
)

// pdfFile is what a PDF file holds. Its cross-reference table is not asked:
// damaged files have a wrong one, and what an update has replaced is still
// there for everybody to read.
type pdfFile struct {
	in        *inside
	objects   []*pdfObject
	byNumber  map[int]*pdfObject // the last one of each
	values    int                // how many more may be read
	encrypted bool
	torn      bool
	damaged   bool // a stream did not unpack
	fonts     map[pdfRef]*pdfFont
	loaded    int  // how many fonts were read
	blind     bool // a font does not say which characters its glyphs are
}

// pdfObject is an object, which is a stream if raw is not nil.
type pdfObject struct {
	value any
	raw   []byte // as it stands in the file
	use   pdfUse
}

// dict returns the object's dictionary, nil if it has none.
func (o *pdfObject) dict() pdfDict {
	d, _ := o.value.(pdfDict)
	return d
}

// readPDF finds the objects of a file, those in object streams included.
func readPDF(p []byte, in *inside) *pdfFile {
	f := &pdfFile{in: in, byNumber: make(map[int]*pdfObject), values: maxPDFValues, fonts: make(map[pdfRef]*pdfFont)}
	for at := 0; ; {
		i := bytes.Index(p[at:], []byte("obj"))
		if i < 0 {
			f.trailers(p[at:])
			break
		}
		i += at
		number, ok := objectNumber(p[max(at, i-32):i])
		if !ok {
			f.trailers(p[at:i])
			at = i + len("obj")
			continue
		}
		f.trailers(p[at:i])
		at = f.object(p, i+len("obj"), number)
	}
	if f.encrypted {
		return f
	}
	for _, o := range slices.Clone(f.objects) {
		if o.raw != nil && o.dict()["Type"] == pdfName("ObjStm") {
			o.use = pdfInner
			f.objectStream(o)
		}
	}
	return f
}

// objectNumber reads the two numbers in front of obj.
func objectNumber(before []byte) (int, bool) {
	fields := bytes.Fields(before)
	if len(fields) < 2 || bytes.HasSuffix(before, []byte("end")) {
		return 0, false
	}
	number, generation := fields[len(fields)-2], fields[len(fields)-1]
	// Something else may stand close in front of the number.
	number = number[bytes.LastIndexFunc(number, func(r rune) bool { return r < '0' || r > '9' })+1:]
	if len(number) == 0 || !isDigit(generation[0]) {
		return 0, false
	}
	return int(pdfNumber(number)), true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// trailers notes what stands between objects.
func (f *pdfFile) trailers(p []byte) {
	for {
		_, after, found := bytes.Cut(p, []byte("trailer"))
		if !found {
			return
		}
		l := pdfLexer{p: after, values: &f.values}
		v, _ := l.value()
		f.add(0, &pdfObject{value: v})
		p = after[l.at:]
	}
}

// object reads the object at an offset, and returns where it ends.
func (f *pdfFile) object(p []byte, at, number int) int {
	l := pdfLexer{p: p, at: at, values: &f.values}
	v, ok := l.value()
	if !ok {
		f.torn = true
	}
	o := &pdfObject{value: v}
	defer f.add(number, o)
	l.skipSpace()
	d, isDict := v.(pdfDict)
	if !isDict || !l.has("stream") {
		return l.at
	}
	l.at += len("stream")
	if l.has("\r") {
		l.at++
	}
	if l.has("\n") {
		l.at++
	}
	const end = "endstream"
	length, _ := f.resolve(d["Length"]).(float64)
	if n := int(length); n > 0 && n <= len(p)-l.at {
		behind := p[l.at+n:]
		if bytes.HasPrefix(bytes.TrimLeft(behind[:min(len(behind), 16)], "\r\n "), []byte(end)) {
			o.raw = p[l.at : l.at+n : l.at+n]
			return l.at + n
		}
	}
	n := bytes.Index(p[l.at:], []byte(end))
	if n < 0 {
		f.torn = true
		n = len(p) - l.at
	}
	o.raw = p[l.at : l.at+n : l.at+n]
	return l.at + n
}

// add enters an object; number is 0 if nothing can refer to it.
func (f *pdfFile) add(number int, o *pdfObject) {
	f.objects = append(f.objects, o)
	if number > 0 {
		f.byNumber[number] = o
	}
	if d := o.dict(); d["Encrypt"] != nil {
		f.encrypted = true
	}
}

// objectStream reads the objects of an object stream. They stand in the order
// of their numbers' list; the offsets beside those are not needed.
func (f *pdfFile) objectStream(o *pdfObject) {
	p, _ := f.decode(o)
	first, _ := f.resolve(o.dict()["First"]).(float64)
	if first < 0 || int(first) > len(p) {
		f.damaged = true
		return
	}
	numbers := pdfLexer{p: p[:int(first)], values: &f.values}
	l := pdfLexer{p: p, at: int(first), values: &f.values}
	for {
		number, ok := numbers.value()
		if _, both := numbers.value(); !ok || !both {
			return
		}
		v, ok := l.value()
		if !ok {
			return
		}
		n, _ := number.(float64)
		f.add(int(n), &pdfObject{value: v})
	}
}

// resolve follows references to a value.
func (f *pdfFile) resolve(v any) any {
	const longest = 16
	for range longest {
		ref, isRef := v.(pdfRef)
		if !isRef {
			return v
		}
		o := f.byNumber[int(ref)]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

// dict follows references to a dictionary, nil if there is none.
func (f *pdfFile) dict(v any) pdfDict {
	d, _ := f.resolve(v).(pdfDict)
	return d
}

// array follows references to an array, nil if there is none.
func (f *pdfFile) array(v any) pdfArray {
	a, _ := f.resolve(v).(pdfArray)
	return a
}

// number follows references to a number, or returns otherwise.
func (f *pdfFile) number(v any, otherwise float64) float64 {
	if n, isNumber := f.resolve(v).(float64); isNumber {
		return n
	}
	return otherwise
}

// name follows references to a name, "" if there is none.
func (f *pdfFile) name(v any) pdfName {
	n, _ := f.resolve(v).(pdfName)
	return n
}

// streamOf follows references to a stream, nil if there is none.
func (f *pdfFile) streamOf(v any) *pdfObject {
	const longest = 16
	for range longest {
		ref, isRef := v.(pdfRef)
		if !isRef {
			return nil
		}
		o := f.byNumber[int(ref)]
		if o == nil {
			return nil
		}
		if o.raw != nil {
			return o
		}
		v = o.value
	}
	return nil
}

// decode unpacks a stream. What it is packed with that is a picture's own way
// is left, and named.
func (f *pdfFile) decode(o *pdfObject) (p []byte, left pdfName) {
	d := o.dict()
	p = o.raw
	for i, filter := range f.filters(d) {
		if isPictureFilter(filter) {
			return p, filter
		}
		var err error
		if p, err = f.unfilter(p, filter, f.parameters(d, i)); err != nil {
			f.fail(err)
		}
	}
	return p, ""
}

// fail notes that a stream was not unpacked whole.
func (f *pdfFile) fail(err error) {
	if errors.Is(err, errOverBudget) {
		f.in.missed(f.in.why("a PDF document", err))
		return
	}
	f.damaged = true
}
