package sight

import "html"

// maxReference is the longest reference that is unwrapped, in bytes. The longest
// name has 33; numbers may have any number of leading zeros.
const maxReference = 48

// readReference reads a character reference of HTML and XML: &amp;, &#44608; and
// &#xae40;, with or without its semicolon.
func readReference(text []byte, to []byte) (n int, _ []byte) {
	end := 1
	for end < min(len(text), maxReference) && (isWord(text[end]) || text[end] == '#' && end == 1) {
		end++
	}
	if end < min(len(text), maxReference) && text[end] == ';' {
		end++
	}
	if end < len("&lt") {
		return 0, to
	}
	switch string(text[:end]) { // nearly all there are
	case "&amp;":
		return end, append(to, '&')
	case "&lt;":
		return end, append(to, '<')
	case "&gt;":
		return end, append(to, '>')
	case "&quot;", "&#34;":
		return end, append(to, '"')
	case "&nbsp;":
		return end, append(to, "\u00a0"...)
	case "&#39;", "&apos;":
		return end, append(to, '\'')
	}
	plain := string(text[:end])
	s := html.UnescapeString(plain)
	// A name may be the beginning of a longer word: &ltkim is <kim.
	same := 0
	for same < min(len(s), end) && s[len(s)-1-same] == plain[end-1-same] {
		same++
	}
	return end - same, append(to, s[:len(s)-same]...)
}
