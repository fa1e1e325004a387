package report

import (
	"fmt"
	"strings"

	"notmine/checks/phrase"
	"notmine/checks/record"
)

// surfaceRow is one surface in the list of where the run looked.
type surfaceRow struct {
	Name, What                        bilingual
	Visits, Items, Size, Own, Leaking string
	Leaks                             bool
}

// surfaceWords say what a surface is, for those who do not know its name.
var surfaceWords = map[string]phrase.Text{
	record.Text:         phrase.New("text in sight, frames and shadow roots included"),
	record.Hidden:       phrase.New("text out of sight, comments and templates"),
	record.Title:        phrase.New("the page's title"),
	record.Attribute:    phrase.New("attributes of elements"),
	record.Form:         phrase.New("form fields"),
	record.Script:       phrase.New("inline scripts and state"),
	record.Style:        phrase.New("style sheets and the text they make"),
	record.Console:      phrase.New("what pages write to the console"),
	record.Dialog:       phrase.New("alerts and prompts"),
	record.Notification: phrase.New("what pages announce to the system"),
	record.Popup:        phrase.New("other windows and tabs"),
	record.Cookies:      phrase.New("cookies, set or held"),
	record.Storage:      phrase.New("local and session storage"),
	record.Database:     phrase.New("IndexedDB"),
	record.Cache:        phrase.New("Cache Storage"),
	record.History:      phrase.New("history state"),
	record.Blob:         phrase.New("blob: and data: URLs"),
	record.Body:         phrase.New("bodies of answers"),
	record.Request:      phrase.New("what the page sent"),
	record.Head:         phrase.New("headers of answers"),
	record.Trailer:      phrase.New("trailers of answers"),
	record.Stream:       phrase.New("WebSockets and event streams"),
	record.Download:     phrase.New("downloads"),
	record.Picture:      phrase.New("what pictures show, and say about themselves"),
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
			Name: inBoth(phrase.Name(at.Name), 40), What: inBoth(surfaceWords[at.Name], 200),
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
var wrappingWords = map[string]phrase.Text{
	"html":        phrase.New("HTML references"),
	"json":        phrase.New("JSON escapes"),
	"percent":     phrase.New("percent encoding"),
	"form":        phrase.New("form encoding"),
	"hex":         phrase.New("hexadecimal"),
	"utf-16":      phrase.New("UTF-16"),
	"euc-kr":      phrase.New("EUC-KR"),
	"shift_jis":   phrase.New("Shift_JIS"),
	"iso-2022-kr": phrase.New("ISO-2022-KR"),
	"mime":        phrase.New("a MIME encoded word"),
	"case":        phrase.New("other letter case"),
	"compatible":  phrase.New("another Unicode form"),
	"split":       phrase.New("pieces"),
	"metadata":    phrase.New("a picture's metadata"),
	"picture":     phrase.New("what a picture shows"),
	"pdf":         phrase.New("a PDF"),
}

// wrapped says how something was wrapped, the innermost first: "base64 in JSON
// escapes in HTML references".
func wrapped(wrapping []string) phrase.Text {
	var told phrase.Text
	for _, name := range wrapping {
		word, known := wrappingWords[name]
		if !known {
			word = phrase.Verbatim(name)
			if file, ok := strings.CutPrefix(name, "zip "); ok {
				word = phrase.New("the archive's %s", file)
			}
		}
		if told.IsZero() {
			told = word
		} else {
			told = phrase.New("%s in %s", word, told)
		}
	}
	return told
}
