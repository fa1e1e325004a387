package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

var silent = log.New(io.Discard, "", 0)

// ears hear what a viewer makes of a body.
type ears struct {
	heard []byte
	limit int // of heard; 0 for none
	why   []string
	moody bool // and fail
}

func (e *ears) look(p []byte) error {
	if e.moody {
		panic("at the disco")
	}
	e.heard = append(e.heard, p...)
	if e.limit > 0 && len(e.heard) > e.limit {
		return errEnough
	}
	return nil
}

func (e *ears) miss(why string) { e.why = append(e.why, why) }

var encoders = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw": func(w io.Writer) io.WriteCloser {
		d, _ := flate.NewWriter(w, flate.DefaultCompression)
		return d
	},
	"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		d, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		return d
	},
}

func encode(coding string, p []byte) []byte {
	var b bytes.Buffer
	w := encoders[coding](&b)
	w.Write(p)
	w.Close()
	return b.Bytes()
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestUndoing(t *testing.T) {
	plain := []byte(strings.Repeat("what everybody may see, ", 5000) + canary)
	for _, test := range []struct {
		why     string
		headers []string
		sent    []byte
		want    []byte
		missed  []string
	}{
		{"no coding", nil, plain, plain, nil},
		{"identity is no coding", []string{"identity"}, plain, plain, nil},
		{"gzip under its old name", []string{"X-GZIP"}, encode("gzip", plain), plain, nil},
		{"deflate as it is meant", []string{"deflate"}, encode("deflate", plain), plain, nil},
		{"deflate as some send it", []string{"deflate"}, encode("raw", plain), plain, nil},
		{"one in the other", []string{"gzip, br"}, encode("br", encode("gzip", plain)), plain, nil},
		{"the same in two headers", []string{"zstd", "gzip"}, encode("gzip", encode("zstd", plain)), plain, nil},
		{"coded, and empty", []string{"gzip"}, nil, nil, nil},
		{"a coding that nobody knows", []string{"dcb"}, plain, nil, []string{whyCoding}},
		{"not what the header says", []string{"gzip"}, plain, nil, []string{whyTorn}},
		{"cut short, with a clean end", []string{"gzip"}, encode("gzip", plain)[:40], nil, []string{whyTorn}},
		{"coded too often", []string{"gzip,gzip,gzip,gzip,gzip"}, plain, nil, []string{whyCodings}},
	} {
		t.Run(test.why, func(t *testing.T) {
			e := &ears{}
			u := newUndoing(test.headers, e)
			for chunk := range chunks(test.sent, 7) {
				u.see(chunk)
			}
			u.end(true)
			if test.missed == nil && !bytes.Equal(e.heard, test.want) {
				t.Errorf("%d bytes, want %d", len(e.heard), len(test.want))
			}
			if diff := cmp.Diff(test.missed, e.why); diff != "" {
				t.Errorf("missed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("trouble is told when it comes", func(t *testing.T) {
		e := &ears{}
		u := newUndoing([]string{"gzip"}, e)
		u.see(plain)
		if len(e.why) != 1 {
			t.Errorf("before its end, it is known that %q", e.why)
		}
	})
	t.Run("a body that is not whole gives what it has", func(t *testing.T) {
		e := &ears{}
		u := newUndoing([]string{"gzip"}, e)
		u.see(encode("gzip", plain)[:300])
		u.end(false)
		if len(e.why) > 0 || len(e.heard) == 0 || !bytes.HasPrefix(plain, e.heard) {
			t.Errorf("it gave %d bytes, %q", len(e.heard), e.why)
		}
	})
	t.Run("a bomb is left alone", func(t *testing.T) {
		e := &ears{limit: 1 << 20}
		u := newUndoing([]string{"zstd"}, e)
		u.see(encode("zstd", make([]byte, 64<<20)))
		u.end(true)
		if diff := cmp.Diff([]string{whyLong}, e.why); diff != "" || len(e.heard) > 2<<20 {
			t.Errorf("looked at %d bytes, %q", len(e.heard), e.why)
		}
	})
	t.Run("a decoder that panics", func(t *testing.T) {
		e := &ears{moody: true}
		u := newUndoing([]string{"gzip"}, e)
		u.see(encode("gzip", plain))
		u.end(true)
		if diff := cmp.Diff([]string{whyTorn}, e.why); diff != "" {
			t.Error(diff)
		}
	})
}

// What a target flushed is looked at before it goes on to the browser.
func TestUndoingKeepsUp(t *testing.T) {
	for coding := range encoders {
		t.Run(coding, func(t *testing.T) {
			var sent bytes.Buffer
			encoder := encoders[coding](&sent).(interface {
				io.WriteCloser
				Flush() error
			})
			e := &ears{}
			u := newUndoing([]string{strings.Replace(coding, "raw", "deflate", 1)}, e)
			want := ""
			for i := range 20 {
				message := fmt.Sprintf("data: message %d for %s\n\n", i, canary)
				io.WriteString(encoder, message)
				if err := encoder.Flush(); err != nil {
					t.Fatal(err)
				}
				want += message
				for chunk := range chunks(sent.Bytes(), 9) {
					u.see(chunk)
				}
				sent.Reset()
				if string(e.heard) != want {
					t.Fatalf("message %d: looked at %d bytes of %d", i, len(e.heard), len(want))
				}
			}
			encoder.Close()
			u.see(sent.Bytes())
			u.end(true)
			if len(e.why) > 0 {
				t.Error(e.why)
			}
		})
	}
}

// chunks cuts p into pieces of a length.
func chunks(p []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(p) > 0 {
			k := min(n, len(p))
			if !yield(p[:k]) {
				return
			}
			p = p[k:]
		}
	}
}

func FuzzUndoing(f *testing.F) {
	for coding := range encoders {
		f.Add(coding, encode(coding, []byte("text that is text")))
	}
	f.Add("gzip,br", []byte("no such thing"))
	f.Fuzz(func(t *testing.T, codings string, p []byte) {
		e := &ears{limit: 1 << 20}
		u := newUndoing([]string{codings}, e)
		for chunk := range chunks(p, 5) {
			u.see(chunk)
		}
		u.end(true)
		if len(e.heard) > e.limit+bufferSize || len(e.why) > 1 {
			t.Errorf("looked at %d bytes, missed %q", len(e.heard), e.why)
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	body := strings.Repeat("x", 1000) + canary + strings.Repeat("x", 1000)
	server := newTextServer(t, map[string]string{"/late": body, "/in-time": canary + body})
	l, c := open(t, newWire(t, server, func(c *Config) { c.MaxSeen = 100 }), nil)
	l.Begin(Visit{})
	if got := get(t, c, server.URL+"/late"); string(got.Body) != body {
		t.Error("the body did not pass whole")
	}
	get(t, c, server.URL+"/in-time")
	seen := l.End(t.Context())
	if e := only(t, seen, "/late"); e.Seen != 100 || e.Bytes != int64(len(body)) {
		t.Errorf("seen %d of %d bytes", e.Seen, e.Bytes)
	}
	if len(seen.Missed) != 2 || seen.Missed[0].Path != "/late" || seen.Missed[0].Why != whyLong {
		t.Errorf("missed: %q", seen.Missed)
	}
	if got := found(seen); len(got) != 1 || got[0] != "alice subject body /in-time" {
		t.Errorf("found %q", got)
	}
}
