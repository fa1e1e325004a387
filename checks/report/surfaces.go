package report

import (
	"fmt"
	"strings"

	"notmine/checks/record"
)

// surfaceRow is one surface in the list of where the run looked.
type surfaceRow struct {
	Name, What                        string
	Visits, Items, Size, Own, Leaking string
	Leaks                             bool
}

// surfaceWords say what a surface is, for those who do not know its name.
var surfaceWords = map[string]string{
	record.Text:         "text in sight, frames and shadow roots included",
	record.Hidden:       "text out of sight, comments and templates",
	record.Title:        "the page's title",
	record.Attribute:    "attributes of elements",
	record.Form:         "form fields",
	record.Script:       "inline scripts and state",
	record.Style:        "style sheets and the text they make",
	record.Console:      "what pages write to the console",
	record.Dialog:       "alerts and prompts",
	record.Notification: "what pages announce to the system",
	record.Popup:        "other windows and tabs",
	record.Cookies:      "cookies, set or held",
	record.Storage:      "local and session storage",
	record.Database:     "IndexedDB",
	record.Cache:        "Cache Storage",
	record.History:      "history state",
	record.Blob:         "blob: and data: URLs",
	record.Body:         "bodies of answers",
	record.Request:      "what the page sent",
	record.Head:         "headers of answers",
	record.Trailer:      "trailers of answers",
	record.Stream:       "WebSockets and event streams",
	record.Download:     "downloads",
	record.Picture:      "what pictures show, and say about themselves",
}

// leakingOn counts, for each surface, the visits in which it showed a marker to
// somebody outside its audience.
func (s *story) leakingOn() map[string]int {
	visits := map[string]int{}
	for _, o := range s.run.Observations {
		counted := map[string]bool{}
		for _, leak := range s.pass.Leaks(o) {
			if !counted[leak.Surface] {
				counted[leak.Surface] = true
				visits[leak.Surface]++
			}
		}
	}
	return visits
}

// exercised counts the surfaces on which there was anything, of all.
func (s *story) exercised() (some, all int) {
	for _, at := range s.result.Coverage.Surfaces {
		if at.Items > 0 {
			some++
		}
	}
	return some, len(s.result.Coverage.Surfaces)
}

func (p *page) addSurfaces(s *story) {
	leaking := s.leakingOn()
	for _, at := range s.result.Coverage.Surfaces {
		if at.Items == 0 {
			continue // it is among the gaps
		}
		p.Surfaces = append(p.Surfaces, surfaceRow{
			Name: visible(at.Name, 40), What: surfaceWords[at.Name],
			Visits: count(at.Visits), Items: count(at.Items), Size: size(at.Bytes), Own: count(at.Seen),
			Leaking: count(leaking[at.Name]), Leaks: leaking[at.Name] > 0,
		})
	}
}

// size writes a number of bytes in a unit that keeps it short.
func size(bytes int64) string {
	const step = 1024
	amount, units := float64(bytes), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && amount >= step {
		amount, units = amount/step, units[1:]
	}
	if units[0] == "B" || amount >= 10 {
		return fmt.Sprintf("%.0f %s", amount, units[0])
	}
	return fmt.Sprintf("%.1f %s", amount, units[0])
}

// wrappingWords say what a wrapping is.
var wrappingWords = map[string]string{
	"html":        "HTML references",
	"json":        "JSON escapes",
	"percent":     "percent encoding",
	"form":        "form encoding",
	"hex":         "hexadecimal",
	"utf-16":      "UTF-16",
	"euc-kr":      "EUC-KR",
	"shift_jis":   "Shift_JIS",
	"iso-2022-kr": "ISO-2022-KR",
	"mime":        "a MIME encoded word",
	"case":        "other letter case",
	"compatible":  "another Unicode form",
	"split":       "pieces",
	"metadata":    "a picture's metadata",
	"picture":     "what a picture shows",
	"pdf":         "a PDF",
}

// wrapped says how something was wrapped, the innermost first: "base64 in JSON
// escapes in HTML references".
func wrapped(wrapping []string) string {
	words := make([]string, 0, len(wrapping))
	for i := len(wrapping) - 1; i >= 0; i-- {
		word := wrapping[i]
		if known, ok := wrappingWords[word]; ok {
			word = known
		} else if name, ok := strings.CutPrefix(word, "zip "); ok {
			word = "the archive's " + name
		}
		words = append(words, word)
	}
	return strings.Join(words, " in ")
}
