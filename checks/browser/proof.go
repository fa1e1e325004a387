package browser

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"

	"notmine/checks/plan"
	"notmine/checks/wire"
)

//go:embed proof.js
var proofJS string

// ErrShared says that two of notmine's own sessions share something, so that
// nothing it would say of the target could be believed.
var ErrShared = errors.New("notmine's own sessions are not isolated")

// echo answers what the proof needs. Whoever asks is told by the cookie that
// /set gave, and named in what may be cached.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>proof</title>")
	case "/set":
		http.SetCookie(w, &http.Cookie{Name: "server", Value: r.URL.Query().Get("who"), Path: "/", HttpOnly: true})
	case "/sent":
		io.WriteString(w, r.Header.Get("Cookie"))
	case "/cached":
		w.Header().Set("Cache-Control", "max-age=3600")
		if c, err := r.Cookie("server"); err == nil {
			io.WriteString(w, c.Value)
		}
	case "/auth":
		who, _, ok := r.BasicAuth()
		if !ok {
			// A browser with windows asks a person when it has nothing to answer with; to
			// be asked is for who has. What it remembers it sends of itself.
			if r.URL.RawQuery == "ask" {
				w.Header().Set("WWW-Authenticate", `Basic realm="proof"`)
			}
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, who)
	default:
		http.NotFound(w, r)
	}
}

// prove sends two contexts to an echo server. The first leaves something in
// every place where a browser keeps things and must find it again, or the proof
// would prove nothing; the second must find nothing.
func (d *Driver) prove(ctx context.Context, p *process) error {
	ctx, late := withDeadline(ctx, 30*time.Second)
	defer late.stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting the echo server: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(echo), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	defer server.Close()
	base := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	line, err := wire.New(wire.Config{Target: base, Finder: d.finder})
	if err != nil {
		return err
	}
	defer line.Close()

	first, err := d.proofSession(ctx, p, line, base)
	if err != nil {
		return err
	}
	defer first.Close()
	second, err := d.proofSession(ctx, p, line, base)
	if err != nil {
		return err
	}
	defer second.Close()

	return proveApart(ctx, first, second)
}

// proveApart has the first session leave itself everywhere and the second look
// for it.
func proveApart(ctx context.Context, first, second *Session) error {
	if err := first.prove(ctx, nil, `write("first")`); err != nil {
		return err
	}
	var own, other map[string]string
	if err := first.prove(ctx, &own, "read()"); err != nil {
		return err
	}
	if err := second.prove(ctx, &other, "read()"); err != nil {
		return err
	}
	return judgeProof(own, other)
}

// judgeProof says what the second session found of the first one's.
func judgeProof(own, other map[string]string) error {
	var blind, shared []string
	for _, place := range slices.Sorted(maps.Keys(own)) {
		if own[place] != "first" {
			blind = append(blind, place)
		}
		if other[place] == "first" {
			shared = append(shared, place)
		}
	}
	switch {
	case len(own) == 0:
		return errors.New("proving that sessions are isolated: the browser told nothing")
	case len(shared) > 0:
		return fmt.Errorf("%w: a second one found the first one's %s", ErrShared, strings.Join(shared, ", "))
	case len(blind) > 0:
		return fmt.Errorf("proving that sessions are isolated: the browser did not keep %s, so nothing is proved of it", strings.Join(blind, ", "))
	}
	return nil
}

func (d *Driver) proofSession(ctx context.Context, p *process, w *wire.Wire, base *url.URL) (*Session, error) {
	line, err := w.Open(nil)
	if err != nil {
		return nil, err
	}
	s, err := openSession(ctx, d, p, line, plan.Account{Name: "the proof"})
	if err != nil {
		return nil, err
	}
	got, err := call(ctx, p.client, s.id, page.Navigate, page.NavigateParams{URL: base.String() + "/"})
	if err == nil && got.ErrorText != "" {
		err = errors.New(got.ErrorText)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the echo server: %w", err), s.Close())
	}
	return s, nil
}

// prove runs one function of proof.js in the page.
func (s *Session) prove(ctx context.Context, into any, function string) error {
	if err := evaluate(ctx, s.process.client, s.id, 0, "("+proofJS+")."+function, into); err != nil {
		return fmt.Errorf("proving that sessions are isolated: %w", err)
	}
	return nil
}
