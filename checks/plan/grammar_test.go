package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
)

// The plan that init writes loads without a mistake or a warning, when its files exist,
// and shows every field of a plan.
func TestTemplate(t *testing.T) {
	t.Setenv("ALICE_PASSWORD", "pw")
	t.Setenv("STAGING_KEY", "key")
	p := load(t, map[string]string{
		"plan.yaml": string(plan.Template()),
		"accounts.csv": "name,login,password,shows,group,phone\n" +
			"alice,alice@example.test,${env:ALICE_PASSWORD},Alice,staff,+82 2 555 0100\n" +
			"bob,bob@example.test,pw,Bob,,+82 2 555 0101\n",
	})
	if w := p.Warnings(); len(w) > 0 {
		t.Errorf("got warnings %v, want none", w)
	}
	for name := range properties(t, schema(t)) {
		if !regexp.MustCompile(`(?m)^(# )?` + name + `:`).Match(plan.Template()) {
			t.Errorf("the template does not show the field %q", name)
		}
	}
}

// The schema and the reference name the same fields, and the decoder knows all of
// them: each field, given a value of a wrong kind, is not an unknown field.
func TestOneGrammar(t *testing.T) {
	reference, _, _ := strings.Cut(plan.Reference(), "## An accepted finding") // which is a file of its own
	root := schema(t)
	defs := root["$defs"].(map[string]any)
	documented := regexp.MustCompile("(?m)^\\| `([a-z_]+)`.* \\| .+ \\| .{10,} \\|$").FindAllStringSubmatch(reference, -1)
	var inReference []string
	for _, m := range documented {
		inReference = append(inReference, m[1])
	}
	var inSchema []string
	for name := range properties(t, root) {
		inSchema = append(inSchema, name)
		if _, err := plan.Parse("p", []byte(name+": []\n"), t.TempDir()); strings.Contains(err.Error(), "unknown field") {
			t.Errorf("the schema's field %q is unknown to Parse: %v", name, err)
		}
	}
	for _, def := range defs {
		record := def.(map[string]any)
		if record["properties"] == nil {
			continue
		}
		for name, field := range properties(t, record) {
			inSchema = append(inSchema, name)
			if field.(map[string]any)["description"] == nil {
				t.Errorf("the schema does not describe %q", name)
			}
		}
	}
	slices.Sort(inSchema)
	slices.Sort(inReference)
	if diff := cmp.Diff(inSchema, inReference); diff != "" {
		t.Errorf("fields (-schema +reference):\n%s", diff)
	}
	for _, ref := range regexp.MustCompile(`"#/\$defs/([^"]+)"`).FindAllSubmatch(plan.Schema(), -1) {
		if defs[string(ref[1])] == nil {
			t.Errorf("the schema refers to %q, which it does not define", ref[1])
		}
	}
}

// The fields of the plan, by the exact words that the contract has for them.
func TestReferenceGolden(t *testing.T) {
	golden := filepath.Join("..", "..", "docs", "plan.md") // what users read
	got := []byte(plan.Reference())
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("reference (-want +got):\n%s", cmp.Diff(string(want), string(got)))
	}
}

// The template is valid by the schema as far as fields go.
func TestSchemaKnowsTemplate(t *testing.T) {
	var doc map[string]any
	if err := yaml.Unmarshal(plan.Template(), &doc); err != nil {
		t.Fatal(err)
	}
	known := properties(t, schema(t))
	for name := range doc {
		if known[name] == nil {
			t.Errorf("the schema does not know %q", name)
		}
	}
}

func schema(t *testing.T) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(plan.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func properties(t *testing.T, s map[string]any) map[string]any {
	t.Helper()
	p, ok := s["properties"].(map[string]any)
	if !ok || s["additionalProperties"] == nil {
		t.Fatalf("no closed mapping: %v", s)
	}
	return p
}
