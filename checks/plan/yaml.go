package plan

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a plan's YAML. The parser calls itself once for every level and
// for every key of a block mapping, so both are bounded before it begins.
const (
	deepest   = 32   // levels of [ and {
	rightmost = 120  // column of a key or dash, which bounds the levels of blocks
	mostKeys  = 2000 // keys of one mapping
)

// parseYAML returns the file's one document. It is nil when there is none, and
// after a mistake.
func (r *reader) parseYAML(data string) ast.Node {
	if !utf8.ValidString(data) {
		r.mistake(r.whole(), "the file is not UTF-8")
		return nil
	}
	file, err := parseBounded(data)
	if err != nil {
		r.src.maskUnparsed()
		at, message := r.whole(), "the file cannot be parsed"
		var positioned yaml.Error
		if errors.As(err, &positioned) {
			// Its Error would print the source around the place, secrets and all.
			message = positioned.GetMessage()
			if tk := positioned.GetToken(); tk != nil && tk.Position != nil {
				at = r.spotOf(tk)
			}
		}
		r.mistake(at, "not YAML: %s%s", message, r.unquoted(at))
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil
	case 1:
		ast.Walk(secrets{r}, bodies[0])
		return bodies[0]
	}
	r.mistake(r.start(bodies[1]), "one YAML document is enough, and a second begins here")
	return nil
}

// parseBounded parses within the bounds. A panic of the parser is an error as
// well: what it reads is not to be trusted.
func parseBounded(data string) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, errors.New("parsing YAML: the parser panicked")
		}
	}()
	tokens := lexer.Tokenize(data)
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// bounded reports the first token that is beyond the bounds.
func bounded(tokens token.Tokens) error {
	flow := 0
	var keys [rightmost + 1]int // keys seen in the open block mapping at each column
	for _, tk := range tokens {
		column := 0
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType, token.MappingKeyType:
			column = tk.Position.Column
		case token.MappingValueType:
			column = tk.Position.Column
			if tk.Prev != nil {
				column = tk.Prev.Position.Column
			}
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType:
			return &yaml.SyntaxError{Message: "anchors, aliases, tags and merge keys are not allowed", Token: tk}
		}
		if flow > 0 {
			column = 0
		}
		if flow > deepest || column > rightmost {
			return &yaml.SyntaxError{Message: "nested too deeply", Token: tk}
		}
		if column > 0 {
			clear(keys[column+1:])
			if keys[column]++; keys[column] > mostKeys && tk.Type != token.SequenceEntryType {
				return &yaml.SyntaxError{Message: fmt.Sprintf("more than %d keys in one mapping", mostKeys), Token: tk}
			}
			if tk.Type == token.SequenceEntryType {
				keys[column] = 0
			}
		}
	}
	return nil
}

// unquoted explains the usual reason of a line that does not parse.
func (r *reader) unquoted(at spot) string {
	if at.line < 1 || at.line > len(r.src.lines) {
		return ""
	}
	if strings.Contains(strings.ReplaceAll(r.src.lines[at.line-1], `"{{`, ""), " {{") {
		return `; a value that begins with {{ has to stand in quotes: "{{…}}"`
	}
	return ""
}

func (r *reader) whole() spot { return spot{src: r.src} }

func (r *reader) spotOf(tk *token.Token) spot {
	return spot{r.src, tk.Position.Line, max(1, tk.Position.Column)}
}

// start returns where a value begins. The parser's own idea is the colon or the
// dash.
func (r *reader) start(n ast.Node) spot {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return r.start(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return r.start(n.Key)
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return r.spotOf(tk)
	}
	return r.whole()
}

// scalar returns the text of a scalar as it was written: 0123 stays 0123.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return strings.TrimSpace(n.GetToken().Value), true
	}
	return "", false
}

// entriesOf returns the keys and values of a mapping.
func entriesOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// part returns the value of one field of a mapping; nil when it has none.
func (r *reader) part(n ast.Node, name string) ast.Node {
	entries, _ := entriesOf(n)
	for _, e := range entries {
		if key, _ := scalar(e.Key); key == name && !r.missing(text{key, r.start(e.Key)}, e.Value) {
			return e.Value
		}
	}
	return nil
}

// secrets hides the values of all keys that sound like a secret, and of every
// header, from messages.
type secrets struct{ r *reader }

// Visit looks at one node and goes on to those below it.
func (s secrets) Visit(n ast.Node) ast.Visitor {
	if pair, ok := n.(*ast.MappingValueNode); ok {
		key, _ := scalar(pair.Key)
		switch {
		case key == "headers":
			headers, _ := entriesOf(pair.Value)
			for _, header := range headers {
				s.hide(header.Value)
			}
		case secretName.MatchString(key):
			s.hide(pair.Value)
		}
	}
	return s
}

// hide hides a scalar, on all lines that it may take. One that is only
// references is worth showing.
func (s secrets) hide(n ast.Node) {
	value, ok := scalar(n)
	if !ok || value == "" || onlyReferences(value) {
		return
	}
	at, tk, end := s.r.start(n), n.GetToken(), -1
	if block, ok := n.(*ast.LiteralNode); ok {
		tk = block.Value.GetToken()
	} else if written := strings.TrimSpace(tk.Origin); !strings.Contains(written, "\n") {
		end = at.col - 1 + utf8.RuneCountInString(written)
	}
	s.r.src.mask(at.line, span{at.col - 1, end})
	if end < 0 {
		for line := range strings.Count(tk.Origin, "\n") + 1 {
			s.r.src.mask(at.line+1+line, span{0, -1})
		}
	}
}
