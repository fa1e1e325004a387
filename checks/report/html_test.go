package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

func parsePage(t *testing.T, told told) (*html.Node, string) {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, told.run, told.result, pictureFolder); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return root, out.String()
}

// What the page may hold is what the template writes: a text of the target that
// became an element or an attribute would be something else.
func TestHostileTextStaysText(t *testing.T) {
	elements := strings.Fields(`html head meta title style script body a header main section article p h1 h2 h3 h4 h5 span bdi ul ol li dl div dt dd
		table caption thead tbody tr th td figure figcaption img svg rect text g path button details summary footer code label input`)
	attributes := strings.Fields(`lang charset http-equiv content name class href id aria-label aria-labelledby aria-hidden aria-live tabindex role
		scope title src alt loading colspan viewBox preserveAspectRatio visibility width height x y dx dy d type disabled hidden open
		checked data-ko data-viewer data-owner data-from data-to data-whole data-lane data-height`)
	for name, tell := range allRuns {
		root, page := parsePage(t, tell())
		var scripts []*html.Node
		for node := range root.Descendants() {
			switch node.Type {
			case html.CommentNode:
				t.Errorf("%s: a comment: %.80q", name, node.Data)
			case html.TextNode:
				if node.Parent.Data == "script" {
					scripts = append(scripts, node)
					continue
				}
				for _, r := range node.Data {
					if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
						t.Fatalf("%s: %U in %.80q", name, r, node.Data)
					}
				}
			case html.ElementNode:
				if !slices.Contains(elements, node.Data) {
					t.Errorf("%s: an element %s", name, node.Data)
				}
				for _, a := range node.Attr {
					if !slices.Contains(attributes, a.Key) {
						t.Errorf("%s: %s has an attribute %s", name, node.Data, a.Key)
					}
					if a.Key == "href" && !strings.HasPrefix(a.Val, "#") || a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/png;base64,") {
						t.Errorf("%s: %s=%.80q leads out of the page", name, a.Key, a.Val)
					}
				}
			}
		}
		// Two are data, and the last is the page's own.
		if len(scripts) != 3 || !isData(scripts[0], "line-data") || !isData(scripts[1], "words") || scripts[2].Data != pageScript || len(scripts[2].Parent.Attr) != 0 {
			t.Errorf("%s: %d scripts", name, len(scripts))
		}
		if len(page) > mostPageBytes {
			t.Errorf("%s: %d bytes, although every text is bounded", name, len(page))
		}
	}
}

// isData reports whether a script is nothing but data.
func isData(script *html.Node, id string) bool {
	return slices.Equal(script.Parent.Attr, []html.Attribute{{Key: "type", Val: "application/json"}, {Key: "id", Val: id}}) &&
		json.Valid([]byte(script.Data)) && !strings.ContainsAny(script.Data, "<>")
}

func TestPolicyKnowsItsOwn(t *testing.T) {
	root, _ := parsePage(t, leakRun())
	var policy, style, script string
	for node := range root.Descendants() {
		switch {
		case node.Type == html.ElementNode && node.Data == "script" && len(node.Attr) == 0:
			script = node.FirstChild.Data
		case node.Type == html.ElementNode && node.Data == "style":
			style = node.FirstChild.Data
		case node.Type == html.ElementNode && node.Data == "meta":
			for i, a := range node.Attr {
				if a.Key == "http-equiv" {
					policy = node.Attr[i+1].Val
				}
			}
		}
	}
	for directive, text := range map[string]string{"style-src": style, "script-src": script} {
		sum := sha256.Sum256([]byte(text))
		want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
		if !strings.Contains(policy, want) || !strings.HasPrefix(policy, "default-src 'none';") {
			t.Errorf("a browser would refuse it: policy %s, want %s", policy, want)
		}
	}
	if len(style) < 1000 || strings.Contains(style, "url(") {
		t.Errorf("a style of %d bytes that may load something", len(style))
	}
}

