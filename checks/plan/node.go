package plan

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// entry is a key with its value, of a mapping that is written.
type entry struct {
	key   string
	value any // string, int, bool, or one of those below
}

// The values of entries, besides scalars.
type (
	word   string  // a scalar that needs no quotes, such as 15s
	flow   []entry // a mapping on one line
	block  []entry // a mapping with a line for each key
	list   []any   // on one line
	rows   []any   // a list with a line for each value
	spaced []entry // a block whose parts are set apart by empty lines
)

// unquoted is what YAML reads as the text that it is, wherever it stands.
var unquoted = regexp.MustCompile(`^[\p{L}_/][\p{L}\p{N}_./-]*$`)

// notText are words that some reader of YAML takes for something else.
var notText = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|nan|inf)$`)

// scalarNode returns a text, in quotes unless it needs none.
func scalarNode(value string, at *token.Position) *ast.StringNode {
	if unquoted.MatchString(value) && !notText.MatchString(value) {
		return ast.String(token.String(value, value, at))
	}
	return ast.String(token.DoubleQuote(value, value, at))
}

// node returns a value as YAML. Columns begin at at; a block below a key, and
// what is on the key's own line, are told apart by their level.
func node(value any, at token.Position) ast.Node {
	switch v := value.(type) {
	case string:
		return scalarNode(strings.ToValidUTF8(v, "\ufffd"), &at)
	case word:
		return ast.String(token.String(string(v), string(v), &at))
	case int:
		return node(word(strconv.Itoa(v)), at)
	case bool:
		return node(word(strconv.FormatBool(v)), at)
	case flow:
		return mappingNode(v, at, true, false)
	case list:
		return sequenceNode(v, at, true)
	case rows:
		return sequenceNode(v, at, false)
	case block:
		return mappingNode(v, at, false, false)
	case spaced:
		return mappingNode(v, at, false, true)
	}
	panic("plan: a value that has no YAML") // the writer makes no other
}

func mappingNode(entries []entry, at token.Position, oneLine, apart bool) ast.Node {
	m := ast.Mapping(token.New("", "", &at), oneLine || len(entries) == 0)
	for i, e := range entries {
		key := scalarNode(e.key, &token.Position{Line: at.Line, Column: at.Column, IndentLevel: at.IndentLevel})
		below := at
		if !m.IsFlowStyle && isBlock(e.value) {
			below.Column, below.IndentLevel = at.Column+2, at.IndentLevel+1
		}
		if apart && i > 0 && (isBlock(e.value) || isBlock(entries[i-1].value)) {
			key.Token.Prev = &token.Token{Position: &token.Position{}}
			key.Token.Position.Line = 2 // an empty line in between
		}
		m.Values = append(m.Values, ast.MappingValue(token.MappingValue(&at), key, node(e.value, below)))
	}
	return m
}

func sequenceNode(values []any, at token.Position, oneLine bool) ast.Node {
	s := ast.Sequence(token.New("-", "-", &at), oneLine || len(values) == 0)
	for _, v := range values {
		s.Values = append(s.Values, node(v, at))
	}
	return s
}

// isBlock reports whether a value stands below its key.
func isBlock(value any) bool {
	switch v := value.(type) {
	case block:
		return len(v) > 0
	case rows:
		return len(v) > 0
	}
	return false
}
