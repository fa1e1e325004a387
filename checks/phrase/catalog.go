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
var sentences = [][]translation{koreanCounts, koreanChecks, koreanGate, koreanCauses}

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
	"%d accounts":    "%d account",
	"%d exposures":   "%d exposure",
	"%d findings":    "%d finding",
	"%d moments":     "%d moment",
	"%d more rounds": "%d more round",
	"%d requests":    "%d request",
	"%d sessions":    "%d session",
	"%d times":       "%d time",
	"%d viewers":     "%d viewer",
	"%d visits":      "%d visit",
}
