package report

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"notmine/checks/phrase"
)

func attribute(node *html.Node, name string) (value string, ok bool) {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// spoken returns the language of a span; "" when the node is none of a language.
func spoken(node *html.Node) string {
	if node == nil || node.Type != html.ElementNode || node.Data != "span" {
		return ""
	}
	tongue, _ := attribute(node, "lang")
	return tongue
}

// inKorean reports whether a text is for those who read the page in Korean.
func inKorean(text *html.Node) bool { return spoken(text.Parent) == "ko" }

func hasHangul(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

// clauses are the parts of forms in English that hold several words.
func clauses(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../phrase/korean_*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalog: %v", err)
	}
	entry, verb := regexp.MustCompile(`(?m)^\t\{("(?:[^"\\]|\\.)*"), "`), regexp.MustCompile(`%(\[\d+\])?[a-z%]`)
	var all []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range entry.FindAllStringSubmatch(string(source), -1) {
			form, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			for _, clause := range verb.Split(form, -1) {
				if clause = strings.TrimSpace(clause); strings.Count(clause, " ") > 1 {
					all = append(all, clause)
				}
			}
		}
	}
	if len(all) < 200 {
		t.Fatalf("only %d clauses in the catalog", len(all))
	}
	return all
}

// Whatever the page tells in English stands beside it in Korean.
func TestPageIsInBothLanguages(t *testing.T) {
	clauses := clauses(t)
	korean := func(name, text string) {
		if !hasHangul(text) && !strings.HasSuffix(text, "…") { // what is cut may have had it at its end
			t.Errorf("%s: %.80q is not Korean", name, text)
		}
		for _, clause := range clauses {
			if strings.Contains(text, clause) {
				t.Errorf("%s: %.200q is half in English: %q", name, text, clause)
			}
		}
	}
	for name, tell := range allRuns {
		root, _ := parsePage(t, tell())
		pairs := 0
		for node := range root.Descendants() {
			switch tongue := spoken(node); {
			case tongue == "en" && spoken(node.NextSibling) != "ko", tongue == "ko" && spoken(node.PrevSibling) != "en":
				t.Errorf("%s: %q stands alone", name, node.FirstChild.Data)
			case tongue == "ko":
				pairs++
				korean(name, node.FirstChild.Data)
			}
			told, ok := attribute(node, "data-ko")
			of := node.FirstChild
			var said []string
			for _, where := range []string{"title", "aria-label", "alt"} {
				if text, ok := attribute(node, where); ok {
					said = append(said, text)
				}
			}
			switch {
			case !ok && len(said) > 0 && said[0] != "English, 한국어" && node.Data != "li": // those of turns have no words
				t.Errorf("%s: %q is in English alone", name, said)
			case !ok:
			case len(said) > 1 || len(said) == 0 && (node.Data != "title" || of == nil):
				t.Errorf("%s: <%s> has %q, and which is %q in Korean is not clear", name, node.Data, said, told)
			case len(said) == 1 && said[0] != told, len(said) == 0 && of.Data != told:
				korean(name, told)
			}
		}
		if pairs < 80 {
			t.Errorf("%s: only %d texts are in both languages", name, pairs)
		}
	}
}

// A few sentences as who reads Korean reads them.
func TestPageInKorean(t *testing.T) {
	root, _ := parsePage(t, leakRun())
	var korean strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" && node.Parent.Data != "script" && spoken(node.Parent) != "en" {
			korean.WriteString(node.Data)
			korean.WriteByte(' ')
		}
	}
	text := strings.Join(strings.Fields(korean.String()), " ")
	for _, want := range []string{
		"누출 함께 접속한 방문 24회 중 3회(12.5%, 95% 신뢰 구간 2.7–32.4%)에서 다른 계정의 데이터가 표시되었다",
		"누가 누구의 데이터를 보았나 bob 계정이 alice 계정의 데이터를 보았다; 다솜 계정이 carol 계정의 데이터를 보았다",
		"어디에서 inbox(화면 텍스트, 응답 본문), /api/inbox 응답",
		"얼마나 자주 함께 접속한 방문 24회 중 3회, 단독으로 접속한 방문 8회 중 0회",
		"언제부터 together 단계 2라운드, 실행 시작 1.3 s 후(01:45:01.301 UTC), 이상이 없던 방문 16회 뒤",
		"유력한 원인 공유 변수 덮어쓰기: 방문 2회 중 2회에서 누출된 데이터는 바로 앞에 요청한 계정의 것이었다",
		"bob 계정의 inbox 뷰에 alice 계정의 subject 항목이 표시되었다(응답 본문에도 있음)",
		"빈도 이 열람자의 이 뷰 방문 4회 중 2회(50%, 95% 신뢰 구간 6.8–93.2%)",
		"응답 본문 /api/inbox의 “편지 of alice”",
		"감싼 형식 JSON 이스케이프 안의 base64 안의 이미지에 보이는 내용",
		"계정 쌍 한쪽이 보는 동안 다른 쪽이 동작한 쌍 12개(전체 12개)",
		"5 MB 이하의 단일 파일이며",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The template has no words but those that the catalog sees.
func TestTemplateSaysNothingItself(t *testing.T) {
	text := regexp.MustCompile(`(?s)\{\{.*?\}\}|<[^>]*>`).ReplaceAllString(pageSource, " ")
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if word != "notmine" && word != "English" && word != "한국어" {
			t.Errorf("the template says %q on its own", word)
		}
	}
	for _, m := range regexp.MustCompile(`(?:title|alt|aria-label)="([^{"]+)"`).FindAllStringSubmatch(pageSource, -1) {
		if m[1] != "English, 한국어" {
			t.Errorf("the template says %q on its own", m[1])
		}
	}
}

