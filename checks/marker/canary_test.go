package marker

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// What one release mints the next must still recognise, since old values come
// back; so these may never change.
func TestMintIsStable(t *testing.T) {
	for _, test := range []struct {
		owner, item string
		version     int
		run         uint32
		want        string
	}{
		{"alice", "subject", 1, 0, "qzn26t5k6ht0ddppmh5r"},
		{"김민수", "제목", MaxVersion, 0xffff, "qznsrhdthkrqmwntw45r"},
	} {
		if got := Mint(test.owner, test.item, test.version, test.run); got != test.want {
			t.Errorf("Mint(%q, %q, %d, %d) = %q, want %q", test.owner, test.item, test.version, test.run, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	canary := Mint("alice", "subject", 3, 0x1234)
	want := Token{OwnerTag: tag("owner", "alice", ownerBits), ItemTag: tag("item", "subject", itemBits), Version: 3, Run: 0x1234}
	other := byte('0')
	if canary[7] == other {
		other = '1'
	}
	for _, test := range []struct {
		why, text string
		ok        bool
	}{
		{"as minted", canary, true},
		{"a page that shouts", strings.ToUpper(canary), true},
		{"one letter in another case, as a name is capitalised", strings.ToUpper(canary[:1]) + canary[1:], true},
		{"one character changed: the checksum tells", canary[:7] + string(other) + canary[8:], false},
		{"a character that the alphabet leaves out", canary[:7] + "o" + canary[8:], false},
		{"another prefix", "qzm" + canary[3:], false},
		{"cut short", canary[:19], false},
		{"longer", canary + "0", false},
		{"letters of other scripts that become ASCII in lower case", "qzn" + strings.Repeat("\u212a", 5) + "00", false},
		{"empty", "", false},
	} {
		got, ok := Parse(test.text)
		if ok != test.ok || ok && got != want {
			t.Errorf("%s: Parse(%q) = %+v, %v, want ok %v", test.why, test.text, got, ok, test.ok)
		}
	}
}

// A canary that was cut short names its owner only if no other begins so, also
// among those that differ in one thing alone.
func TestMintBeginnings(t *testing.T) {
	seen := make(map[string]string)
	for owner := range 300 {
		for item := range 5 {
			for version := 1; version <= 4; version++ {
				for run := range uint32(2) {
					what := fmt.Sprintf("user%d item%d version %d run %d", owner, item, version, run)
					begin := Mint(fmt.Sprintf("user%d", owner), fmt.Sprintf("item%d", item), version, run)[:CutLen]
					if other, found := seen[begin]; found {
						t.Errorf("%s begins like %s: %s", what, other, begin)
					}
					seen[begin] = what
				}
			}
		}
	}
}

func TestNoiseHasNoCanary(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, 3<<20)
	if _, err := random.Read(noise); err != nil {
		t.Fatal(err)
	}
	korean := make([]rune, 1<<20)
	for i, r := 0, rand.New(random); i < len(korean); i++ {
		korean[i] = '가' + r.Int32N('힣'-'가'+1)
	}
	for _, test := range []struct{ why, text string }{
		{"session ids, pictures in style sheets", base64.StdEncoding.EncodeToString(noise)},
		{"tokens in addresses", base64.URLEncoding.EncodeToString(noise)},
		{"digests", hex.EncodeToString(noise)},
		{"Korean text", string(korean)},
		{"the prefix again and again", strings.Repeat(CanaryPrefix, 1<<15)},
	} {
		for i := 0; i+CanaryLen <= len(test.text); i++ {
			if _, ok := Parse(test.text[i : i+CanaryLen]); ok {
				t.Errorf("%s: %q passes for a canary", test.why, test.text[i:i+CanaryLen])
			}
		}
	}
}

// FuzzMint holds that a canary tells what it was made of.
func FuzzMint(f *testing.F) {
	f.Add("alice", "subject", 1, uint32(0))
	f.Add("김민수", "", MaxVersion, uint32(1<<runBits-1))
	f.Fuzz(func(t *testing.T, owner, item string, version int, run uint32) {
		version &= MaxVersion
		run &= 1<<runBits - 1
		text := Mint(owner, item, version, run)
		got, ok := Parse(text)
		want := Token{tag("owner", owner, ownerBits), tag("item", item, itemBits), version, run}
		if !ok || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, ok, want)
		}
	})
}

// FuzzParse holds that whatever is parsed is exactly what would be minted.
func FuzzParse(f *testing.F) {
	f.Add(Mint("alice", "subject", 1, 7))
	f.Add("QZN00000000000000000")
	f.Add("qzn")
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := Parse(text)
		if !ok {
			return
		}
		payload := encode(seal(token))
		if want := CanaryPrefix + payload + checksum(payload); !strings.EqualFold(text, want) {
			t.Errorf("Parse(%q) = %+v, which is %q", text, token, want)
		}
	})
}
