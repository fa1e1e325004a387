package checks_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers is the house, the lowest first: a package imports only what stands on
// a line above its own, and packages on one line do not import each other. A
// name that ends in /* stands for every package below it.
var layers = [][]string{
	{"checks/marker", "checks/phrase"},
	{"checks/plan"},
	{"checks/sight", "checks/record"},
	{"checks/wire", "checks/crowd", "checks/isolation"},
	{"checks/browser", "checks/script", "checks/suite/*", "checks/checktest", "checks/cause", "checks/gate"},
	{"checks/repro"},
	{"checks/report", "checks/suite"},
	{"checks"},
	{"cmd/*"},
}

// doors says which packages alone may import a dependency. Tests may import
// those in openInTests as well.
var doors = map[string][]string{
	"github.com/chromedp":                 {"checks/browser"},
	"github.com/google/go-cmp":            {"checks/suite/noninterference"},
	"golang.org/x/sync":                   {"checks/crowd", "cmd/*"},
	"github.com/spf13/cobra":              {"cmd/*"},
	"github.com/goccy/go-yaml":            {"checks/plan", "checks/script"},
	"github.com/invopop/jsonschema":       {"checks/plan"},
	"github.com/andybalholm/brotli":       {"checks/wire", "checks/sight", "fixtures/surfaces"},
	"github.com/klauspost/compress":       {"checks/wire", "checks/sight", "fixtures/surfaces"},
	"github.com/gobwas/ws":                {"checks/wire", "fixtures/surfaces", "fixtures/talk"},
	"github.com/google/martian":           {"checks/report"},
	"gonum.org/v1/gonum":                  {"checks/gate"},
	"github.com/jstemmer/go-junit-report": {"checks/report"},
	"github.com/owenrumney/go-sarif":      {"checks/report"},
	"golang.org/x/term":                   {"cmd/*"},
}

// openInTests are dependencies that compare, unpack or ask questions in tests
// of any package.
var openInTests = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "golang.org/x/net",
	"github.com/goccy/go-yaml", "github.com/andybalholm/brotli", "github.com/klauspost/compress", "github.com/gobwas/ws",
}

// room is one package of the module with its files.
type room struct {
	path  string // below the module, such as "checks/plan"
	files []*ast.File
	tests []*ast.File
}

// rooms reads every package of the module; root is the module's folder.
func rooms(t *testing.T, root string) (*token.FileSet, []*room) {
	t.Helper()
	fset := token.NewFileSet()
	found := map[string]*room{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != root && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		at := filepath.ToSlash(rel)
		if found[at] == nil {
			found[at] = &room{path: at}
		}
		if r := found[at]; strings.HasSuffix(name, "_test.go") {
			r.tests = append(r.tests, parsed)
		} else {
			r.files = append(r.files, parsed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*room, 0, len(found))
	for _, r := range found {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *room) int { return strings.Compare(a.path, b.path) })
	if len(all) < 10 {
		t.Fatalf("found only %d packages below %s", len(all), root)
	}
	return fset, all
}

// imported returns what files import, each once, sorted.
func imported(files []*ast.File) []string {
	var paths []string
	for _, f := range files {
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value) // the parser took it
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// stands reports whether a package is meant by a name of layers or doors.
func stands(pkg, name string) bool {
	if above, ok := strings.CutSuffix(name, "/*"); ok {
		return strings.HasPrefix(pkg, above+"/")
	}
	return pkg == name
}

func anyStands(pkg string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return stands(pkg, name) })
}

// layerOf returns the number of the package's line, -1 for none.
func layerOf(pkg string) int {
	return slices.IndexFunc(layers, func(line []string) bool { return anyStands(pkg, line) })
}

// within reports whether an import path is the module or package at or below it.
func within(imported, module string) bool {
	return imported == module || strings.HasPrefix(imported, module+"/")
}

