package sight

import (
	"bytes"
	"html"
)

// htmlReferences unwraps the character references of HTML and XML: &amp;,
// &#44608; and &#xae40;, with or without their semicolon.
var htmlReferences = unwrapper{
	name:    "html",
	lead:    '&',
	applies: isMarkup,
	open:    func() decoder { return &htmlDecoder{} },
}

// maxReference is the longest reference that is unwrapped, in bytes. The longest
// name has 33; numbers may have any number of leading zeros.
const maxReference = 48

type htmlDecoder struct {
	held []byte // the beginning of a reference
}

func (d *htmlDecoder) decode(out *unwrapped, p []byte) {
	for len(p) > 0 {
		if len(d.held) == 0 {
			i := bytes.IndexByte(p, '&')
			if i < 0 {
				out.plain(p)
				return
			}
			out.plain(p[:i])
			d.held = append(d.held, '&')
			p = p[i+1:]
			continue
		}
		switch c := p[0]; {
		case c == ';':
			d.held = append(d.held, c)
			p = p[1:]
			d.end(out)
		case len(d.held) < maxReference && (isWord(c) || c == '#' && len(d.held) == 1):
			d.held = append(d.held, c)
			p = p[1:]
		default:
			d.end(out)
		}
	}
}

func (d *htmlDecoder) end(out *unwrapped) {
	if len(d.held) == 0 {
		return
	}
	text := html.UnescapeString(string(d.held))
	// A name may be the beginning of a longer word: &ltkim is <kim.
	same := 0
	for same < min(len(text), len(d.held)) && text[len(text)-1-same] == d.held[len(d.held)-1-same] {
		same++
	}
	if same == len(d.held) {
		out.plain(d.held)
	} else {
		wrapped := len(d.held) - same
		out.form(d.held[:wrapped], text[:len(text)-same])
		out.plain(d.held[wrapped:])
	}
	d.held = d.held[:0]
}
