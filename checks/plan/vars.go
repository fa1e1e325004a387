package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Canaries are what one account plants: of each item the token, or of one that
// is a picture the path of the picture that carries it. "" is an item that has
// none.
type Canaries struct {
	Text, Picture func(item string) string
}

// Vars returns the values of templates for one account: name, login, password,
// shows, its columns, and, when there is a peer, "peer." with any of these but the password. own gives the account's own canaries, for "canary
// ITEM" and "picture ITEM"; it may be nil where none are made.
//
// The function also knows "secret N", which stands in steps for what came from
// ${env:} and ${file:}; a plan cannot name it itself.
func (p *Plan) Vars(account, peer *Account, own *Canaries) func(key string) (string, bool) {
	if own == nil {
		none := func(string) string { return "" }
		own = &Canaries{Text: none, Picture: none}
	}
	return func(key string) (string, bool) {
		if item, ok := strings.CutPrefix(key, canaryKey); ok {
			token := own.Text(item)
			return token, token != ""
		}
		if item, ok := strings.CutPrefix(key, pictureKey); ok {
			path := own.Picture(item)
			return path, path != ""
		}
		if column, ok := strings.CutPrefix(key, peerKey); ok {
			if peer == nil {
				return "", false
			}
			return peer.public(column)
		}
		if number, ok := strings.CutPrefix(key, secretKey); ok {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 || n > len(p.Secrets) {
				return "", false
			}
			return p.Secrets[n-1].Reveal(), true
		}
		return account.value(key)
	}
}

// What keys of templates begin with that are no columns.
const (
	canaryKey  = "canary "
	pictureKey = "picture "
	peerKey    = "peer."
	secretKey  = "secret "
)

// value returns what {{key}} is for the account.
func (a *Account) value(key string) (string, bool) {
	if key == "password" {
		return a.Password.Reveal(), true
	}
	if s, ok := a.Secrets[key]; ok {
		return s.Reveal(), true
	}
	return a.public(key)
}

// public returns what {{peer.key}} is for somebody else.
func (a *Account) public(key string) (string, bool) {
	switch key {
	case "name":
		return a.Name, true
	case "login":
		return a.Login, true
	case "shows":
		return a.Shows, true
	}
	v, ok := a.Columns[key]
	return v, ok
}

// HeadersOf returns the headers that go with every request of an account to
// the target.
func (p *Plan) HeadersOf(account *Account) (map[string]Secret, error) {
	headers := make(map[string]Secret, len(p.Headers))
	for name, value := range p.Headers {
		expanded, err := Expand(value.Reveal(), p.Vars(account, nil, nil))
		if err != nil {
			return nil, fmt.Errorf("expanding header %s: %w", name, err)
		}
		headers[name] = NewSecret(expanded)
	}
	return headers, nil
}
