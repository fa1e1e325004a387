package phrase

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// rooms are the folders of the module in which texts are made.
var rooms = []string{"../../checks", "../../cmd"}

// sources reads every file of the rooms that is no test; those of this package,
// which makes texts of what others give it, are left out.
func sources(t *testing.T) (*token.FileSet, []*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, room := range rooms {
		err := filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "phrase"):
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			files = append(files, file)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return fset, files
}

// written returns the forms that the rooms make texts of, and where each is
// written first. A form that is no literal is a mistake: nobody could tell
// whether there is Korean for it. What varies is put in, and names go by [Name].
func written(t *testing.T) map[string]token.Position {
	t.Helper()
	fset, files := sources(t)
	forms := map[string]token.Position{}
	inPage(t, forms)
	for _, file := range files {
		literal := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			if declared, ok := n.(*ast.FuncDecl); ok && declared.Name.Name == "templated" && file.Name.Name == "report" {
				return false // it takes the forms of the page, which are literals there
			}
			if call, ok := n.(*ast.CallExpr); ok && isNew(call.Fun) && len(call.Args) > 0 {
				if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					literal[call.Fun] = true
					form, _ := strconv.Unquote(lit.Value) // the parser took it
					if _, known := forms[form]; !known {
						forms[form] = fset.Position(lit.Pos())
					}
				}
			}
			if isNew(n) && !literal[n] {
				t.Errorf("%v: phrase.New of a form that is no literal", fset.Position(n.Pos()))
			}
			for _, arg := range putIn(n) {
				if inEnglish(arg) {
					t.Errorf("%v: words that are the same in each language; make a text of them", fset.Position(arg.Pos()))
				}
			}
			return true
		})
	}
	return forms
}

// page is a template that makes texts of its own.
const page = "../report/report.html.tmpl"

// said is where it does so, with the form if it is a literal.
var said = regexp.MustCompile(`(?:{{-? ?|with |\()(?:say|both)\b(?: ("[^"]*"))?`)

// inPage adds the forms of the page.
func inPage(t *testing.T, forms map[string]token.Position) {
	t.Helper()
	source, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(source), "\n") {
		at := token.Position{Filename: page, Line: i + 1}
		for _, m := range said.FindAllStringSubmatch(line, -1) {
			form, err := strconv.Unquote(m[1])
			if err != nil {
				t.Errorf("%v: a text of a form that is no literal", at)
			} else if _, known := forms[form]; !known {
				forms[form] = at
			}
		}
	}
}

func isNew(n ast.Node) bool { return isFunc(n, "phrase", "New") }

// isFunc reports whether a node names a function of a package.
func isFunc(n ast.Node, pkg, name string) bool {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := selector.X.(*ast.Ident)
	return ok && of.Name == pkg && selector.Sel.Name == name
}

// putIn returns what a call puts into a text as it is.
func putIn(n ast.Node) []ast.Expr {
	call, ok := n.(*ast.CallExpr)
	switch {
	case !ok || len(call.Args) == 0:
		return nil
	case isNew(call.Fun):
		return call.Args[1:]
	case isFunc(call.Fun, "phrase", "Verbatim"):
		return call.Args
	}
	return nil
}

// inEnglish reports whether an expression puts words together that are written
// in it: literals, sums with them and what is formatted.
func inEnglish(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return hasWords(e.Value)
	case *ast.BinaryExpr:
		return inEnglish(e.X) || inEnglish(e.Y)
	case *ast.CallExpr:
		return isFunc(e.Fun, "fmt", "Sprintf") && len(e.Args) > 0 && inEnglish(e.Args[0])
	}
	return false
}

// verb is a verb of a form: the index of what it tells in brackets, flags, width
// and precision, and its kind.
var verb = regexp.MustCompile(`%([-+# 0]*)(\[(\d+)\])?([0-9.*]*)([a-zA-Z%])`)

// verbs returns the verbs of a form in the order of what they tell.
func verbs(form string) []string {
	var all []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(form, -1) {
		flags, index, width, kind := m[1], m[3], m[4], m[5]
		if kind == "%" {
			continue
		}
		if n, err := strconv.Atoi(index); err == nil {
			next = n
		}
		all = append(all, strconv.Itoa(next)+" "+flags+width+kind)
		next++
	}
	slices.Sort(all)
	return all
}

// hasWords reports whether a form has a letter outside its verbs.
func hasWords(form string) bool {
	return strings.ContainsFunc(verb.ReplaceAllString(form, ""), unicode.IsLetter)
}

func TestVerbs(t *testing.T) {
	for _, tt := range []struct {
		form  string
		verbs []string
		words bool
	}{
		{"%s: %s", []string{"1 s", "2 s"}, false},
		{"100 %% of %[2]d and %[1]s", []string{"1 s", "2 d"}, true},
		{"%+[3].1f %s", []string{"3 +.1f", "4 s"}, false},
		{"%s ×%d", []string{"1 s", "2 d"}, false},
		{"%s 및 %s", []string{"1 s", "2 s"}, true},
		{"", nil, false},
	} {
		if got := verbs(tt.form); !slices.Equal(got, tt.verbs) {
			t.Errorf("%q has %q, want %q", tt.form, got, tt.verbs)
		}
		if got := hasWords(tt.form); got != tt.words {
			t.Errorf("%q has words: %v", tt.form, got)
		}
	}
}