// The languages are chosen between by what the style and the script ask for, with
// the keyboard too.
func TestSwitch(t *testing.T) {
	root, _ := parsePage(t, cleanRun())
	radios := map[string]string{}
	for node := range root.Descendants() {
		if node.Data != "input" {
			continue
		}
		id, _ := attribute(node, "id")
		kind, _ := attribute(node, "type")
		name, _ := attribute(node, "name")
		_, checked := attribute(node, "checked")
		if kind != "radio" || name != "tongue" || node.Parent.Data != "label" || checked != (id == "english") {
			t.Errorf("input %s is of type %s, named %s, in <%s>, checked %t", id, kind, name, node.Parent.Data, checked)
		}
		radios[id] = strings.TrimSpace(node.NextSibling.Data)
	}
	if len(radios) != 2 || radios["english"] != "English" || radios["korean"] != "한국어" {
		t.Errorf("the choices are %v", radios)
	}
	for _, rule := range []string{
		"\nspan[lang=ko] { display: none; }\n",
		":root:has(#korean:checked) span[lang=en] { display: none; }",
		":root:has(#korean:checked) span[lang=ko] { display: inline; }",
	} {
		if !strings.Contains(pageStyle, rule) {
			t.Errorf("the style has no rule %q", rule)
		}
	}
}

// The script finds the words that it asks for, with the same slots in both
// languages, and fills all of them.
func TestScriptHasItsWords(t *testing.T) {
	var p page
	p.addWords()
	slots := regexp.MustCompile(`\{(\w+)\}`)
	slotsOf := func(text string) []string {
		var all []string
		for _, m := range slots.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return all
	}
	for name, word := range p.Words {
		if !strings.Contains(pageScript, "'"+name+"'") {
			t.Errorf("the script does not ask for %q", name)
		}
		if !slices.Equal(slotsOf(word.english), slotsOf(word.korean)) {
			t.Errorf("%q has other slots than %q", word.korean, word.english)
		}
		for _, slot := range slotsOf(word.english) {
			if !strings.Contains(pageScript, slot+": ") {
				t.Errorf("the script does not fill %q of %q", slot, word.english)
			}
		}
	}
	for _, m := range regexp.MustCompile(`say\('(\w+)'`).FindAllStringSubmatch(pageScript, -1) {
		if _, ok := p.Words[m[1]]; !ok {
			t.Errorf("the script asks for %q", m[1])
		}
	}
}

// A text is escaped in both languages, and written once when they are the same.
func TestBilingual(t *testing.T) {
	for _, test := range []struct {
		text phrase.Text
		want string
	}{
		{phrase.New("%s saw data of %s", "<b>", `"&'`),
			`<span lang="en">&lt;b&gt; saw data of &#34;&amp;&#39;</span><span lang="ko">&lt;b&gt; 계정이 &#34;&amp;&#39; 계정의 데이터를 보았다</span>`},
		{phrase.Verbatim("</span><script>\u202e"), "&lt;/span&gt;&lt;script&gt;‹U+202E›"},
		{phrase.Text{}, ""},
	} {
		if got := string(inBoth(test.text, 100).HTML()); got != test.want {
			t.Errorf("%q is written as\n%s, want\n%s", test.text, got, test.want)
		}
	}
}
