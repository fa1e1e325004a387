package sight

// readPercent reads a byte of percent encoding (RFC 3986, section 2.1), or a
// unit of UTF-16 as JavaScript's escape writes it: %uae40.
func readPercent(text []byte, to []byte) (n int, _ []byte) {
	const size = len("%41")
	if len(text) < size {
		return 0, to
	}
	if text[1]|0x20 == 'u' {
		return readUnit(text, "%"+string(text[1:2]), to)
	}
	if r, ok := digits(text, 1, 2); ok {
		return size, append(to, byte(r))
	}
	return 0, to
}
