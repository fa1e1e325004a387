package plan

import (
	_ "embed"
	"slices"
)

//go:embed starter.yaml
var starter []byte

// Template returns a plan to begin with: every field that most plans need, with
// a line on each.
func Template() []byte { return slices.Clone(starter) }