// layerFault says what is wrong with one package importing another of the
// module; "" when nothing is.
func layerFault(pkg, imports string, inTest bool) string {
	from, to := layerOf(pkg), layerOf(imports)
	fixture := func(p string) bool { return within(p, "fixtures") }
	switch {
	case pkg == imports:
		return "" // an external test of the package itself
	case fixture(pkg) && !fixture(imports):
		return fmt.Sprintf("%s imports %s: a fixture stands beside the stack; write down in the fixture what it needs", pkg, imports)
	case fixture(imports):
		if fixture(pkg) || inTest || stands(pkg, "cmd/*") {
			return ""
		}
		return fmt.Sprintf("%s imports %s: only cmd and tests may use fixtures", pkg, imports)
	case from < 0:
		return "" // told by TestEveryPackageStandsSomewhere
	case to < 0:
		return fmt.Sprintf("%s imports %s, which stands on no line of layers; put it on one, and into design.md", pkg, imports)
	case inTest && stands(pkg, "checks/suite/*") && imports == "checks/checktest":
		return ""
	case to == from:
		return fmt.Sprintf("%s imports %s, which stands on the same line; move what both need to a line above", pkg, imports)
	case to > from && !inTest:
		return fmt.Sprintf("%s imports %s, which stands below it; let the lower one call the upper, or pass what is needed", pkg, imports)
	case to > from:
		return fmt.Sprintf("a test of %s imports %s, which stands below it; test it there", pkg, imports)
	}
	return ""
}

// doorFault says what is wrong with a package importing a dependency.
func doorFault(pkg, imports string, inTest bool) string {
	for dependency, open := range doors {
		if !within(imports, dependency) || anyStands(pkg, open) {
			continue
		}
		if inTest && slices.ContainsFunc(openInTests, func(d string) bool { return within(imports, d) }) {
			continue
		}
		return fmt.Sprintf("%s imports %s, whose one door is %s; ask that package for what is needed", pkg, imports, strings.Join(open, ", "))
	}
	return ""
}

func TestLayers(t *testing.T) {
	_, all := rooms(t, "..")
	for _, r := range all {
		for _, files := range []struct {
			list   []*ast.File
			inTest bool
		}{{r.files, false}, {r.tests, true}} {
			for _, p := range imported(files.list) {
				own, ok := strings.CutPrefix(p, "notmine/")
				fault := ""
				if ok {
					fault = layerFault(r.path, own, files.inTest)
				} else {
					fault = doorFault(r.path, p, files.inTest)
				}
				if fault != "" {
					t.Error(fault)
				}
			}
		}
	}
}

// The rules themselves say no where they should.
func TestLayersRefuse(t *testing.T) {
	for _, tt := range []struct {
		pkg, imports string
		inTest       bool
		says         string // "" when it is allowed
	}{
		{"checks/record", "checks/marker", false, ""},
		{"checks/plan", "checks/marker", false, ""},
		{"checks/marker", "checks/plan", false, "stands below it"},
		{"checks/marker", "checks/record", false, "stands below it"},
		{"checks/crowd", "checks/browser", false, "stands below it"},
		{"checks/crowd", "checks/wire", false, "same line"},
		{"checks/suite/canary", "checks/suite/identity", false, "same line"},
		{"checks/suite/canary", "checks/checktest", false, "same line"},
		{"checks/suite/canary", "checks/checktest", true, ""},
		{"checks/gate", "checks/checktest", true, "same line"},
		{"checks/suite", "checks/suite/canary", false, ""},
		{"checks", "checks/report", false, ""},
		{"cmd/notmine", "fixtures/webmail", false, ""},
		{"checks/crowd", "fixtures/webmail", false, "only cmd and tests"},
		{"checks/crowd", "fixtures/webmail", true, ""},
		{"fixtures/webmail", "checks/plan", false, "beside the stack"},
		{"fixtures/webmail", "checks/plan", true, "beside the stack"},
		{"fixtures/webmail", "fixtures", false, ""},
		{"checks/gate", "checks/newcomer", false, "on no line"},
	} {
		if got := layerFault(tt.pkg, tt.imports, tt.inTest); (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
			t.Errorf("%s importing %s (in a test: %v): told %q, want it to say %q", tt.pkg, tt.imports, tt.inTest, got, tt.says)
		}
	}
	for _, tt := range []struct {
		pkg, imports string
		inTest, ok   bool
	}{
		{"checks/browser", "github.com/chromedp/cdproto/page", false, true},
		{"checks/crowd", "github.com/chromedp/cdproto/page", false, false},
		{"checks/crowd", "github.com/chromedp/chromedp", true, false},
		{"checks/gate", "github.com/google/go-cmp/cmp", false, false},
		{"checks/gate", "github.com/google/go-cmp/cmp", true, true},
		{"cmd/leakbench", "golang.org/x/sync/errgroup", false, true},
	} {
		if got := doorFault(tt.pkg, tt.imports, tt.inTest); (got == "") != tt.ok {
			t.Errorf("%s importing %s (in a test: %v): told %q, allowed: %v", tt.pkg, tt.imports, tt.inTest, got, tt.ok)
		}
	}
}

