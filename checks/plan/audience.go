package plan

import (
	"slices"
	"strings"
)

// The words of an audience that name nobody.
const (
	wordMe       = "me"
	wordEveryone = "everyone"
)

func (r *resolver) resolveItems() {
	for _, i := range r.doc.items {
		if !r.checkName(i.key.spot, i.key.value, "an item") {
			continue
		}
		item := Item{Picture: i.value.picture}
		for _, word := range i.value.audience {
			if word.value == "" || !r.checkAudience(word) {
				continue
			}
			item.Audience = append(item.Audience, word.value)
		}
		if r.plan.Items == nil {
			r.plan.Items = map[string]Item{}
		}
		r.plan.Items[i.key.value] = item
	}
}

// checkAudience checks one word of an item's audience.
func (r *resolver) checkAudience(word text) bool {
	keys, err := Keys(word.value)
	switch {
	case err != nil:
		r.mistake(word.spot, "%v", err)
		return false
	case holdsReference(word.value):
		r.mistake(word.spot, "an audience is written into the record, so ${…} is not allowed in it")
		return false
	case len(keys) > 0:
		return r.checkAudienceTemplate(word, keys)
	case len(r.plan.Accounts) == 0 || word.value == wordMe || word.value == wordEveryone || r.groups[word.value]:
		return true
	}
	if _, ok := r.byName[word.value]; ok || r.elsewhere[word.value] {
		return true
	}
	known := []string{wordMe, wordEveryone}
	for g := range r.groups {
		known = append(known, g)
	}
	slices.Sort(known[2:])
	near := append(slices.Clone(known), accountNames(r.plan.Accounts)...)
	r.mistake(word.spot, "nobody is called %q%s known are %s and the accounts' names", word.value, orSemicolon(suggest(word.value, near)), strings.Join(known, ", "))
	return false
}

// checkAudienceTemplate checks that a template of the owner's columns names
// somebody, or nobody, for every owner.
func (r *resolver) checkAudienceTemplate(word text, keys []string) bool {
	before := len(r.mistakes) + r.unlisted
	for _, key := range keys {
		if key == "password" || r.isSecret(key) || strings.HasPrefix(key, canaryKey) || strings.HasPrefix(key, pictureKey) || strings.HasPrefix(key, peerKey) {
			r.mistake(word.spot, "{{%s}}: an audience may hold the owner's name, login, shows and plain columns only", key)
			return false
		}
	}
	r.checkTemplates(word, scope{})
	if before != len(r.mistakes)+r.unlisted {
		return false
	}
	for i := range r.plan.Accounts {
		owner := &r.plan.Accounts[i]
		for _, who := range r.named(word.value, owner) {
			if _, ok := r.person(who); !ok && !r.groups[who] && !r.elsewhere[who] && who != wordMe && who != wordEveryone {
				r.mistake(word.spot, "%s of %q names %q, who is no account and no group", word.value, owner.Name, who)
				return false
			}
		}
	}
	return true
}

// named expands a word for an owner: whole when that is somebody, or else as
// several words.
func (r *resolver) named(word string, owner *Account) []string {
	whole, err := Expand(word, owner.public)
	if err != nil {
		return nil
	}
	if _, ok := r.person(whole); ok || r.groups[whole] || r.elsewhere[whole] {
		return []string{whole}
	}
	return splitWords(whole)
}

// person returns the name of the account that a name or a login belongs to.
func (r *resolver) person(who string) (string, bool) {
	i, ok := r.byName[who]
	if !ok {
		if i, ok = r.byLogin[who]; !ok {
			return "", false
		}
	}
	return r.plan.Accounts[i].Name, true
}

// AudienceOf returns who may see what owner owns of an item: "me", "everyone",
// names of accounts and names of groups. Templates of the owner's columns are
// resolved; a column may name an account by its name or by its login. It is
// empty, which means me, for an item that the plan does not list.
func (p *Plan) AudienceOf(item string, owner Account) []string {
	return p.resolveAudience(p.Items[item].Audience, owner)
}

// resolveAudience resolves the templates of an audience for one owner.
func (p *Plan) resolveAudience(words []string, owner Account) []string {
	var audience []string
	for _, word := range words {
		if !strings.Contains(word, "{{") {
			audience = append(audience, word)
			continue
		}
		whole, err := Expand(word, owner.public)
		if err != nil {
			continue
		}
		if name, ok := p.person(whole); ok {
			audience = append(audience, name)
			continue
		}
		for _, who := range splitWords(whole) {
			if name, ok := p.person(who); ok {
				who = name
			}
			audience = append(audience, who)
		}
	}
	return audience
}

// person returns the name of the account that a name or a login belongs to.
func (p *Plan) person(who string) (string, bool) {
	for _, a := range p.Accounts {
		if a.Name == who {
			return a.Name, true
		}
	}
	for _, a := range p.Accounts {
		if a.Login == who {
			return a.Name, true
		}
	}
	for _, a := range p.written.origins { // of a case those that it left out, too
		if a.Name == who || a.Login == who {
			return a.Name, true
		}
	}
	return "", false
}

func (r *resolver) isItem(name string) bool {
	return slices.ContainsFunc(r.doc.items, func(i pair[itemFields]) bool { return i.key.value == name })
}

// isPicture reports whether an item is listed as a picture.
func (r *resolver) isPicture(name string) bool {
	return slices.ContainsFunc(r.doc.items, func(i pair[itemFields]) bool { return i.key.value == name && i.value.picture })
}

// itemNames returns all items, of canaries and of declared markers.
func (r *resolver) itemNames() []string {
	var names []string
	for _, i := range r.doc.items {
		names = append(names, i.key.value)
	}
	for item := range r.declared {
		if !slices.Contains(names, item) {
			names = append(names, item)
		}
	}
	slices.Sort(names)
	return names
}

// adviseItems warns of items that nothing puts into the accounts.
func (r *resolver) adviseItems() {
	for _, i := range r.doc.items {
		name := i.key.value
		switch {
		case r.planted[name] || r.declared[name]:
		case i.value.picture:
			r.warn(i.key.spot, "the picture %q is never planted: no upload of plant holds {{picture %s}}", name, name)
		default:
			r.warn(i.key.spot, "the item %q is never planted: no step of plant holds {{canary %s}}", name, name)
		}
	}
}
