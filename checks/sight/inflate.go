package sight

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// isGzip knows a member's header with the only method there is (RFC 1952).
func isGzip(head []byte, _ string) bool { return bytes.HasPrefix(head, []byte("\x1f\x8b\x08")) }

// openGzip looks at all members. What follows the last one and is none is found
// in the body as it came.
func openGzip(p []byte, in *inside) {
	rest := bytes.NewReader(p)
	var unpacked []byte
	r, err := gzip.NewReader(rest)
	for err == nil {
		r.Multistream(false)
		var one []byte
		one, err = in.unpack(r)
		unpacked = append(unpacked, one...)
		if err != nil || !isGzip(p[len(p)-rest.Len():], "") {
			break
		}
		err = r.Reset(rest)
	}
	if len(unpacked) > 0 {
		in.member("gzip", "", unpacked)
	}
	if err != nil {
		in.missed(in.why("a gzip body", err))
	}
}

// maxWindow bounds the memory of one zstd frame. RFC 8878 (3.1.1.1.2) has
// decoders know windows of 8 MiB, and HTTP allows no more (RFC 9659).
const maxWindow = 8 << 20

func isZstd(head []byte, _ string) bool { return bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")) }

func openZstd(p []byte, in *inside) {
	r, err := zstd.NewReader(bytes.NewReader(p), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		in.missed(in.why("a zstd body", err))
		return
	}
	defer r.Close()
	unpacked, err := in.unpack(r)
	if len(unpacked) > 0 {
		in.member("zstd", "", unpacked)
	}
	switch {
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		in.missed("a zstd body needs a window of more than " + bytesInWords(maxWindow))
	case errors.Is(err, zstd.ErrMagicMismatch) && len(unpacked) > 0: // as behind gzip
	case err != nil:
		in.missed(in.why("a zstd body", err))
	}
}

// isZlib knows a header of RFC 1950, which two bytes of text can look like, by
// unpacking what follows.
func isZlib(head []byte, _ string) bool {
	return len(head) > 2 && head[0]&0x0f == 8 && head[0]>>4 <= 7 && head[1]&0x20 == 0 &&
		(int(head[0])<<8|int(head[1]))%31 == 0 && beginsDeflated(head[2:])
}

func openZlib(p []byte, in *inside) {
	r, err := zlib.NewReader(bytes.NewReader(p))
	if err != nil {
		in.missed(in.why("a zlib body", err))
		return
	}
	in.unpacked("deflate", "a zlib body", r)
}

// isBare takes for compressed what has no header that says so: a bare deflate
// stream or Brotli. It is no text and, as far as head goes, unpacks.
func isBare(head []byte, media string) bool {
	switch kind, _, _ := strings.Cut(media, "/"); kind {
	case "image", "audio", "video", "font":
		return false
	}
	return len(head) > 0 && !isText(head) && (beginsDeflated(head) || beginsBrotli(head))
}

// openBare looks at what unpacks to its very end. What does not is something
// else, so that nothing was missed.
func openBare(p []byte, in *inside) {
	if beginsDeflated(p[:min(len(p), headOfBody)]) {
		r := bytes.NewReader(p)
		inflater := flate.NewReader(r)
		unpacked, err := in.unpack(inflater)
		over := errors.Is(err, errOverBudget)
		if over || err == nil && r.Len() == 0 {
			in.member("deflate", "", unpacked)
			if over {
				in.missed(in.why("a deflate body", err))
			}
			return
		}
	}
	unpacked, err := in.unpack(brotli.NewReader(bytes.NewReader(p)))
	over := errors.Is(err, errOverBudget)
	if over || err == nil {
		in.member("br", "", unpacked)
	}
	if over {
		in.missed(in.why("a Brotli body", err))
	}
}

// tried is what a trial unpacks at most.
const tried = 1 << 10

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// beginsDeflated reports whether head is the beginning of a deflate stream.
func beginsDeflated(head []byte) bool {
	r := inflaters.Get().(io.Reader)
	defer inflaters.Put(r)
	if r.(flate.Resetter).Reset(bytes.NewReader(head), nil) != nil {
		return false
	}
	return begins(r)
}

var brotlis = sync.Pool{New: func() any { return brotli.NewReader(nil) }}

// beginsBrotli reports whether head is the beginning of a Brotli stream.
func beginsBrotli(head []byte) bool {
	r := brotlis.Get().(*brotli.Reader)
	defer brotlis.Put(r)
	if r.Reset(bytes.NewReader(head)) != nil {
		return false
	}
	return begins(r)
}

// begins reports whether r unpacks without an error, apart from breaking off.
func begins(r io.Reader) bool {
	var room [tried]byte
	_, err := io.ReadFull(r, room[:])
	return err == nil || err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
}

// isText reports whether head, which may end within a character, is UTF-8
// without control characters other than those of text.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && n == 1:
			return !utf8.FullRune(head)
		case r < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", r):
			return false
		}
		head = head[n:]
	}
	return true
}