func TestWordsArePutIn(t *testing.T) {
	for source, want := range map[string]bool{
		`phrase.New("%s is here", name)`:                       false,
		`phrase.New("%s is here", "the owner")`:                true,
		`phrase.New("%s is here", phrase.New("the owner"))`:    false,
		`phrase.New("%s", name+" and others")`:                 true,
		`phrase.New("%s", strings.Join(names, ", "))`:          false,
		`phrase.Verbatim("…")`:                                 false,
		`phrase.Verbatim("gone")`:                              true,
		`phrase.Verbatim(fmt.Sprintf("%s is gone", name))`:     true,
		`phrase.Verbatim(fmt.Sprintf("%s: %d", name, number))`: false,
		`phrase.Name("cookie")`:                                false,
		`fmt.Sprintf("%s is here", "the owner")`:               false,
	} {
		expr, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(putIn(expr), inEnglish); got != want {
			t.Errorf("%s puts words in: %v", source, got)
		}
	}
}

func TestEveryFormIsTold(t *testing.T) {
	forms := written(t)
	told := map[string]bool{}
	for _, table := range sentences {
		for _, tr := range table {
			told[tr.english] = true
			if _, used := forms[tr.english]; !used {
				t.Errorf("nobody says %q", tr.english)
			}
		}
	}
	for form, at := range forms {
		if hasWords(form) && !told[form] {
			t.Errorf("%v: %q has no Korean", at, form)
		}
	}
	if len(forms) < 50 {
		t.Errorf("found only %d forms", len(forms))
	}
}

func TestTranslationsSayTheSame(t *testing.T) {
	known := map[string]bool{}
	for _, table := range slices.Concat(sentences, names) {
		for _, tr := range table {
			if known[tr.english] {
				t.Errorf("%q is in the tables twice", tr.english)
			}
			known[tr.english] = true
			if want, got := verbs(tr.english), verbs(tr.korean); !slices.Equal(got, want) {
				t.Errorf("%q takes %q, and in Korean %q", tr.english, want, got)
			}
			if strings.TrimSpace(tr.korean) != tr.korean || tr.korean == "" {
				t.Errorf("%q is in Korean %q", tr.english, tr.korean)
			}
		}
	}
}

// many is a count with a noun in the plural behind it.
var many = regexp.MustCompile(`%d (more )?([a-z]+s)\b`)

func TestCountsAgreeWithTheirNouns(t *testing.T) {
	forms := written(t)
	for form, at := range forms {
		m := many.FindStringSubmatch(form)
		if m != nil && m[2] != "was" && singular[form] == "" {
			t.Errorf("%v: %q would say 1 %s; put the count in as a text of its own, which has a singular", at, form, m[2])
		}
	}
	for form, one := range singular {
		if _, used := forms[form]; !used {
			t.Errorf("nobody counts %q", form)
		}
		if !slices.Equal(verbs(form), verbs(one)) || form == one {
			t.Errorf("one of %q is %q", form, one)
		}
	}
}

// constants returns the texts of the constants that a file declares together
// with one of that name.
func constants(t *testing.T, file, among string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		declared := map[string]string{}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			for i, of := range value.Values {
				if lit, ok := of.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					declared[value.Names[i].Name], _ = strconv.Unquote(lit.Value)
				}
			}
		}
		if _, ok := declared[among]; ok {
			return slices.Sorted(maps.Values(declared))
		}
	}
	t.Fatalf("%s declares no %s", file, among)
	return nil
}

func TestEveryNameIsTold(t *testing.T) {
	for _, tt := range []struct {
		file, among string
		tables      [][]translation
	}{
		{"../record/record.go", "Text", [][]translation{koreanSurfaces}},
		{"../record/record.go", "Restored", [][]translation{koreanWays}},
		{"../plan/phase.go", "Solo", [][]translation{koreanOrders}},
		{"../isolation/isolation.go", "Suspect", [][]translation{koreanLevels}},
		{"../gate/gate.go", "Clean", [][]translation{koreanVerdicts, koreanLevels[:1]}},
		{"../isolation/when.go", "During", [][]translation{koreanSides}},
		{"../record/record.go", "TimeUp", [][]translation{koreanEnds}},
		{"../cause/doc.go", "LastWriter", [][]translation{koreanCauseNames}},
	} {
		want := constants(t, tt.file, tt.among)
		if got := slices.Sorted(maps.Keys(namedIn(tt.tables))); !slices.Equal(got, want) {
			t.Errorf("told are\n\t%q\nand %s has\n\t%q", got, tt.file, want)
		}
	}
}
