package plan

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// mostMistakes bounds what is reported of one plan.
const mostMistakes = 100

// reader reads the files of one plan and collects what is wrong with them.
type reader struct {
	src      *source
	dir      string   // the plan's folder, absolute
	root     *os.Root // the same, as far as references reach; nil when it cannot be opened
	mistakes Mistakes
	unlisted int // mistakes beyond mostMistakes
	warnings []Warning
}

func (r *reader) mistake(at spot, format string, args ...any) {
	r.tell(&Mistake{at.position(), printable(fmt.Sprintf(format, args...))})
}

// tell adds a mistake, unless there are too many already.
func (r *reader) tell(m *Mistake) {
	if len(r.mistakes) == mostMistakes {
		r.unlisted++
		return
	}
	r.mistakes = append(r.mistakes, m)
}

func (r *reader) warn(at spot, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{at.position(), printable(fmt.Sprintf(format, args...))})
}

// A kind is one sort of value: how it is described, and how it is read. What
// cannot be read is a mistake and the zero value.
type kind[V any] struct {
	shape *shape
	read  func(*reader, ast.Node) V
}

// shape describes a kind, for messages, the schema and the reference.
type shape struct {
	name    string   // what the reference calls it
	json    string   // JSON type of a scalar; more than one are separated by spaces
	words   []string // the only words allowed
	pattern string   // regular expression of a scalar
	bounds  *bounds  // of a number
	elem    *shape   // of a list's or a mapping's values
	list    bool     // elem is of a list
	record  *record  // of a mapping with named fields
	either  []*shape // one of these
}

// bounds are the least and the greatest of a number.
type bounds struct{ low, high int }

// record describes a mapping with named fields.
type record struct {
	name   string // what a mapping of this record is called in messages and the reference
	doc    string
	fields []*fieldDoc
	rest   *shape // of further keys; nil when there may be none
	single bool   // exactly one of the fields
}

// fieldDoc documents one field, in its only place.
type fieldDoc struct {
	name     string
	doc      string
	required bool
	shape    *shape
}

func (r *record) names() []string {
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.name
	}
	return names
}

// field is a field of the mappings that are read into a T.
type field[T any] struct {
	*fieldDoc
	read func(r *reader, key text, value ast.Node, into *T)
}

// value is a field that holds a value of one kind.
func value[T, V any](name, doc string, k kind[V], place func(*T) *V) field[T] {
	return field[T]{&fieldDoc{name: name, doc: doc, shape: k.shape}, func(r *reader, _ text, n ast.Node, into *T) {
		*place(into) = k.read(r, n)
	}}
}

func required[T any](f field[T]) field[T] {
	f.fieldDoc.required = true
	return f
}

// mapping is the kind of a mapping with named fields. Each field is read in the
// order of the file; begin, if any, is given the place of the mapping. rest, if
// any, takes the further keys as text.
func mapping[T any](rec *record, begin func(*T, spot), rest func(*T) *[]pair[text], fields ...field[T]) kind[T] {
	for _, f := range fields {
		rec.fields = append(rec.fields, f.fieldDoc)
	}
	if rest != nil {
		rec.rest = anyText.shape
	}
	return kind[T]{&shape{name: rec.name, record: rec}, func(r *reader, n ast.Node) T {
		var into T
		at := r.start(n)
		if begin != nil {
			begin(&into, at)
		}
		entries, ok := entriesOf(n)
		if !ok {
			r.mistake(at, "%s is a mapping of %s", rec.name, known(rec.names()))
			return into
		}
		seen := map[string]bool{}
		for _, e := range entries {
			key, ok := r.key(e, seen)
			if !ok {
				continue
			}
			if r.missing(key, e.Value) {
				continue
			}
			i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == key.value })
			switch {
			case i >= 0:
				fields[i].read(r, key, e.Value, &into)
			case rest != nil:
				into := rest(&into)
				*into = append(*into, pair[text]{key, anyText.read(r, e.Value)})
			default:
				r.mistake(key.spot, "unknown field %q of %s%s known are %s", key.value, rec.name,
					orSemicolon(suggest(key.value, rec.names())), known(rec.names()))
			}
		}
		if rec.single && len(entries) != 1 {
			r.mistake(at, "%s is exactly one of %s", rec.name, known(rec.names()))
		}
		for _, f := range fields {
			if f.required && !seen[f.name] {
				r.mistake(at, "%s needs the field %q", rec.name, f.name)
			}
		}
		return into
	}}
}

