package plan

import (
	"maps"
	"slices"
)

// written is how a plan was written where that cannot be told from what it was
// resolved to. It is never changed, so copies of a plan may share it.
type written struct {
	dir     string // that paths are relative to, absolute
	target  kept
	ca      kept
	accept  string
	markers writtenMarkers
	// origins are the accounts that those of the plan come from, as they were
	// loaded: of a case those of its plan or those that were given, of another plan
	// its own.
	origins []Account
	texts   map[string]accountTexts // by the account's name, of those that hold references
}

// writtenMarkers is what a plan declares as markers.
type writtenMarkers struct {
	file      string
	fileItems map[string]bool // that the file has markers of
	columns   []pair[[]text]
}

// accountTexts are the public texts of an account.
type accountTexts struct{ name, login, shows kept }

// keptText keeps how a text was written, if it holds references.
func keptText(value string, t text) kept {
	if !holdsReference(t.value) {
		return kept{}
	}
	return kept{value, t.value}
}

// keepOrigins keeps copies of what the accounts come from.
func (r *resolver) keepOrigins() {
	all := r.plan.Accounts
	if r.cast != nil {
		all = r.cast.all
	}
	for _, a := range all {
		a.Groups, a.Columns, a.Secrets = slices.Clone(a.Groups), maps.Clone(a.Columns), maps.Clone(a.Secrets)
		r.plan.written.origins = append(r.plan.written.origins, a)
	}
}

// keepTexts keeps how an account is written.
func (r *resolver) keepTexts(a Account, f accountFields) {
	texts := accountTexts{keptText(a.Name, f.name), keptText(a.Login, f.login), keptText(a.Shows, f.shows)}
	if texts == (accountTexts{}) {
		return
	}
	if r.plan.written.texts == nil {
		r.plan.written.texts = map[string]accountTexts{}
	}
	r.plan.written.texts[a.Name] = texts
}

// keepMarkers keeps what markers are declared.
func (r *resolver) keepMarkers() {
	r.plan.written.markers = writtenMarkers{r.doc.markers.file.value, map[string]bool{}, r.doc.markers.columns}
}
