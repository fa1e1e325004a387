package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var silent = log.New(io.Discard, "", 0)

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
		reason  string
	}{
		{"no coding", nil, plain, plain, ""},
		{"identity is no coding", []string{"identity"}, plain, plain, ""},
		{"gzip under its old name", []string{"X-GZIP"}, encode("gzip", plain), plain, ""},
		{"deflate as it is meant", []string{"deflate"}, encode("deflate", plain), plain, ""},
		{"deflate as some send it", []string{"deflate"}, encode("raw", plain), plain, ""},
		{"one in the other", []string{"gzip, br"}, encode("br", encode("gzip", plain)), plain, ""},
		{"the same in two headers", []string{"zstd", "gzip"}, encode("gzip", encode("zstd", plain)), plain, ""},
		{"coded, and empty", []string{"gzip"}, nil, nil, ""},
		{"a coding that nobody knows", []string{"dcb"}, plain, nil, "unknown content coding"},
		{"not what the header says", []string{"gzip"}, plain, nil, "undoing gzip"},
		{"cut short, with a clean end", []string{"gzip"}, encode("gzip", plain)[:40], nil, "undoing gzip"},
		{"coded too often", []string{"gzip,gzip,gzip,gzip,gzip"}, plain, nil, "more than 4"},
	} {
		t.Run(test.why, func(t *testing.T) {
			var got []byte
			u := newUndoing(test.headers, func(p []byte) error { got = append(got, p...); return nil })
			for chunk := range chunks(test.sent, 7) {
				u.see(chunk)
			}
			reason := u.end(true)
			if test.reason == "" && (reason != "" || !bytes.Equal(got, test.want)) {
				t.Errorf("%d bytes, want %d; %q", len(got), len(test.want), reason)
			}
			if !strings.Contains(reason, test.reason) {
				t.Errorf("reason %q, want %q", reason, test.reason)
			}
		})
	}
	t.Run("a body that is not whole gives what it has", func(t *testing.T) {
		var got []byte
		u := newUndoing([]string{"gzip"}, func(p []byte) error { got = append(got, p...); return nil })
		u.see(encode("gzip", plain)[:300])
		if reason := u.end(false); reason != "" {
			t.Errorf("reason %q", reason)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Error("it gave something else")
		}
	})
	t.Run("a bomb is left alone", func(t *testing.T) {
		looked := 0
		u := newUndoing([]string{"zstd"}, func(p []byte) error {
			if looked += len(p); looked > 1<<20 {
				return errEnough
			}
			return nil
		})
		u.see(encode("zstd", make([]byte, 64<<20)))
		if reason := u.end(true); !strings.Contains(reason, "too long") || looked > 2<<20 {
			t.Errorf("looked at %d bytes, %q", looked, reason)
		}
	})
	t.Run("a decoder that panics", func(t *testing.T) {
		u := newUndoing([]string{"gzip"}, func([]byte) error { panic("at the disco") })
		u.see(encode("gzip", plain))
		if reason := u.end(true); !strings.Contains(reason, "failed") {
			t.Errorf("reason %q", reason)
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
			var got []byte
			u := newUndoing([]string{strings.Replace(coding, "raw", "deflate", 1)}, func(p []byte) error { got = append(got, p...); return nil })
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
				if string(got) != want {
					t.Fatalf("message %d: looked at %d bytes of %d", i, len(got), len(want))
				}
			}
			encoder.Close()
			u.see(sent.Bytes())
			if reason := u.end(true); reason != "" {
				t.Error(reason)
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
		left := 1 << 20
		u := newUndoing([]string{codings}, func(p []byte) error {
			if left -= len(p); left < 0 {
				return errEnough
			}
			return nil
		})
		for chunk := range chunks(p, 5) {
			u.see(chunk)
		}
		u.end(true)
		if errors.Is(u.err, io.ErrClosedPipe) {
			t.Error("the decoder's own end was taken for the body's")
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
	if len(seen.Missed) != 2 || seen.Missed[0].Path != "/late" || !strings.Contains(seen.Missed[0].Why, "too long") {
		t.Errorf("missed: %q", seen.Missed)
	}
	if got := found(seen); len(got) != 1 || got[0] != "alice subject body /in-time" {
		t.Errorf("found %q", got)
	}
}