func orSemicolon(suggestion string) string {
	if suggestion == "" {
		return ";"
	}
	return suggestion
}

// key returns the key of an entry, unless it is none or came before.
func (r *reader) key(e *ast.MappingValueNode, seen map[string]bool) (text, bool) {
	key, ok := scalar(e.Key)
	t := text{key, r.start(e.Key)}
	switch {
	case !ok || strings.TrimSpace(key) == "":
		r.mistake(t.spot, "a key is a word")
		return t, false
	case seen[key]:
		r.mistake(t.spot, "%q is given twice", key)
		return t, false
	}
	seen[key] = true
	return t, true
}

// missing reports a key without a value, which is a mistake.
func (r *reader) missing(key text, n ast.Node) bool {
	if n == nil {
		r.mistake(key.spot, "%q has no value", key.value)
		return true
	}
	if _, null := n.(*ast.NullNode); !null {
		return false
	}
	hint := ""
	if at := key.spot; at.line >= 1 && at.line <= len(r.src.lines) && strings.Contains(r.src.lines[at.line-1], " #") {
		hint = "; # begins a comment, so a selector such as #id has to stand in quotes"
	}
	r.mistake(key.spot, "%q has no value%s", key.value, hint)
	return true
}

// pair is a key with its value, in a mapping of free keys.
type pair[V any] struct {
	key   text
	value V
}

// mapOf is the kind of a mapping with free keys, in the order of the file.
func mapOf[V any](keys string, k kind[V]) kind[[]pair[V]] {
	return kind[[]pair[V]]{&shape{name: "mapping of " + keys + " to " + plural(k.shape.name), elem: k.shape}, func(r *reader, n ast.Node) []pair[V] {
		entries, ok := entriesOf(n)
		if !ok {
			r.mistake(r.start(n), "this has to be a mapping of %s to %s", keys, plural(k.shape.name))
			return nil
		}
		seen := map[string]bool{}
		var pairs []pair[V]
		for _, e := range entries {
			key, ok := r.key(e, seen)
			if !ok || r.missing(key, e.Value) {
				continue
			}
			pairs = append(pairs, pair[V]{key, k.read(r, e.Value)})
		}
		return pairs
	}}
}

// listOf is the kind of a list.
func listOf[V any](k kind[V]) kind[[]V] {
	return kind[[]V]{&shape{name: "list of " + plural(k.shape.name), list: true, elem: k.shape}, func(r *reader, n ast.Node) []V {
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			r.mistake(r.start(n), "this has to be a list of %s", plural(k.shape.name))
			return nil
		}
		values := make([]V, 0, len(list.Values))
		for _, elem := range list.Values {
			values = append(values, k.read(r, elem))
		}
		return values
	}}
}

// oneOrMore is the kind of a value that may stand alone instead of in a list.
func oneOrMore[V any](k kind[V]) kind[[]V] {
	list := listOf(k)
	return kind[[]V]{&shape{name: k.shape.name + ", or a list", either: []*shape{k.shape, list.shape}}, func(r *reader, n ast.Node) []V {
		if _, ok := n.(*ast.SequenceNode); ok {
			return list.read(r, n)
		}
		return []V{k.read(r, n)}
	}}
}

// longestText bounds a text of the plan, in bytes.
const longestText = 16 << 10

// scalarOf is the kind of a text with a name and a JSON type.
func scalarOf(name, json, pattern string) kind[text] {
	return kind[text]{&shape{name: name, json: json, pattern: pattern}, func(r *reader, n ast.Node) text {
		t := text{spot: r.start(n)}
		value, ok := scalar(n)
		switch {
		case !ok:
			r.mistake(t.spot, "this has to be %s%s", withArticle(name), r.unquoted(t.spot))
		case len(value) > longestText:
			r.mistake(t.spot, "longer than %d bytes", longestText)
		default:
			t.value = value
		}
		return t
	}}
}

// plural turns "a step" and "text" into words for several of them.
func plural(name string) string {
	if strings.Contains(name, ",") {
		return name
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "a "), "an ") + "s"
}