// A person reading the page has to find what the run proved.
func TestPageTellsTheLeak(t *testing.T) {
	root, _ := parsePage(t, leakRun())
	text := textOf(root)
	for _, want := range []string{
		"LEAK 3 of 24 visits in company were shown somebody else's data",
		"bob was shown alice's subject on inbox",
		"2 of 4 visits of this viewer to this view (50 %, 6.8–93.2 % at 95 %)",
		"“편지 of alice” on body /api/inbox",
		"Cache-Control public, max-age=60",
		"alice (owner) GET /api/inbox −1.0 ms +24.0 ms alice-1",
		"bob (carried it) GET /api/inbox +0.0 ms +25.0 ms bob-1",
		"likely cause last writer",
		"observation 1: alice on inbox, phase solo, round 1, 01:45:00.100 UTC",
		"together inbox first 3 12 of 12 0.6 ms 0.9 ms",
		"wrapped in what a picture shows in base64 in JSON escapes",
		"Who saw whose bob saw data of alice; 다솜 saw data of carol",
		"Where inbox (text, body) from /api/inbox",
		"How often 3 of 24 visits in company, 0 of 8 visits alone",
		"Since when together, round 2, 1.3 s into the run (01:45:01.301 UTC), after 16 visits that showed nothing",
		"To see it again notmine run mail.yaml --seed 1",
		"what alice, the owner, sees",
		"what bob was shown",
		"own own alice",
		"Both pages what alice, the owner, sees what bob was shown",
		"The exchange, to open in a browser's network panel: evidence/6d1f-bob-18.har",
		"Both pictures carol's own what 다솜 was shown",
		"body bodies of answers 32 576 64 MiB 32 3",
		"surfaces hidden (text out of sight, comments and templates), form (form fields),",
		"not whole body /big longer than the limit 2",
		"drawn from the seed 1. The same plan and seed give the same schedule: notmine run mail.yaml --seed 1",
		"2 together together: everybody at once, from one barrier 0.9 s 31 s 3 24 24 3",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestPageTellsBeforeAndAfter(t *testing.T) {
	root, page := parsePage(t, eventRun())
	text := textOf(root)
	for _, want := range []string{
		"failover (event) 1.2 s 0.1 s in together, before round 2, after solo away for 2 visits, all back after 0.4 s",
		"hide (change) 2.1 s 0.5 s after together made by 1 account, what was before showed for 2.0 s, failed for 1 account: no button",
		"all before failover 8 0 all after failover 16 3",
		"inbox before failover 4 0 inbox after failover 8 3",
		"when 0.0 s after failover was over",
		"before and after 0 of 1 visit before failover, 2 of 2 after it",
		"2 together together: everybody at once, from one barrier; event failover before round 2 0.9 s 31 s 3 24 24 3",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, `<rect class="happened"`); n != 2 {
		t.Errorf("%d marks on the time line, want one for each event and change", n)
	}
	quiet, page := parsePage(t, leakRun())
	for _, word := range []string{"What happened meanwhile", "before and after", "events and changes"} {
		if strings.Contains(textOf(quiet), word) || strings.Contains(page, `class="happened"`) {
			t.Errorf("nothing happened in that run, and the page says %q", word)
		}
	}
}

// textOf is what a page says to who reads it in English.
func textOf(root *html.Node) string {
	var b strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" && node.Parent.Data != "script" && !inKorean(node) {
			b.WriteString(node.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// A reader who goes from heading to heading misses none of a level.
func TestHeadingsAreInOrder(t *testing.T) {
	for name, tell := range allRuns {
		root, _ := parsePage(t, tell())
		last := 0
		for node := range root.Descendants() {
			if node.Type != html.ElementNode || len(node.Data) != 2 || node.Data[0] != 'h' || node.Data[1] < '1' || node.Data[1] > '6' {
				continue
			}
			level := int(node.Data[1] - '0')
			if level > last+1 {
				t.Errorf("%s: %s %q stands right under a heading of level %d", name, node.Data, textOf(node), last)
			}
			last = level
		}
	}
}

// Few rows of before and after are shown at once, and many when they are asked for.
func TestManyStagesAreFolded(t *testing.T) {
	folded := func(told told) bool {
		root, _ := parsePage(t, told)
		for node := range root.Descendants() {
			if node.Data == "h3" && textOf(node) == "Before, during and after" {
				details := node.Parent.Parent
				return !slices.ContainsFunc(details.Attr, func(a html.Attribute) bool { return a.Key == "open" })
			}
		}
		t.Fatal("the page does not tell what was before and after")
		return false
	}
	if folded(eventRun()) {
		t.Error("four rows are folded")
	}
	many := eventRun()
	for range openStages {
		many.result.Stages = append(many.result.Stages, many.result.Stages[0])
	}
	if !folded(many) {
		t.Errorf("%d rows are not", len(many.result.Stages))
	}
}

func TestPageSaysWhatItLeftOut(t *testing.T) {
	root, _ := parsePage(t, hostileRun()) // 600 findings, 120 viewers
	text := textOf(root)
	for _, want := range []string{"100 more findings are in results.json", "more viewers are in results.json"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// Every element is closed where it should be, no id is there twice, and whatever
// refers to an id refers to one that is there.
func TestPageIsWellFormed(t *testing.T) {
	void := strings.Fields("meta img input")
	for name, tell := range allRuns {
		_, page := parsePage(t, tell())
		var open []string
		ids, wanted := map[string]bool{}, map[string]bool{}
		z := html.NewTokenizer(strings.NewReader(page))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			switch token.Type {
			case html.SelfClosingTagToken:
				if len(open) > 0 && !slices.Contains(open, "svg") {
					t.Errorf("%s: <%s/>", name, token.Data)
				}
			case html.StartTagToken:
				if !slices.Contains(void, token.Data) {
					open = append(open, token.Data)
				}
			case html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != token.Data {
					t.Fatalf("%s: </%s> within %v", name, token.Data, open)
				}
				open = open[:len(open)-1]
			}
			for i, a := range token.Attr {
				if slices.ContainsFunc(token.Attr[:i], func(other html.Attribute) bool { return other.Key == a.Key }) {
					t.Errorf("%s: %s has %s twice", name, token.Data, a.Key)
				}
				switch {
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s: the id %s is there twice", name, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "aria-labelledby":
					wanted[a.Val] = true
				case a.Key == "href":
					wanted[strings.TrimPrefix(a.Val, "#")] = true
				}
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %v are not closed", name, open)
		}
		for id := range wanted {
			if !ids[id] {
				t.Errorf("%s: nothing has the id %s", name, id)
			}
		}
	}
}
