package sight

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// opener opens a kind of body that holds others: something compressed, an
// archive, a document, a picture.
type opener struct {
	name string // first in Match.Wrapping, unless a member has a name of its own
	// is reports whether something that begins so is of this kind: head has its
	// first bytes, at most [headOfBody]; media is its media type, "" if unknown.
	is func(head []byte, media string) bool
	// open hands what p holds to in. What cannot be opened is told as missed;
	// everything until there was handed over.
	open func(p []byte, in *inside)
}

// headOfBody is how many bytes an opener needs to know its kind.
const headOfBody = 512

// openers are all of them, in the order in which they are asked. Those that
// know their kind by its first bytes come first, those that have to try last.
var openers = []opener{
	{"picture", isPicture, openPicture},
	{"pdf", isPDF, openPDF},
	{"zip", isZip, openZip},
	{"tar", isTar, openTar},
	{"gzip", isGzip, openGzip},
	{"zstd", isZstd, openZstd},
	{"deflate", isZlib, openZlib},
	{"closed", isClosed, openClosed},
	{"deflate", isBare, openBare},
}

// inside takes what an opener finds.
type inside struct {
	finder *Finder
	// budget bounds what may be unpacked from one body, nested ones included.
	budget *budget
	// member looks at a piece: name goes into Match.Wrapping ("zip word/document.xml"),
	// media says how text can be wrapped in it, "" tries everything.
	member func(name, media string, p []byte)
	// match reports a marker that the opener has found itself, as in a picture.
	match func(Match)
	// missed tells what could not be opened, in words without content.
	missed func(why string)
}

// budget is how many bytes may still be unpacked.
type budget struct{ left int64 }

// take reports whether n more bytes may be unpacked, and counts them.
func (b *budget) take(n int64) bool {
	if n > b.left {
		b.left = 0
		return false
	}
	b.left -= n
	return true
}

// openerOf returns what opens a body, nil if nothing does.
func openerOf(head []byte, contentType string) *opener {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	for i := range openers {
		if openers[i].is(head, media) {
			return &openers[i]
		}
	}
	return nil
}

// errOverBudget says that something unpacks to more than the budget has left.
var errOverBudget = errors.New("over budget")

// unpack reads r to its end or as far as the budget goes. What it returns holds
// everything until an error.
func (in *inside) unpack(r io.Reader) ([]byte, error) {
	var p []byte
	for {
		p = growSlice(p, in.budget.left)
		left := in.budget.left
		n, err := r.Read(p[len(p):cap(p)])
		if !in.budget.take(int64(n)) {
			return p[:len(p)+int(left)], errOverBudget
		}
		p = p[:len(p)+n]
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return p, err
		}
	}
}

// growSlice makes room behind p, not much more than left and one byte, with
// which a reader shows that there is more.
func growSlice(p []byte, left int64) []byte {
	if len(p) < cap(p) {
		return p
	}
	room := min(int64(max(4<<10, len(p))), left+1)
	return append(make([]byte, 0, int64(len(p))+room), p...)
}

// unpacked hands over what r unpacks to, and tells what went wrong. kind says
// what it is, with its article.
func (in *inside) unpacked(name, kind string, r io.Reader) {
	p, err := in.unpack(r)
	if len(p) > 0 {
		in.member(name, "", p)
	}
	if err != nil {
		in.missed(in.why(kind, err))
	}
}

// why says in words without content why something was not looked at whole.
func (in *inside) why(kind string, err error) string {
	switch {
	case errors.Is(err, errOverBudget):
		return fmt.Sprintf("%s unpacks to more than %s", kind, bytesInWords(in.finder.MaxUnpacked))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return kind + " breaks off"
	}
	return kind + " is damaged"
}

// bytesInWords writes a limit as it stands in a plan.
func bytesInWords(n int64) string {
	switch {
	case n > 0 && n%(1<<20) == 0:
		return fmt.Sprint(n>>20, " MiB")
	case n > 0 && n%(1<<10) == 0:
		return fmt.Sprint(n>>10, " KiB")
	}
	return fmt.Sprint(n, " bytes")
}

// closed are kinds of bodies that can hold text which sight cannot reach. All
// that is known of them is how they begin.
var closed = []struct{ begin, kind string }{
	{"Rar!\x1a\x07", "a RAR archive was not opened"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive was not opened"},
	{"\xfd7zXZ\x00", "an xz body was not unpacked"},
	{"BZh", "a bzip2 body was not unpacked"},
	// Documents of Office until 2003, of Hangul (hwp), and encrypted ones of
	// today (MS-CFB). Their text is found where it is not compressed.
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a compound document was not opened"},
}

func isClosed(head []byte, _ string) bool { return closedAs(head) != "" }

func openClosed(p []byte, in *inside) { in.missed(closedAs(p)) }

func closedAs(p []byte) string {
	for _, c := range closed {
		if bytes.HasPrefix(p, []byte(c.begin)) && !isText(p[:min(len(p), headOfBody)]) {
			return c.kind
		}
	}
	return ""
}
