package script

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"strings"

	"notmine/checks/crowd"
)

// maxFile is how long a file in a form may be, in bytes.
const maxFile = 1 << 20

// typed reports whether the request says what its body is.
func (r *Request) typed() bool {
	for name := range r.Header {
		if strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// media returns the media type of the request's body.
func (r *Request) media() string {
	for name, value := range r.Header {
		if strings.EqualFold(name, "Content-Type") {
			media, _, err := mime.ParseMediaType(value)
			if err == nil {
				return media
			}
		}
	}
	return ""
}

// body returns the body with its values, and its type when it is not the header's.
func (r *Request) body(vars crowd.Vars) (body, contentType string, err error) {
	if len(r.Parts) == 0 {
		body, err = expand(r.Body, codingsOf(r.media())[0], vars)
		return body, "", err
	}
	var b bytes.Buffer
	boundary := rand.Text() // which stands in no file
	for _, p := range r.Parts {
		if err := p.write(&b, boundary, vars); err != nil {
			return "", "", fmt.Errorf("the part %q: %w", p.Name, err)
		}
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String(), multipartType + "; boundary=" + boundary, nil
}

// inQuotes writes a name as browsers do in a form with files: the HTML standard's
// multipart/form-data encoding algorithm.
var inQuotes = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

// write writes a part as browsers do.
func (p *Part) write(b *bytes.Buffer, boundary string, vars crowd.Vars) error {
	var text [4]string
	for i, t := range []string{p.Name, p.File, p.Type, p.Value} {
		expanded, err := expand(t, plain, vars)
		if err != nil {
			return err
		}
		text[i] = expanded
	}
	name, file, media, value := text[0], text[1], text[2], text[3]
	if strings.ContainsAny(media, "\r\n") {
		return errors.New("its type cannot stand in a header")
	}
	fmt.Fprintf(b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, inQuotes.Replace(name))
	if p.isFile() {
		fmt.Fprintf(b, "; filename=\"%s\"", inQuotes.Replace(file))
	}
	if media != "" {
		fmt.Fprintf(b, "\r\nContent-Type: %s", media)
	}
	b.WriteString("\r\n\r\n")
	switch {
	case p.Picture != "":
		path, ok := vars(pictureKey + p.Picture)
		if !ok {
			return fmt.Errorf("the account has no picture for %s", p.Picture)
		}
		data, err := readFile(path)
		if err != nil {
			return err
		}
		b.Write(data)
	case p.Data != "":
		data, err := base64.StdEncoding.DecodeString(p.Data)
		if err != nil {
			return err
		}
		b.Write(data)
	default:
		b.WriteString(value)
	}
	b.WriteString("\r\n")
	return nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(data) > maxFile {
		return nil, errors.New("the file is too long")
	}
	return data, err
}

// file is a part of a form with files as it was sent.
type file struct {
	name, file, media string
	isFile            bool
	data              []byte
}

// filesOf takes a form with files apart.
func filesOf(body []byte, boundary string) ([]file, error) {
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	var all []file
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(all) == mostParts {
			return nil, errors.New("too many parts")
		}
		data, err := io.ReadAll(io.LimitReader(p, maxFile+1))
		if err != nil {
			return nil, err
		}
		if len(data) > maxFile {
			return nil, errors.New("a part is too long")
		}
		_, isFile := parameters(p.Header)["filename"]
		all = append(all, file{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), isFile, data})
	}
}

func parameters(h textproto.MIMEHeader) map[string]string {
	_, all, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil {
		return nil
	}
	return all
}
