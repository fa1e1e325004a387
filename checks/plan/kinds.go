package plan

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// accountsKind is a list of accounts, or a mapping that says where they are.
var accountsKind = kind[accountsFields]{
	&shape{name: "list of accounts, or a mapping", either: []*shape{listOf(accountKind).shape, accountSourceKind.shape}},
	func(r *reader, n ast.Node) accountsFields {
		if _, ok := n.(*ast.SequenceNode); ok {
			return accountsFields{at: r.start(n), list: listOf(accountKind).read(r, n)}
		}
		return accountSourceKind.read(r, n)
	},
}

// pointer is a kind whose value is nil when it was not given.
func pointer[V any](k kind[V]) kind[*V] {
	return kind[*V]{k.shape, func(r *reader, n ast.Node) *V {
		v := k.read(r, n)
		return &v
	}}
}

// verbFields are the fields of verbs; place takes each step as it is read.
func verbFields[T any](verbs []verb, place func(*T, step)) []field[T] {
	argument, texts := nonEmpty("text"), mapOf("selectors", anyText)
	fields := make([]field[T], len(verbs))
	for i, v := range verbs {
		doc := &fieldDoc{name: string(v.name), doc: v.doc, shape: argument.shape}
		if !v.arg {
			doc.shape = texts.shape
		}
		fields[i] = field[T]{doc, func(r *reader, key text, n ast.Node, into *T) {
			s := step{at: key.spot, verb: v.name}
			if v.arg {
				s.arg = argument.read(r, n)
			} else if s.fields = texts.read(r, n); len(s.fields) == 0 {
				if entries, ok := entriesOf(n); ok && len(entries) == 0 {
					r.mistake(key.spot, "%s is a mapping of selectors to texts, and names none", v.name)
				}
				s.verb = "" // a mistake in any case
			}
			place(into, s)
		}}
	}
	return fields
}

// eventOrName is the name of an event, or the event itself.
var eventOrName = func() kind[namedEvent] {
	name := nonEmpty("event")
	return kind[namedEvent]{
		&shape{name: "name, or an event", either: []*shape{name.shape, eventKind.shape}},
		func(r *reader, n ast.Node) namedEvent {
			if _, ok := entriesOf(n); ok {
				fields := eventKind.read(r, n)
				return namedEvent{fields: &fields}
			}
			return namedEvent{name: name.read(r, n)}
		},
	}
}()

// words are the orders as they are written.
func words[W ~string](of []W) []string {
	all := make([]string, len(of))
	for i, o := range of {
		all[i] = string(o)
	}
	return all
}

// roundsInWords says how many rounds each order has that does not say.
func roundsInWords() string {
	all := make([]string, len(Orders))
	for i, o := range Orders {
		all[i] = fmt.Sprintf("%d in %s", defaultRounds[o], o)
	}
	return strings.Join(all, ", ")
}
