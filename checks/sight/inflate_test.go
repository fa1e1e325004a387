package sight

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// letter is a body that is long enough to be compressed.
const letter = `{"owner":"김민수","subject":"qzne2rrg9tez9m27sr0g","text":"the quarterly report, please answer soon"}`

func gzipped(p []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func zlibbed(p []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func deflated(p []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.DefaultCompression)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func brotlied(p []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriter(&b)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func zstded(p []byte, options ...zstd.EOption) []byte {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b, options...)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func TestInflate(t *testing.T) {
	long := strings.Repeat(letter, 500)
	for _, test := range []struct {
		why, media string
		body       []byte
		wrapping   string
	}{
		{"gzip", "application/octet-stream", gzipped([]byte(letter)), "gzip"},
		{"gzip that calls itself a page", "text/html; charset=utf-8", gzipped([]byte(letter)), "gzip"},
		{"gzip of several members", "", append(gzipped([]byte("first")), gzipped([]byte(letter))...), "gzip"},
		{"gzip with garbage behind it", "", append(gzipped([]byte(letter)), "\x00\x01garbage"...), "gzip"},
		{"zlib", "application/json", zlibbed([]byte(letter)), "deflate"},
		{"deflate", "", deflated([]byte(letter)), "deflate"},
		{"long deflate", "", deflated([]byte(long)), "deflate"},
		{"deflate that calls itself a page", "text/html", deflated([]byte(letter)), "deflate"},
		{"Brotli", "", brotlied([]byte(letter)), "br"},
		{"long Brotli", "application/json", brotlied([]byte(long)), "br"},
		{"zstd", "", zstded([]byte(letter)), "zstd"},
		{"zstd of several frames", "", append(zstded([]byte("first")), zstded([]byte(letter))...), "zstd"},
		{"zstd with garbage behind it", "", append(zstded([]byte(letter)), "\x00\x01garbage"...), "zstd"},
		{"gzip in zstd in gzip", "", gzipped(zstded(gzipped([]byte(letter)))), "gzip > zstd > gzip"},
		{"Brotli in gzip", "", gzipped(brotlied([]byte(letter))), "gzip > br"},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), test.media, test.body)
			o.wantPiece(t, test.wrapping, letter)
			o.wantMissed(t)
		})
	}
}

func TestInflateTorn(t *testing.T) {
	var text bytes.Buffer
	for i := range 3000 {
		text.WriteString(letter[:i%len(letter)])
	}
	text.WriteString(strings.Repeat("0123456789", 1000))
	for _, test := range []struct {
		why  string
		body []byte
		name string
		want string
	}{
		{"gzip", gzipped(text.Bytes()), "gzip", "a gzip body breaks off"},
		{"zlib", zlibbed(text.Bytes()), "deflate", "a zlib body breaks off"},
		{"zstd", zstded(append(text.Bytes(), noise(200_000)...)), "zstd", "a zstd body breaks off"},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), "", test.body[:len(test.body)-len(test.body)/4])
			o.wantPiece(t, test.name, letter[:100])
			o.wantMissed(t, test.want)
		})
	}
	damaged := gzipped(noise(100_000))
	damaged[50_000] ^= 0xff
	openWhole(empty(t), "", damaged).wantMissed(t, "a gzip body is damaged")
}

// TestNotInflated gives bytes that are nothing compressed, of all lengths.
func TestNotInflated(t *testing.T) {
	random := noise(1 << 20)
	tried := 0
	for i := 0; i+600 < len(random); i += 97 {
		p := random[i : i+20+i%580]
		if openerOf(p[:min(len(p), headOfBody)], "") == nil {
			continue
		}
		tried++
		if o := openWhole(empty(t), "", p); len(o.missed) > 0 {
			t.Errorf("of noise was missed: %q", o.missed)
		}
	}
	t.Logf("of %d pieces of noise %d were tried", len(random)/97, tried)
}

// noise returns the same random bytes each time.
func noise(n int) []byte {
	p := make([]byte, n)
	state := uint64(1)
	for i := range p {
		state = state*6364136223846793005 + 1442695040888963407
		p[i] = byte(state >> 56)
	}
	return p
}

// zeros is that many zero bytes.
type zeros int64

func (z *zeros) Read(p []byte) (int, error) {
	n := min(int64(len(p)), int64(*z))
	if n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	*z -= zeros(n)
	return int(n), nil
}

// TestBombs opens what unpacks to far more than may be unpacked.
func TestBombs(t *testing.T) {
	const limit = 4095 << 10 // no multiple of what readers give at once
	bomb := func(w io.WriteCloser, size zeros) {
		io.WriteString(w, letter)
		io.Copy(w, &size)
		w.Close()
	}
	var gz, zl, df, br, zs bytes.Buffer
	bomb(gzip.NewWriter(&gz), 64<<20)
	gz = *bytes.NewBuffer(bytes.Repeat(gz.Bytes(), 160)) // members one behind the other: 10 GiB
	bomb(zlib.NewWriter(&zl), 64<<20)
	w, _ := flate.NewWriter(&df, flate.BestSpeed)
	bomb(w, 64<<20)
	bomb(brotli.NewWriterLevel(&br, 1), 64<<20)
	z, _ := zstd.NewWriter(&zs, zstd.WithEncoderLevel(zstd.SpeedFastest))
	bomb(z, 64<<20)
	for _, test := range []struct {
		body bytes.Buffer
		name string
		kind string
	}{
		{gz, "gzip", "a gzip body"},
		{zl, "deflate", "a zlib body"},
		{df, "deflate", "a deflate body"},
		{br, "br", "a Brotli body"},
		{zs, "zstd", "a zstd body"},
	} {
		f := empty(t)
		f.MaxUnpacked = limit
		var o *opened
		peak := allocated(func() { o = openWhole(f, "", test.body.Bytes()) })
		t.Logf("%s of %d bytes: %d bytes allocated", test.kind, test.body.Len(), peak)
		o.wantPiece(t, test.name, letter)
		o.wantMissed(t, test.kind+" unpacks to more than 4095 KiB")
		if n := len(o.pieces[test.name]); n != limit {
			t.Errorf("%s: %d bytes were looked at, want %d", test.kind, n, limit)
		}
		if peak > 8*limit {
			t.Errorf("%s: %d bytes allocated, want at most %d", test.kind, peak, 8*limit)
		}
	}
}

// allocated returns how many bytes f allocates, which is at least what it holds
// at any time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestZstdWindow(t *testing.T) {
	body := zstded(noise(20<<20), zstd.WithWindowSize(16<<20))
	openWhole(empty(t), "", body).wantMissed(t, "a zstd body needs a window of more than 8 MiB")
}
