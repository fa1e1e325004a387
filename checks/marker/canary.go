package marker

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// The form of a canary: [CanaryPrefix], 13 characters of payload, 4 of
// checksum, all of [alphabet].
const (
	CanaryPrefix = "qzn" // rare in any language, and no beginning of hexadecimal
	CanaryLen    = 20    // characters of a canary, the prefix included
	CutLen       = 12    // characters of a canary cut short that still name it
)

const (
	// alphabet is Crockford's base 32 (https://www.crockford.com/base32.html)
	// in lower case: letters and digits without i, l, o and u.
	alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

	payloadLen  = 13
	checksumLen = CanaryLen - len(CanaryPrefix) - payloadLen
)

// Bits of a payload's fields; together 65, which is 13 characters.
const (
	ownerBits   = 26
	itemBits    = 15
	versionBits = 8
	runBits     = 16
)

// MaxVersion is the last version that a canary can carry.
const MaxVersion = 1<<versionBits - 1

// Token is what a canary says about itself, without any ledger. Names are in
// it as truncated digests: a [Ledger] that knows the names resolves them.
type Token struct {
	OwnerTag uint32 // 26 bits of the SHA-256 of the owner's name
	ItemTag  uint32 // 15 bits of the SHA-256 of the item's name
	Version  int    // 0 to [MaxVersion]
	Run      uint32 // the lower 16 bits of the run's number, see [RunTag]
}

// Mint makes the canary of one version of an owner's item in one run: 20
// letters and digits, the same for the same arguments. Of the version the lower
// 8 bits count, of the run the lower 16.
//
// The payload's 65 bits go through a fixed, reversible mixing, so that canaries
// of one owner, of one item or of one run do not begin alike and one that a
// page cut short is still told from all others. The mixing is whitening, not
// secrecy: its constants are public, and anybody can mint a canary.
//
// Text that is no canary passes for one only if it has the prefix and a
// checksum that fits. In one gigabyte of random base64, whatever the case of
// the letters, that happens with a chance of about 1 in 600, and it then still
// names somebody of a ledger of a thousand accounts in 1 of 67,000 cases. That
// it reads like one certain canary of the ledger has a chance of 2⁻⁶⁵ more.
func Mint(owner, item string, version int, run uint32) string {
	payload := encode(seal(Token{
		OwnerTag: tag("owner", owner, ownerBits),
		ItemTag:  tag("item", item, itemBits),
		Version:  version,
		Run:      run,
	}))
	return CanaryPrefix + payload + checksum(payload)
}

// Parse reads a canary. Case does not matter; everything else does: text of
// another length, with a character outside the alphabet or with a wrong
// checksum is no canary.
func Parse(text string) (Token, bool) {
	if len(text) != CanaryLen {
		return Token{}, false
	}
	for i := range len(text) {
		if !InAlphabet(text[i]) {
			return Token{}, false
		}
	}
	payload, found := strings.CutPrefix(strings.ToLower(text), CanaryPrefix)
	if !found {
		return Token{}, false
	}
	payload, sum := payload[:payloadLen], payload[payloadLen:]
	if checksum(payload) != sum {
		return Token{}, false
	}
	return open(decode(payload)), true
}

// InAlphabet reports whether c, in lower or upper case, may stand in a canary.
func InAlphabet(c byte) bool { return values[c] != outside }

// RunTag gives the number under which a run mints its canaries, from its id.
func RunTag(id string) uint32 { return tag("run", id, runBits) }

// outside marks the bytes that are not in the alphabet.
const outside = 0xff

// values maps bytes of both cases to their five bits.
var values = func() (v [256]byte) {
	for i := range v {
		v[i] = outside
	}
	for i := range len(alphabet) {
		v[alphabet[i]] = byte(i)
		v[strings.ToUpper(alphabet)[i]] = byte(i)
	}
	return v
}()

// tag shortens a name to so many bits. kind keeps the tags of an owner and of
// an item of the same name apart.
func tag(kind, name string, bits int) uint32 {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return binary.BigEndian.Uint32(sum[:]) >> (32 - bits)
}

// checksum gives 20 bits of the payload's SHA-256 as four characters.
func checksum(payload string) string {
	sum := sha256.Sum256([]byte("checksum\x00" + payload))
	bits := binary.BigEndian.Uint32(sum[:])
	var text [checksumLen]byte
	for i := range text {
		text[i] = alphabet[bits>>27]
		bits <<= 5
	}
	return string(text[:])
}

// block is a payload as the two sides of a Feistel network.
type block struct {
	left  uint64 // 32 bits
	right uint64 // 33 bits
}

const (
	leftMask  = 1<<32 - 1
	rightMask = 1<<33 - 1
)

// rounds are the first binary digits of π's fractional part, which hide nothing.
var rounds = [...]uint64{
	0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0,
	0x082efa98ec4e6c89, 0x452821e638d01377, 0xbe5466cf34e90c6c,
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// seal packs a token into a block and mixes it.
func seal(t Token) block {
	const lower = 33 - versionBits - runBits // bits of the item on the right side
	owner := uint64(t.OwnerTag) & (1<<ownerBits - 1)
	item := uint64(t.ItemTag) & (1<<itemBits - 1)
	version := uint64(t.Version) & MaxVersion
	run := uint64(t.Run) & (1<<runBits - 1)
	b := block{
		left:  owner<<(itemBits-lower) | item>>lower,
		right: item&(1<<lower-1)<<(versionBits+runBits) | version<<runBits | run,
	}
	for i, key := range rounds {
		b.turn(i, key)
	}
	return b
}

// open is the inverse of seal.
func open(b block) Token {
	const lower = 33 - versionBits - runBits
	for i := len(rounds) - 1; i >= 0; i-- {
		b.turn(i, rounds[i])
	}
	return Token{
		OwnerTag: uint32(b.left >> (itemBits - lower)),
		ItemTag:  uint32(b.left&(1<<(itemBits-lower)-1)<<lower | b.right>>(versionBits+runBits)),
		Version:  int(b.right >> runBits & MaxVersion),
		Run:      uint32(b.right & (1<<runBits - 1)),
	}
}

// turn is one round; it is its own inverse.
func (b *block) turn(round int, key uint64) {
	if round%2 == 0 {
		b.left ^= mix(b.right^key) & leftMask
	} else {
		b.right ^= mix(b.left^key) & rightMask
	}
}

// encode writes a block's 65 bits as 13 characters.
func encode(b block) string {
	high, low := b.left>>31, b.left<<33|b.right
	var text [payloadLen]byte
	for i := payloadLen - 1; i >= 0; i-- {
		text[i] = alphabet[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	return string(text[:])
}

// decode is the inverse of encode. All characters must be of the alphabet.
func decode(payload string) block {
	var high, low uint64
	for i := range len(payload) {
		high, low = high<<5|low>>59, low<<5|uint64(values[payload[i]])
	}
	return block{left: high&1<<31 | low>>33, right: low & rightMask}
}
