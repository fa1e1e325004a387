package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Vars returns the values of templates for one account: name, login, password,
// shows, its columns, "canary ITEM", and, when there is a peer, "peer." with any
// of these but the password. canary gives the account's own token for an item;
// it may be nil where none is made.
//
// The function also knows "secret N", which stands in steps for what came from
// ${env:} and ${file:}; a plan cannot name it itself.
func (p *Plan) Vars(account, peer *Account, canary func(item string) string) func(key string) (string, bool) {
	return func(key string) (string, bool) {
		if item, ok := strings.CutPrefix(key, canaryKey); ok {
			if canary == nil {
				return "", false
			}
			token := canary(item)
			return token, token != ""
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
	canaryKey = "canary "
	peerKey   = "peer."
	secretKey = "secret "
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