func TestEveryPackageStandsSomewhere(t *testing.T) {
	_, all := rooms(t, "..")
	for _, r := range all {
		top, _, _ := strings.Cut(r.path, "/")
		switch {
		case !slices.Contains([]string{"cmd", "checks", "fixtures"}, top):
			t.Errorf("%s holds Go code; the three rooms at the top are cmd, checks and fixtures", r.path)
		case top != "fixtures" && layerOf(r.path) < 0:
			t.Errorf("%s stands on no line of layers; put it on one, and into design.md", r.path)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	_, all := rooms(t, "..")
	for _, r := range all {
		if len(r.files) == 0 {
			continue
		}
		begin := "Package " + path.Base(r.path) + " "
		if strings.HasPrefix(r.path, "cmd/") {
			begin = "The " + path.Base(r.path) + " command "
		}
		var docs []string
		for _, f := range r.files {
			if f.Doc != nil {
				docs = append(docs, f.Doc.Text())
			}
		}
		switch {
		case len(docs) == 0:
			t.Errorf("%s has no package comment; one that begins with %q belongs above one of its package clauses", r.path, begin)
		case len(docs) > 1:
			t.Errorf("%s has %d package comments; keep one", r.path, len(docs))
		case !strings.HasPrefix(docs[0], begin):
			t.Errorf("the package comment of %s begins with %.30q; begin it with %q", r.path, docs[0], begin)
		}
	}
}

// loud is what only a command may do: print, log, end the process.
func loud(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if f.Name == "print" || f.Name == "println" || f.Name == "panic" {
			return f.Name
		}
	case *ast.SelectorExpr:
		pkg, ok := f.X.(*ast.Ident)
		if !ok {
			return ""
		}
		name := pkg.Name + "." + f.Sel.Name
		switch {
		case name == "os.Exit", name == "signal.Notify", strings.HasPrefix(name, "fmt.Print"):
			return name
		case pkg.Name == "log" && name != "log.New", pkg.Name == "slog":
			return name
		}
	}
	return ""
}

// panics says which libraries may panic, and why.
var panics = map[string]string{
	"checks/phrase": "its forms are constant, and a test meets a mistake in them first",
	"checks/plan":   "its grammar is constant, and a test meets a mistake in it first",
	"checks/wire":   "http.ErrAbortHandler is how a server breaks an answer off",
}

func TestOnlyCommandsAreLoud(t *testing.T) {
	fset, all := rooms(t, "..")
	for _, r := range all {
		if stands(r.path, "cmd/*") {
			continue
		}
		for _, f := range r.files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					what := loud(n)
					if what == "" || what == "panic" && panics[r.path] != "" {
						return true
					}
					t.Errorf("%v: %s in a library; return an error, and let cmd say it", fset.Position(n.Pos()), what)
				case *ast.SelectorExpr:
					if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "os" && (n.Sel.Name == "Stdout" || n.Sel.Name == "Stderr" || n.Sel.Name == "Stdin") {
						t.Errorf("%v: os.%s in a library; take an io.Writer or an io.Reader", fset.Position(n.Pos()), n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

func TestLoudIsHeard(t *testing.T) {
	for source, want := range map[string]string{
		`fmt.Println("x")`:  "fmt.Println",
		`fmt.Printf("x")`:   "fmt.Printf",
		`fmt.Sprintf("x")`:  "",
		`fmt.Fprintln(w)`:   "",
		`log.Printf("x")`:   "log.Printf",
		`log.New(w, "", 0)`: "",
		`slog.Info("x")`:    "slog.Info",
		`os.Exit(1)`:        "os.Exit",
		`panic("x")`:        "panic",
		`println("x")`:      "println",
		`x.Exit(1)`:         "",
		`signal.Notify(c)`:  "signal.Notify",
	} {
		expr, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		if got := loud(expr.(*ast.CallExpr)); got != want {
			t.Errorf("%s: heard %q, want %q", source, got, want)
		}
	}
}
