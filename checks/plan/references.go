package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// reference matches ${env:NAME} and ${file:PATH}, their misspellings, and $${,
// which stands for ${.
var reference = regexp.MustCompile(`\$\$\{|\$\{(?:([A-Za-z]+):([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)\})?`)

// onlyReferences reports whether a text is nothing but references.
func onlyReferences(s string) bool {
	return strings.Contains(s, "${") && strings.TrimSpace(reference.ReplaceAllString(s, "")) == "" && !strings.Contains(s, "$${")
}

// holdsReference reports whether a text refers to something.
func holdsReference(s string) bool {
	for _, m := range reference.FindAllStringSubmatch(s, -1) {
		if m[1] == "env" || m[1] == "file" {
			return true
		}
	}
	return false
}

// references resolves every ${env:} and ${file:} of a text through put, which is
// given each value with its reference and returns what stands in its place. Where strict, a ${ that
// is no reference is a mistake; JavaScript has its own use for it.
func (r *reader) references(t text, strict bool, put func(value, reference string) string) (string, bool) {
	ok := true
	resolved := reference.ReplaceAllStringFunc(t.value, func(whole string) string {
		m := reference.FindStringSubmatch(whole)
		scheme, name, bare := m[1], m[2], m[3]
		switch {
		case whole == "$${":
			return "${"
		case scheme == "env" || scheme == "file":
			value, err := r.lookUp(scheme, name)
			if err != nil {
				r.mistake(t.spot, "%s: %v", whole, err)
				ok = false
				return ""
			}
			return put(value, whole)
		case !strict:
			return whole
		case bare != "":
			r.mistake(t.spot, "%s: write ${env:%s} for the environment variable, or $${ for a plain ${", whole, bare)
		default:
			r.mistake(t.spot, "%s: known are ${env:NAME} and ${file:PATH}; write $${ for a plain ${", whole)
		}
		ok = false
		return ""
	})
	return resolved, ok
}

// inline resolves the references of a text in place.
func (r *reader) inline(t text) (string, bool) {
	return r.references(t, true, func(value, _ string) string { return value })
}

// plain returns a text that goes into the record, where no reference is
// resolved and no template expanded.
func (r *reader) plain(t text, what string) string {
	if holdsReference(t.value) || strings.Contains(t.value, "{{") {
		r.mistake(t.spot, "%s is written into the record, so ${…} and {{…}} are not allowed in it", what)
		return ""
	}
	return t.value
}

// lookUp returns what a reference names. Its errors never hold the value.
func (r *reader) lookUp(scheme, name string) (string, error) {
	if scheme == "env" {
		value, ok := os.LookupEnv(name)
		switch {
		case !ok:
			return "", errors.New("this environment variable is not set")
		case value == "":
			return "", errors.New("this environment variable is empty")
		case !utf8.ValidString(value) || len(value) > largestReference:
			return "", errors.New("the value of this environment variable is not UTF-8, or too long")
		}
		return value, nil
	}
	data, err := r.read(name, largestReference)
	switch {
	case err != nil:
		return "", err
	case !utf8.Valid(data):
		return "", errors.New("the file is not UTF-8")
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if value == "" {
		return "", errors.New("the file is empty")
	}
	return value, nil
}

// read reads a file in the plan's folder.
func (r *reader) read(name string, most int64) ([]byte, error) {
	f, err := r.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readBounded(f, most)
	return data, reason(err)
}

// open opens a regular file in the plan's folder; links that lead out of it are
// refused.
func (r *reader) open(name string) (*os.File, error) {
	if r.root == nil {
		return nil, fmt.Errorf("the plan's folder cannot be opened")
	}
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("a path has to be relative to the plan's folder and inside it")
	}
	// A look before opening, because opening a named pipe would wait for ever.
	info, err := r.root.Stat(name)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file")
	}
	f, err := r.root.Open(name)
	return f, reason(err)
}

// reason takes the path off an error, which the message shows anyway.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
