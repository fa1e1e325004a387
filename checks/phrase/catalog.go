package phrase

import (
	"fmt"
	"slices"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/message/catalog"
)

// translation is a form and what it is in Korean.
type translation struct{ english, korean string }

// sentences are the tables of forms that rooms write out.
var sentences = [][]translation{koreanCounts, koreanChecks, koreanGate, koreanCauses, koreanReport, koreanRepro, koreanShrunk, koreanSearch, koreanHunt, koreanScript}

// names are the tables of what [Name] knows.
var names = [][]translation{koreanSurfaces, koreanWays, koreanOrders, koreanLevels, koreanVerdicts, koreanSides, koreanEnds, koreanCauseNames}

// forms are the forms that are not told as they stand.
var forms = newCatalog()

func newCatalog() catalog.Catalog {
	b := catalog.NewBuilder(catalog.Fallback(English))
	must := func(form string, err error) {
		if err != nil {
			panic(fmt.Sprintf("phrase: %s: %v", form, err)) // the tables are constants
		}
	}
	for many, one := range singular {
		must(many, b.Set(English, many, plural.Selectf(1, "%d", plural.One, one, plural.Other, many)))
	}
	for _, table := range slices.Concat(sentences, names) {
		for _, t := range table {
			must(t.english, b.SetString(Korean, t.english, t.korean))
		}
	}
	return b
}

// named are the names that have one in each language.
var named = namedIn(names)

func namedIn(tables [][]translation) map[string]bool {
	all := map[string]bool{}
	for _, table := range tables {
		for _, t := range table {
			all[t.english] = true
		}
	}
	return all
}

// singular are the forms of a count, and what they are for one.
var singular = map[string]string{
	"%d accepted findings":                      "%d accepted finding",
	"%d accepted leaks":                         "%d accepted leak",
	"%d accounts":                               "%d account",
	"%d bytes":                                  "%d byte",
	"%d exposures":                              "%d exposure",
	"%d findings":                               "%d finding",
	"%d findings no longer accepted":            "%d finding no longer accepted",
	"%d known findings":                         "%d known finding",
	"%d known leaks":                            "%d known leak",
	"%d leaks":                                  "%d leak",
	"%d leaks no longer accepted":               "%d leak no longer accepted",
	"%d moments":                                "%d moment",
	"%d more accounts are not drawn.":           "%d more account is not drawn.",
	"%d more are in results.json.":              "%d more is in results.json.",
	"%d more files are in the evidence folder.": "%d more file is in the evidence folder.",
	"%d more findings":                          "%d more finding",
	"%d more findings are in results.json.":     "%d more finding is in results.json.",
	"%d more owners are in results.json.":       "%d more owner is in results.json.",
	"%d more phases are in results.json.":       "%d more phase is in results.json.",
	"%d more requests were at work.":            "%d more request was at work.",
	"%d more rounds":                            "%d more round",
	"%d more rows are not shown.":               "%d more row is not shown.",
	"%d more viewers":                           "%d more viewer",
	"%d more viewers are in results.json.":      "%d more viewer is in results.json.",
	"%d more views":                             "%d more view",
	"%d more views are not shown.":              "%d more view is not shown.",
	"%d more visits are in results.json.":       "%d more visit is in results.json.",
	"%d more visits, in which nothing was shown, are not drawn.": "%d more visit, in which nothing was shown, is not drawn.",
	"%d new findings": "%d new finding",
	"%d new leaks":    "%d new leak",
	"%d notes":        "%d note",
	"%d of %s in company were shown somebody else's data %s":            "%d of %s in company was shown somebody else's data %s",
	"%d of %s were shown somebody else's data with nobody else at work": "%d of %s was shown somebody else's data with nobody else at work",
	"%d of %s without a browser were shown somebody else's data":        "%d of %s without a browser was shown somebody else's data",
	"%d other accounts":                     "%d other account",
	"%d pairs":                              "%d pair",
	"%d pictures":                           "%d picture",
	"%d requests":                           "%d request",
	"%d risks":                              "%d risk",
	"%d rounds":                             "%d round",
	"%d sessions":                           "%d session",
	"%d sessions without a browser besides": "%d session without a browser besides",
	"%d steps":                              "%d step",
	"%d suspects":                           "%d suspect",
	"%d times":                              "%d time",
	"%d tries":                              "%d try",
	"%d viewers":                            "%d viewer",
	"%d visits":                             "%d visit",
	"and %d more reasons":                   "and %d more reason",
}
