package sight

import (
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
)

// Bodies that unwrap to more and more, or without end, cost memory for one
// window only.
func TestBounds(t *testing.T) {
	const size = 4 << 20
	deep := "김민수"
	for len(deep) < size {
		deep = base64.StdEncoding.EncodeToString([]byte(deep))
	}
	f := finder(t, people(t))
	f.MaxUnpacked = 4 << 20
	f.Find("", []byte(strings.Repeat("ﷺ%u1234\\u12&amp;", block/8))) // makes tables and pools
	for why, body := range map[string]string{
		"base64 in base64":              deep,
		"references in references":      "&" + strings.Repeat("amp;", size/4),
		"many references in references": strings.Repeat("&amp;amp;amp;amp;amp;amp;amp;", size/29),
		"one run":                       strings.Repeat("A", size),
		"one number":                    strings.Repeat("7", size),
		"backslashes":                   strings.Repeat(`\`, size),
		"escapes of escapes":            strings.Repeat(`\\\\\\\\u0025`, size/13),
		"tags that never end":           strings.Repeat("<a b='", size/6),
		"marks on a letter":             "e" + strings.Repeat("\u0301", size/2),
		"letters that grow":             strings.Repeat("ﷺ", size/3),
		"soft line breaks":              strings.Repeat("=\r\n", size/3),
		"encoded words":                 strings.Repeat("=?utf-8?Q?=41?= ", size/16),
		"shifted":                       "\x0e" + strings.Repeat("1h", size/2),
		"units":                         strings.Repeat("\x40\xae", size/2),
		"everything":                    strings.Repeat(`%26amp;\u0026=3D&#x41;QUFB`+"\xb1\xe8\x00", size/30),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := f.Stream("")
		for at := 0; at < len(body); at += 1 << 20 {
			s.write([]byte(body[at:min(at+1<<20, len(body))]))
		}
		s.Flush()
		runtime.ReadMemStats(&after)
		const most = 48 << 20
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > most {
			t.Errorf("%s: %d MiB more memory", why, grown>>20)
		}
	}
}
