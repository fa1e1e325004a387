package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON Schema of a plan, for editors. It says what a plan may
// look like; whether names and references fit together, only [Load] knows.
func Schema() []byte {
	s := schemaOf(planKind.shape, jsonschema.Definitions{}, true)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("plan: the grammar has no schema: %v", err)) // the grammar is constant, and a test calls this
	}
	return append(data, '\n')
}

// schemaOf returns the schema of a shape. Records are put into defs and referred
// to, but for the outermost.
func schemaOf(s *shape, defs jsonschema.Definitions, outermost bool) *jsonschema.Schema {
	switch {
	case s.record != nil:
		key := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(s.record.name, "a "), "an "), " ", "-")
		if outermost {
			schema := recordSchema(s.record, defs)
			schema.Version, schema.Title, schema.Definitions = jsonschema.Version, "notmine plan", defs
			return schema
		}
		if _, done := defs[key]; !done {
			defs[key] = nil // taken, for records that hold themselves
			defs[key] = recordSchema(s.record, defs)
		}
		return &jsonschema.Schema{Ref: "#/$defs/" + key}
	case s.either != nil:
		schema := &jsonschema.Schema{}
		for _, e := range s.either {
			schema.AnyOf = append(schema.AnyOf, schemaOf(e, defs, false))
		}
		return schema
	case s.list:
		return &jsonschema.Schema{Type: "array", Items: schemaOf(s.elem, defs, false)}
	case s.elem != nil:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: schemaOf(s.elem, defs, false)}
	}
	types := strings.Fields(s.json)
	if len(types) == 1 {
		schema := &jsonschema.Schema{Type: types[0], Pattern: s.pattern}
		for _, word := range s.words {
			schema.Enum = append(schema.Enum, word)
		}
		if s.bounds != nil {
			schema.Minimum = json.Number(strconv.Itoa(s.bounds.low))
			schema.Maximum = json.Number(strconv.Itoa(s.bounds.high))
		}
		return schema
	}
	// Text that YAML may read as something else, such as 0123.
	key := strings.Join(types, "-or-")
	if s.pattern != "" {
		key = "filled-" + key
	}
	if defs[key] == nil {
		def := &jsonschema.Schema{}
		defs[key] = def
		for _, t := range types {
			alternative := &jsonschema.Schema{Type: t}
			if t == "string" {
				alternative.Pattern = s.pattern
			}
			def.AnyOf = append(def.AnyOf, alternative)
		}
	}
	return &jsonschema.Schema{Ref: "#/$defs/" + key}
}

func recordSchema(rec *record, defs jsonschema.Definitions) *jsonschema.Schema {
	schema := &jsonschema.Schema{
		Type: "object", Description: rec.doc,
		Properties:           jsonschema.NewProperties(),
		AdditionalProperties: jsonschema.FalseSchema,
	}
	for _, f := range rec.fields {
		field := schemaOf(f.shape, defs, false)
		field.Description = f.doc
		schema.Properties.Set(f.name, field)
		if f.required {
			schema.Required = append(schema.Required, f.name)
		}
	}
	if rec.rest != nil {
		schema.AdditionalProperties = schemaOf(rec.rest, defs, false)
	}
	if rec.single {
		one := uint64(1)
		schema.MinProperties, schema.MaxProperties = &one, &one
	}
	return schema
}
