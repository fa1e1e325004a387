package plan

import (
	"path/filepath"
	"slices"
	"strings"
)

// Given is what is given beside a plan, in place of what it says itself.
type Given struct {
	// Target, if not "", is the base URL of the service in place of the plan's.
	Target string
	// Accounts, if not nil, are in place of those of a case's plan: by name, or, when
	// none has a name that the case knows, by the column role (viewer, owner, other),
	// or else by their order: the viewer, the owner if it is an account, the others.
	// The case then speaks of them by their own names. Of a plan that is no case they
	// are all its accounts.
	Accounts []Account
}

// LoadWith is [Load] with something given in place of what the plan says.
func LoadWith(path string, given Given) (*Plan, error) {
	data, err := readFile(path, largestPlan, "the plan")
	if err != nil {
		return nil, err
	}
	return parse(path, data, filepath.Dir(path), given)
}

// LoadAccounts reads accounts for [Given], wherever they are: those of a plan, of
// which nothing else is read, when the name ends in .yaml or .yml, and of a CSV
// file otherwise. Everything that is wrong with them is in one [Mistakes]; any
// other error means that they could not be read.
func LoadAccounts(path string) ([]Account, error) {
	ofPlan := slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(path)))
	most := int64(largestTable)
	if ofPlan {
		most = largestPlan
	}
	data, err := readFile(path, most, "the accounts")
	if err != nil {
		return nil, err
	}
	var s *resolver
	if ofPlan {
		s, err = accountsPart(path, data, filepath.Dir(path))
	} else {
		s, err = accountsTable(path, data)
	}
	if err == nil {
		err = s.wrong()
	}
	if err != nil {
		return nil, err
	}
	return s.plan.Accounts, nil
}

// accountsTable reads the accounts of a CSV file.
func accountsTable(file string, data []byte) (*resolver, error) {
	s := &resolver{reader: &reader{src: newSource(file, "")}, doc: &document{}, plan: &Plan{}}
	if err := s.enter(filepath.Dir(file)); err != nil {
		return nil, err
	}
	defer s.leave()
	s.noAccounts()
	s.accountsOf(s.newTable(file, data))
	return s, nil
}

// accountsPart reads the accounts of a plan, and nothing else of it.
func accountsPart(file string, data []byte, dir string) (*resolver, error) {
	s := &resolver{reader: &reader{src: newSource(file, withoutMark(data))}, doc: &document{}, plan: &Plan{}, alone: true}
	if err := s.enter(dir); err != nil {
		return nil, err
	}
	defer s.leave()
	body := s.parseYAML(withoutMark(data))
	switch at, other := s.part(body, "accounts"), s.part(body, "case"); {
	case len(s.mistakes) > 0:
	case other != nil:
		s.mistake(s.start(other), "this is a case, whose accounts come from another plan; that is the one to name")
	case at == nil:
		s.mistake(s.whole(), "the plan has no accounts")
	default:
		s.doc.accounts = accountsKind.read(s.reader, at)
		s.resolveAccounts()
	}
	return s, nil
}
