package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// undoing is the viewer of a body, whose content codings it undoes. Bytes go
// through as they come; only what the codings themselves need is kept.
type undoing struct {
	codings []string // in the order in which they were applied
	to      listener
	over    bool // looking has ended

	// The decoders read, and the body is written: a pipe joins them, with a
	// goroutine for each body that is coded, from its first byte to its end.
	pipe *io.PipeWriter // nil before the first byte
	done chan error
}

// maxCodings is how many codings one body may have.
const maxCodings = 4

// maxWindow is the largest window that browsers accept of zstd: RFC 9659.
const maxWindow = 8 << 20

// newUndoing makes the viewer of a body with these Content-Encoding headers.
func newUndoing(headers []string, to listener) *undoing {
	u := &undoing{to: to}
	for coding := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "" && coding != "identity" {
			u.codings = append(u.codings, coding)
		}
	}
	return u
}

func (u *undoing) see(p []byte) {
	switch {
	case u.over:
	case len(u.codings) == 0:
		if err := u.to.look(p); err != nil {
			u.stop(err)
		}
	case len(u.codings) > maxCodings:
		u.stop(errCodings)
	default:
		if u.pipe == nil {
			var r *io.PipeReader
			r, u.pipe = io.Pipe()
			u.done = make(chan error, 1)
			go u.undo(r)
		}
		// The second comes back when the decoder wants more, having given all it
		// could make of the first: the browser is not ahead of what was looked at.
		// Both fail only when the decoder has ended.
		_, err := u.pipe.Write(p)
		if err == nil {
			_, err = u.pipe.Write(nil)
		}
		if err != nil {
			u.stop(<-u.done)
		}
	}
}

func (u *undoing) end(whole bool) {
	if u.over || u.pipe == nil {
		return
	}
	if whole {
		u.pipe.Close()
	} else {
		u.pipe.CloseWithError(errBroken)
	}
	u.stop(<-u.done)
}

// stop ends the looking, and tells why if that was too early.
func (u *undoing) stop(err error) {
	u.over = true
	switch {
	case err == nil, errors.Is(err, errBroken):
	case err == errEnough:
		u.to.miss(whyLong)
	case err == errCodings:
		u.to.miss(whyCodings)
	case errors.Is(err, errUnknown):
		u.to.miss(whyCoding)
	default:
		u.to.miss(whyTorn)
	}
}

// Why looking ends before the body does.
var (
	errEnough  = errors.New("too long")
	errCodings = errors.New("too many content codings")
	errUnknown = errors.New("an unknown content coding")
)

// errBroken is what a decoder reads at the end of a body that is not whole.
var errBroken = errors.New("the body broke off")

// undo decodes what is written to the pipe.
func (u *undoing) undo(r *io.PipeReader) {
	err := u.decode(r)
	r.CloseWithError(io.ErrClosedPipe) // the body flows on, unseen
	u.done <- err
}

func (u *undoing) decode(r io.Reader) (err error) {
	defer func() {
		if p := recover(); p != nil { // a decoder that hostile bytes throw off balance ends no run
			err = fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	for _, coding := range slices.Backward(u.codings) {
		decoded, closing, err := decoder(coding, r)
		if err != nil {
			return err
		}
		defer closing()
		r = decoded
	}
	buffer := buffers{}.Get()
	defer buffers{}.Put(buffer)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if err := u.to.look(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// decoder undoes one coding. The names are those of IANA's registry of HTTP
// content codings.
func decoder(coding string, r io.Reader) (io.Reader, func(), error) {
	switch coding {
	case "gzip", "x-gzip":
		d, err := gzip.NewReader(r)
		return d, func() {}, err
	case "deflate":
		// The coding is zlib (RFC 9110, section 8.4.1.2), but some servers send
		// bare deflate, and browsers accept it.
		b := bufio.NewReader(r)
		if two, err := b.Peek(2); err != nil || two[0]&0x0f == 8 && (int(two[0])<<8|int(two[1]))%31 == 0 {
			d, err := zlib.NewReader(b)
			return d, func() {}, err
		}
		return flate.NewReader(b), func() {}, nil
	case "br":
		return brotli.NewReader(r), func() {}, nil
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return d, d.Close, nil
	default:
		return nil, nil, errUnknown
	}
}
