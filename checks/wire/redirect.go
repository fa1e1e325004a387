package wire

import (
	"bytes"
	"io"
	"net/http"
)

// maxRedirect is how long the body of a redirect may be to be read ahead, in bytes.
const maxRedirect = 64 << 10

// readAhead reads the body of a redirect before the browser is told of it.
// Browsers want no more of one as soon as they know where it leads, and what
// stands in it can be somebody else's all the same.
func readAhead(answer *http.Response) {
	if answer.StatusCode < 300 || answer.StatusCode > 399 || answer.ContentLength <= 0 || answer.ContentLength > maxRedirect {
		return
	}
	read, err := io.ReadAll(answer.Body)
	answer.Body = &ahead{*bytes.NewReader(read), err, answer.Body}
}

// ahead is a body that was read.
type ahead struct {
	bytes.Reader
	err error // that came after it; nil when it is whole
	io.Closer
}

func (a *ahead) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if err == io.EOF && a.err != nil {
		err = a.err
	}
	return n, err
}
