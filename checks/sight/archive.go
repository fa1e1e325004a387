package sight

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"golang.org/x/text/encoding/korean"
)

const (
	// maxMembers is how many members of one archive are looked at.
	maxMembers = 10_000
	// maxMemberName is how many characters of a member's name go into
	// Match.Wrapping.
	maxMemberName = 100
)

// Signatures and sizes of a ZIP archive, as PKWARE's APPNOTE.TXT 4.3 has them.
// Office's documents (OOXML, ODF), EPUB and JAR are ZIP archives.
const (
	zipLocal     = "PK\x03\x04" // in front of each member
	zipDirectory = "PK\x01\x02" // for each member once more, at the end
	zipEmpty     = "PK\x05\x06" // an archive without members begins so
	zipSpanned   = "PK\x07\x08" // and one that was meant to be cut into volumes so

	zipLocalLen = 30

	zipEncrypted = 1 << 0  // flag: the member cannot be read
	zipSizeLater = 1 << 3  // flag: sizes stand behind the member
	zipUTF8      = 1 << 11 // flag: the name is UTF-8
)

func isZip(head []byte, _ string) bool {
	for _, sign := range []string{zipLocal, zipEmpty, zipSpanned} {
		if bytes.HasPrefix(head, []byte(sign)) {
			return true
		}
	}
	return false
}

// openZip looks at the members that the directory lists. If there is none, as
// in a download that broke off, the members are found one behind the other.
func openZip(p []byte, in *inside) {
	a := archive{in: in, kind: "zip"}
	defer a.close()
	// The reader makes an object of hundreds of bytes for each of the directory's
	// entries, whatever their number is said to be.
	if bytes.Count(p, []byte(zipDirectory)) > maxMembers {
		a.walk(p)
		return
	}
	r, err := zip.NewReader(bytes.NewReader(p), int64(len(p)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		a.in.missed("a ZIP archive breaks off")
		a.walk(p)
		return
	}
	for _, f := range r.File {
		if !a.enter(memberName(f.Name, f.Flags)) {
			return
		}
		if f.Flags&zipEncrypted != 0 {
			a.missed("a member of a ZIP archive is encrypted")
			continue
		}
		raw, err := f.OpenRaw()
		if err != nil {
			a.missed("a member of a ZIP archive is damaged")
			continue
		}
		a.inflate(f.Method, raw)
	}
}

// archive goes through the members of an archive.
type archive struct {
	in      *inside
	kind    string
	entered int
	name    string          // of the member that was entered last
	names   strings.Builder // of all, one in a line
	told    map[string]bool // why something was missed
}

// enter begins with the next member. It does not if there were too many.
func (a *archive) enter(name string) bool {
	if a.entered == maxMembers {
		a.missed("an archive has more members than are looked at")
		return false
	}
	a.entered++
	a.name = name
	a.names.WriteString(name + "\n")
	return true
}

// read looks at what r holds of the member.
func (a *archive) read(r io.Reader) {
	p, err := a.in.unpack(r)
	if len(p) > 0 {
		a.in.member(a.kind+" "+shortName(a.name), "", p)
	}
	if err != nil {
		a.missed(a.in.why("a member of an archive", err))
	}
}

// inflate looks at a member of a ZIP archive, packed by that method.
func (a *archive) inflate(method uint16, r io.Reader) {
	switch method {
	case zip.Store:
		a.read(r)
	case zip.Deflate:
		inflater := inflaters.Get().(io.Reader)
		defer inflaters.Put(inflater)
		if err := inflater.(flate.Resetter).Reset(r, nil); err == nil {
			a.read(inflater)
		}
	default:
		a.missed("a member of a ZIP archive is packed in a rare way")
	}
}

// missed tells a reason once for the archive.
func (a *archive) missed(why string) {
	if a.told[why] {
		return
	}
	if a.told == nil {
		a.told = make(map[string]bool)
	}
	a.told[why] = true
	a.in.missed(why)
}

// close looks at the members' names.
func (a *archive) close() {
	if a.entered > 0 {
		a.in.member(a.kind, "text/plain", []byte(a.names.String()))
	}
}

// walk looks at the members of a ZIP archive by their own headers.
func (a *archive) walk(p []byte) {
	for {
		i := bytes.Index(p, []byte(zipLocal))
		if i < 0 || len(p)-i < zipLocalLen {
			return
		}
		header := p[i : i+zipLocalLen]
		p = p[i+zipLocalLen:]
		flags := binary.LittleEndian.Uint16(header[6:])
		method := binary.LittleEndian.Uint16(header[8:])
		size := int(binary.LittleEndian.Uint32(header[18:]))
		nameLen := int(binary.LittleEndian.Uint16(header[26:]))
		extraLen := int(binary.LittleEndian.Uint16(header[28:]))
		if len(p) < nameLen+extraLen {
			return
		}
		if !a.enter(memberName(string(p[:nameLen]), flags)) {
			return
		}
		p = p[nameLen+extraLen:]
		switch {
		case flags&zipEncrypted != 0:
			a.missed("a member of a ZIP archive is encrypted")
		case flags&zipSizeLater != 0 && method == zip.Store:
			// Only the next header says where it ends.
			if size = bytes.Index(p, []byte(zipLocal)); size < 0 {
				size = len(p)
			}
			a.inflate(method, bytes.NewReader(p[:size]))
			p = p[size:]
		case flags&zipSizeLater != 0:
			r := bytes.NewReader(p)
			a.inflate(method, r)
			p = p[len(p)-r.Len():]
		default:
			size = min(size, len(p))
			a.inflate(method, bytes.NewReader(p[:size]))
			p = p[size:]
		}
	}
}

// memberName decodes a name of a ZIP archive. Without the flag for UTF-8 it is
// in the character set of the machine that made it: in Korea CP949. Archives
// whose names are UTF-8 without saying so are common as well.
func memberName(name string, flags uint16) string {
	if flags&zipUTF8 != 0 || utf8.ValidString(name) {
		return name
	}
	decoded, err := korean.EUCKR.NewDecoder().String(name)
	if err == nil && !strings.ContainsRune(decoded, utf8.RuneError) {
		return decoded
	}
	return name
}

// shortName makes a member's name fit for Match.Wrapping.
func shortName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxMemberName {
		return "…" + string(runes[len(runes)-maxMemberName+1:])
	}
	return name
}

// isTar knows what POSIX and GNU write (ustar, pax); older archives have no sign.
func isTar(head []byte, _ string) bool {
	const at = 257
	return len(head) >= at+5 && string(head[at:at+5]) == "ustar"
}

func openTar(p []byte, in *inside) {
	a := archive{in: in, kind: "tar"}
	defer a.close()
	r := tar.NewReader(bytes.NewReader(p))
	for {
		header, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			a.missed(in.why("a tar archive", err))
			return
		}
		if !a.enter(memberName(header.Name, 0)) {
			return
		}
		a.read(r)
	}
}
