package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"notmine/checks/plan"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

// site is a webmail that listens, with its plan.
type site struct {
	*fixtures.Site
	mail *webmail.Service
	plan *plan.Plan
}

// watched is a webmail with something that sees each request before it does.
type watched struct {
	*webmail.Service
	see func(*http.Request)
}

func (w watched) Handler() http.Handler {
	next := w.Service.Handler()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.see(r)
		next.ServeHTTP(rw, r)
	})
}

// open serves a webmail and loads its plan. see may be nil.
func open(o webmail.Options, p webmail.PlanOptions, see func(*http.Request)) (_ *site, err error) {
	mail, err := webmail.New(o)
	if err != nil {
		return nil, err
	}
	if see == nil {
		see = func(*http.Request) {}
	}
	served, err := fixtures.Open(watched{mail, see}, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, served.Close())
		}
	}()
	dir, err := os.MkdirTemp("", "leakbench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the plan: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "webmail.yaml")
	if err := os.WriteFile(path, []byte(mail.Plan(served.URL, p)), 0o600); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	loaded, err := plan.Load(path)
	if err != nil {
		return nil, err
	}
	return &site{served, mail, loaded}, nil
}
