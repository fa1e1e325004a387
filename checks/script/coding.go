package script

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// coding is how a value is written where it stands.
type coding string

const (
	plain   coding = "plain"
	form    coding = "form"    // application/x-www-form-urlencoded, as the URL Standard has it
	percent coding = "percent" // as encodeURIComponent of ECMAScript has it
	inJSON  coding = "json"    // inside of a JSON string
)

// Which codings a value may have in a place, its own first.
var (
	inPath  = []coding{percent, plain}
	inQuery = []coding{form, percent, plain}
	inText  = []coding{plain, percent, form}
)

// codingsOf returns those of a body of a media type.
func codingsOf(media string) []coding {
	switch {
	case media == formType:
		return inQuery
	case isJSON(media):
		return []coding{inJSON, plain}
	}
	return inText
}

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/json"
}

// encode writes a value.
func (c coding) encode(value string) string {
	switch c {
	case form:
		return escaped(value, "*-._", '+')
	case percent:
		return escaped(value, "-_.!~*'()", 0)
	case inJSON:
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(value) != nil {
			return value // of a string, it does not fail
		}
		quoted := strings.TrimSuffix(b.String(), "\n")
		// Go writes these two as escapes, ECMAScript does not.
		return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(quoted[1 : len(quoted)-1])
	}
	return value
}

// decode reads a value that was written so. What is not, it returns as it is.
func (c coding) decode(text string) string {
	var value string
	var err error
	switch c {
	case form:
		value, err = url.QueryUnescape(text)
	case percent:
		value, err = url.PathUnescape(text)
	case inJSON:
		err = json.Unmarshal([]byte(`"`+text+`"`), &value)
	default:
		return text
	}
	if err != nil {
		return text
	}
	return value
}

// escaped percent-encodes all but letters, digits and those in keep. A space
// becomes that character, unless it is 0.
func escaped(value, keep string, space byte) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case alphanumeric(c), strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		case c == ' ' && space != 0:
			b.WriteByte(space)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// cutCoding cuts a placeholder's key and the coding behind its bar; without one, it
// is the place's own.
func cutCoding(key string, own coding) (string, coding) {
	i := strings.LastIndexByte(key, '|')
	if i < 0 || !slices.Contains([]coding{plain, form, percent, inJSON}, coding(key[i+1:])) {
		return key, own
	}
	return key[:i], coding(key[i+1:])
}