func withArticle(name string) string {
	switch {
	case name == "text":
		return name
	case strings.ContainsRune("aeiou", rune(name[0])):
		return "an " + name
	}
	return "a " + name
}

// anyText is text that may be empty; a number or true is taken as it is written.
var anyText = scalarOf("text", "string number boolean", "")

// nonEmpty is the kind of a text that says something.
func nonEmpty(name string) kind[text] {
	k := scalarOf(name, "string number boolean", `\S`)
	read := k.read
	k.read = func(r *reader, n ast.Node) text {
		before := len(r.mistakes) + r.unlisted
		t := read(r, n)
		if strings.TrimSpace(t.value) == "" && before == len(r.mistakes)+r.unlisted {
			r.mistake(t.spot, "this has to be %s, and is empty", withArticle(name))
		}
		if strings.TrimSpace(t.value) == "" {
			return text{} // as if it were not given: one mistake is enough
		}
		return t
	}
	return k
}

// oneOf is the kind of a text that is one of few words.
func oneOf(words ...string) kind[text] {
	return kind[text]{&shape{name: strings.Join(words, " or "), json: "string", words: words}, func(r *reader, n ast.Node) text {
		t := anyText.read(r, n)
		if !slices.Contains(words, t.value) {
			r.mistake(t.spot, "unknown word %q%s known are %s", t.value, orSemicolon(suggest(t.value, words)), known(words))
			t.value = ""
		}
		return t
	}}
}

// flag is the kind of true and false.
var flag = kind[bool]{&shape{name: "true or false", json: "boolean"}, func(r *reader, n ast.Node) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		r.mistake(r.start(n), "this has to be true or false")
		return false
	}
	return b.Value
}}

// number is a whole number with its place.
type number struct {
	value int
	spot  spot
}

// between is the kind of a whole number within bounds.
func between(low, high int) kind[number] {
	return kind[number]{&shape{name: fmt.Sprintf("number from %d to %d", low, high), json: "integer", bounds: &bounds{low, high}}, func(r *reader, n ast.Node) number {
		at := r.start(n)
		written, _ := scalar(n)
		i, err := strconv.Atoi(written)
		if err != nil || i < low || i > high {
			r.mistake(at, "this has to be a number from %d to %d", low, high)
			i = low
		}
		return number{i, at}
	}}
}

// duration is the kind of a time such as 15s.
var duration = kind[time.Duration]{&shape{name: "duration such as 15s", json: "string", pattern: `^([0-9.]+(ms|s|m))+$`}, func(r *reader, n ast.Node) time.Duration {
	return durationUpTo(r, n, longestTimeout)
}}

// longDuration is the kind of a time that may be that of a whole run.
var longDuration = kind[time.Duration]{&shape{name: "duration such as 15m", json: "string", pattern: `^([0-9.]+(ms|s|m|h))+$`}, func(r *reader, n ast.Node) time.Duration {
	return durationUpTo(r, n, longestRun)
}}

func durationUpTo(r *reader, n ast.Node, longest time.Duration) time.Duration {
	written, _ := scalar(n)
	d, err := time.ParseDuration(written)
	if err != nil || d < shortestTimeout || d > longest {
		r.mistake(r.start(n), "this has to be a duration from %v to %v, such as 15s", shortestTimeout, longest)
		return 0
	}
	return d
}

// durationOrNone is the kind of a time that may be none: 0s.
var durationOrNone = kind[time.Duration]{duration.shape, func(r *reader, n ast.Node) time.Duration {
	if written, _ := scalar(n); written == "0s" || written == "0" {
		return 0
	}
	return duration.read(r, n)
}}

// share is the kind of a rate such as 0.5% or 0.005.
var share = kind[float64]{&shape{name: "rate such as 0.5% or 0.005", json: "string number", pattern: `^[0-9.]+ ?%?$`}, func(r *reader, n ast.Node) float64 {
	written, _ := scalar(n)
	f, err := ParseRate(written)
	if err != nil {
		r.mistake(r.start(n), "%v", err)
		return 0
	}
	return f
}}

// ParseRate reads a rate as plans write it, above 0 and below 1, such as 0.5%
// or 0.005.
func ParseRate(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f > 0 && f < 1) {
		return 0, errors.New("this has to be a rate above 0 and below 1, such as 0.5% or 0.005")
	}
	return f, nil
}
