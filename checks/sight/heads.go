package sight

// heads finds where a marker may begin: it knows the first bytes of all
// patterns, four of them or as many as a pattern has before its first white
// space, in lower case. A bitmap in front, small enough for the processor's
// caches, keeps nearly all of a text away from the tables.
type heads struct {
	bitmap []uint64 // of the hashes of four bytes
	shift  uint     // of a hash, to a bit
	four   map[uint32]int
	three  map[uint32]int
	brief  *briefHeads // nil if no head has fewer than three bytes
}

// briefHeads are the heads of one and two bytes. They need a pass of their own.
type briefHeads struct {
	first [256]bool
	two   map[uint16]int
	one   map[byte]int
}

const (
	headLen    = 4
	threeBytes = 3
)

// newHeads prepares for heads, each with a number of its own.
func newHeads(all []string) *heads {
	size := uint(18) // 32 kB at least
	for 1<<size < 64*len(all) && size < 23 {
		size++
	}
	h := &heads{
		bitmap: make([]uint64, 1<<size/64), shift: 32 - size,
		four: make(map[uint32]int), three: make(map[uint32]int),
	}
	for i, head := range all {
		switch len(head) {
		case 1:
			h.briefly().one[head[0]] = i
			h.brief.first[head[0]] = true
		case 2:
			h.briefly().two[uint16(head[0])|uint16(head[1])<<8] = i
			h.brief.first[head[0]] = true
		case threeBytes:
			key := word(head)
			h.three[key] = i
			for next := range uint32(256) { // whatever follows
				h.set(key | next<<24)
			}
		default:
			key := word(head)
			h.four[key] = i
			h.set(key)
		}
	}
	return h
}

func (h *heads) briefly() *briefHeads {
	if h.brief == nil {
		h.brief = &briefHeads{two: make(map[uint16]int), one: make(map[byte]int)}
	}
	return h.brief
}

// word reads up to four bytes as a number, the first one lowest.
func word(text string) uint32 {
	var key uint32
	for i := range min(len(text), headLen) {
		key |= uint32(text[i]) << (8 * i)
	}
	return key
}

// multiplier is that of Fibonacci hashing: 2³² by the golden ratio.
const multiplier = 0x9e3779b1

func (h *heads) hash(key uint32) uint32 { return key * multiplier >> h.shift }

func (h *heads) set(key uint32) {
	at := h.hash(key)
	h.bitmap[at/64] |= 1 << (at % 64)
}

// each calls found with every place at which a head stands and its number. The
// heads of fewer than three bytes come behind all others.
func (h *heads) each(text []byte, found func(at, head int)) {
	if len(text) > 0 {
		h.long(text, found)
	}
	if h.brief != nil {
		h.brief.each(text, found)
	}
}

func (h *heads) long(text []byte, found func(at, head int)) {
	if len(text) < threeBytes {
		return
	}
	key := uint32(lower[text[0]])<<8 | uint32(lower[text[1]])<<16 | uint32(lower[text[2]])<<24
	bitmap, shift := h.bitmap, h.shift&31
	for i, c := range text[threeBytes:] {
		key = key>>8 | uint32(lower[c])<<24
		at := key * multiplier >> shift
		if bitmap[at/64&uint32(len(bitmap)-1)]>>(at%64)&1 != 0 { // a power of two of words
			h.lookUp(key, i, found)
		}
	}
	// A head of three bytes may be the last of the text.
	h.lookUp(key>>8, len(text)-threeBytes, found)
}

func (h *heads) lookUp(key uint32, at int, found func(at, head int)) {
	if i, ok := h.four[key]; ok {
		found(at, i)
	}
	if i, ok := h.three[key&(1<<24-1)]; ok {
		found(at, i)
	}
}

func (h *briefHeads) each(text []byte, found func(at, head int)) {
	for i, c := range text {
		c = lower[c]
		if !h.first[c] {
			continue
		}
		if head, ok := h.one[c]; ok {
			found(i, head)
		}
		if i+1 < len(text) {
			if head, ok := h.two[uint16(c)|uint16(lower[text[i+1]])<<8]; ok {
				found(i, head)
			}
		}
	}
}

// lower maps ASCII letters to lower case and all other bytes to themselves.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= t[i] && t[i] <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()
