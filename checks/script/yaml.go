package script

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Bounds of what is read. The parser calls itself for every level.
const (
	largestFile = 8 << 20
	deepestFlow = 8
	rightmost   = 40 // column of a key
)

// YAML writes the script, as [Parse] reads it.
func (s *Script) YAML() ([]byte, error) {
	root, err := yaml.ValueToNode(s, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("writing the script: %w", err)
	}
	ast.Walk(quoting{}, root)
	return []byte(root.String() + "\n"), nil
}

// quoting has texts with line breaks and the like written in double quotes, which
// have an escape for everything: of a block of lines, the parser keeps neither
// carriage returns nor all white space.
type quoting struct{}

// Visit changes the node of a text.
func (q quoting) Visit(n ast.Node) ast.Visitor {
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	if text, ok := n.(*ast.StringNode); ok && strings.ContainsFunc(text.Value, control) {
		text.Token.Type = token.DoubleQuoteType
	}
	return q
}

// Parse reads a script. Whatever it does not know is a mistake, and so is a
// placeholder for what no request before has captured; the error names the request.
func Parse(data []byte) (*Script, error) {
	var s Script
	if err := decode(data, &s); err != nil {
		return nil, fmt.Errorf("reading the script: %w", err)
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("reading the script: %w", err)
	}
	return &s, nil
}

// decode reads YAML within the bounds. A panic of the parser is an error as well.
func decode(data []byte, into *Script) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the YAML parser gave up")
		}
	}()
	if len(data) > largestFile {
		return fmt.Errorf("longer than %d MiB", largestFile>>20)
	}
	flow := 0
	for _, tk := range lexer.Tokenize(string(data)) {
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType:
			return fmt.Errorf("line %d: anchors, aliases, tags and merge keys are not allowed", tk.Position.Line)
		case token.SequenceEntryType:
			if flow == 0 && tk.Position.Column > rightmost {
				return fmt.Errorf("line %d: nested too deeply", tk.Position.Line)
			}
		case token.MappingValueType:
			if flow == 0 && tk.Prev != nil && tk.Prev.Position.Column > rightmost {
				return fmt.Errorf("line %d: nested too deeply", tk.Position.Line)
			}
		}
		if flow > deepestFlow {
			return fmt.Errorf("line %d: nested too deeply", tk.Position.Line)
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := d.Decode(into); err != nil {
		return errors.New(yaml.FormatError(err, false, false))
	}
	return nil
}
