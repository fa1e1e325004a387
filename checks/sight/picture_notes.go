package sight

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/klauspost/compress/zlib"
)

// notes collects what is written beside the pixels of a picture. Pieces are kept
// apart by a byte that no text has.
type notes struct{ text []byte }

func (n *notes) add(p []byte) { n.text = append(append(n.text, p...), 0) }

func (n *notes) handOver(in *inside) {
	if len(n.text) > 0 {
		in.member("metadata", "", n.text)
	}
}

const (
	exifSign     = "Exif\x00\x00"
	extendedSign = "http://ns.adobe.com/xmp/extension/\x00"
)

// jpegNotes hands over the application's segments and comments. XMP that is too
// long for one segment is cut into several, which need not be in order (XMP
// specification, part 3, 1.1.3.1). A thumbnail is a picture by itself.
func jpegNotes(p []byte, in *inside) {
	const (
		firstApp, lastApp = 0xe0, 0xef
		comment           = 0xfe
		startOfScan       = 0xda

		// Of each part of extended XMP: digest, length of the whole, offset.
		partHeader = len(extendedSign) + 32 + 4 + 4
	)
	type part struct {
		offset uint32
		p      []byte
	}
	var n notes
	var parts []part
	for p = p[2:]; len(p) >= 4 && p[0] == 0xff && p[1] != startOfScan; {
		size := 2 + int(binary.BigEndian.Uint16(p[2:]))
		if size < 4 {
			break
		}
		kind, segment := p[1], p[4:max(4, min(size, len(p)))]
		p = p[min(size, len(p)):]
		switch {
		case bytes.HasPrefix(segment, []byte(extendedSign)) && len(segment) >= partHeader:
			parts = append(parts, part{binary.BigEndian.Uint32(segment[partHeader-4:]), segment[partHeader:]})
		case kind >= firstApp && kind <= lastApp || kind == comment:
			n.add(segment)
			if i := bytes.Index(segment, []byte("\xff\xd8\xff")); i > 0 && bytes.HasPrefix(segment, []byte(exifSign)) {
				in.member("metadata", "image/jpeg", segment[i:])
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.offset, b.offset) })
	for _, part := range parts {
		n.text = append(n.text, part.p...)
	}
	n.handOver(in)
}

const pngSign = "\x89PNG\r\n\x1a\n"

// pngNotes hands over texts, Exif and the name of the colour profile. Some are
// compressed (PNG, third edition, 11.3.3).
func pngNotes(p []byte, in *inside) {
	var n notes
	for p = p[len(pngSign):]; len(p) >= 8; {
		size := int(min(int64(binary.BigEndian.Uint32(p)), int64(len(p)-8)))
		kind, data := string(p[4:8]), p[8:8+size]
		p = p[min(8+size+4, len(p)):]
		switch kind {
		case "tEXt", "eXIf":
			n.add(data)
		case "zTXt", "iCCP":
			// keyword, 0, method 0, compressed
			if keyword, packed, found := bytes.Cut(data, []byte{0}); found && len(packed) > 1 {
				n.add(keyword)
				n.unpack(packed[1:], in)
			}
		case "iTXt":
			// keyword, 0, whether compressed, method 0, language, 0, translated keyword, 0, text
			keyword, rest, found := bytes.Cut(data, []byte{0})
			if !found || len(rest) < 2 || rest[0] == 0 {
				n.add(data)
				continue
			}
			n.add(keyword)
			if heads := bytes.SplitN(rest[2:], []byte{0}, 3); len(heads) == 3 {
				n.add(heads[1])
				n.unpack(heads[2], in)
			}
		}
	}
	n.handOver(in)
}

// unpack adds what is compressed.
func (n *notes) unpack(packed []byte, in *inside) {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err == nil {
		var text []byte
		text, err = in.unpack(r)
		n.add(text)
	}
	if err != nil {
		in.missed(in.why("metadata of a picture", err))
	}
}

// gifNotes hands over comments and what applications wrote. XMP in a GIF is not
// cut into blocks as everything else is, so that of these also the lengths are
// kept (GIF89a, 24 and 26; XMP specification, part 3, 1.1.2).
func gifNotes(p []byte, in *inside) {
	const (
		header      = 13
		extension   = 0x21
		comment     = 0xfe
		application = 0xff
		picture     = 0x2c
	)
	var n notes
	if len(p) < header {
		return
	}
	p = p[min(header+colorTable(p[10]), len(p)):]
	for len(p) > 10 {
		switch p[0] {
		case extension:
			kind := p[1]
			whole, joined := gifBlocks(p[2:])
			p = p[2+len(whole):]
			switch kind {
			case comment:
				n.add(joined)
			case application:
				n.add(whole)
			}
		case picture:
			pixels := min(11+colorTable(p[9]), len(p))
			whole, _ := gifBlocks(p[pixels:])
			p = p[pixels+len(whole):]
		default:
			p = nil
		}
	}
	n.handOver(in)
}

// colorTable returns how many bytes the table has that a GIF's flags announce.
func colorTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifBlocks reads data blocks up to the empty one: as they stand there, and
// joined.
func gifBlocks(p []byte) (whole, joined []byte) {
	at := 0
	for at < len(p) && p[at] != 0 {
		end := min(at+1+int(p[at]), len(p))
		joined = append(joined, p[at+1:end]...)
		at = end
	}
	return p[:min(at+1, len(p))], joined
}

// webpNotes hands over the chunks of a RIFF file that hold Exif, XMP and the
// colour profile (RFC 9649, 2.7.1).
func webpNotes(p []byte, in *inside) {
	var n notes
	for p = p[12:]; len(p) >= 8; {
		size := int(min(int64(binary.LittleEndian.Uint32(p[4:])), int64(len(p)-8)))
		switch string(p[:4]) {
		case "EXIF", "XMP ", "ICCP":
			n.add(p[8 : 8+size])
		}
		p = p[min(8+size+size&1, len(p)):]
	}
	n.handOver(in)
}
