package browser

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// places are markers to put all over a body: each place has an owner of its
// own, so that a byte that went unseen shows as a place that is missing.
var places = func() (all []string) {
	for i := range 900 {
		all = append(all, marker.Mint(placeName(i), "place", 1, 1))
	}
	return all
}()

func placeName(i int) string { return fmt.Sprintf("place %d", i) }

// placeNames lists the owners of the places from one up to another.
func placeNames(from, to int) (names []string) {
	for i := from; i < to; i++ {
		names = append(names, placeName(i))
	}
	slices.Sort(names)
	return names
}

// dense is a body that consists of places.
func dense(from, to int) []byte {
	var b bytes.Buffer
	for _, text := range places[from:to] {
		b.WriteString(text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func placeFinder(t *testing.T) *sight.Finder {
	t.Helper()
	ledger := marker.NewLedger(1, nil)
	for i, text := range places {
		if _, err := ledger.Add(marker.Entry{Text: text, Owner: placeName(i), Item: "place", Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		t.Fatal(err)
	}
	return finder
}

func sum(p []byte) string {
	digest := sha256.Sum256(p)
	return hex.EncodeToString(digest[:])
}

// service is a target that knows every byte which it sends.
type service struct {
	*httptest.Server
	mux *http.ServeMux
	ca  string // PEM file of the authority that vouches for it

	mu      sync.Mutex
	answers []*answer
	conns   int // connections that were opened
}

// answer is one answer of a target.
type answer struct {
	path, proto string
	header      http.Header // of the request
	status      int
	bytes       int64 // of its body
}

// testPage is the page from which everything else is asked for.
const testPage = `<!doctype html><meta charset="utf-8"><title>known</title><p id="here">here</p>
<a id="save" href="/download">save</a>
<script>
const sum = async bytes => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map(b => b.toString(16).padStart(2, '0')).join('');
const told = async (status, body) => ({status, bytes: body.byteLength, sum: await sum(body)});
const get = async (path, options) => { const res = await fetch(path, options); return told(res.status, await res.arrayBuffer()) };
const xhr = (method, path, body) => new Promise((done, fail) => {
	const x = new XMLHttpRequest();
	x.open(method, path);
	x.responseType = 'arraybuffer';
	x.onload = () => done(told(x.status, x.response));
	x.onerror = () => fail(new Error('the request failed'));
	x.send(body);
});
const join = pieces => new Blob(pieces).arrayBuffer();
</script>`

// serveTarget starts a target in one of the ways that browsers reach one.
func serveTarget(t *testing.T, way string) *service {
	t.Helper()
	s := &service{mux: http.NewServeMux()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.conns++
		}
	}
	s.mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, testPage)
	})
	if way == "http" {
		s.Start()
	} else {
		s.TLS, s.ca = certify(t)
		s.EnableHTTP2 = true
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	a := &answer{path: r.URL.Path, proto: r.Proto, header: r.Header.Clone(), status: http.StatusOK}
	s.mu.Lock()
	s.answers = append(s.answers, a)
	s.mu.Unlock()
	s.mux.ServeHTTP(&counting{w, s, a}, r)
}

// host is host and port of the target.
func (s *service) host() string {
	u, _ := url.Parse(s.URL)
	return u.Host
}

// counting counts what it writes before it writes it: who has read an answer
// finds all of it counted.
type counting struct {
	http.ResponseWriter
	service *service
	answer  *answer
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counting) WriteHeader(status int) {
	c.service.mu.Lock()
	c.answer.status = status
	c.service.mu.Unlock()
	c.ResponseWriter.WriteHeader(status)
}

func (c *counting) Write(p []byte) (int, error) {
	c.count(len(p))
	return c.ResponseWriter.Write(p)
}

func (c *counting) count(n int) {
	c.service.mu.Lock()
	defer c.service.mu.Unlock()
	c.answer.bytes += int64(n)
}

// Hijack counts what is written to the connection from then on.
func (c *counting) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(c.ResponseWriter).Hijack()
	c.service.mu.Lock()
	c.answer.status = http.StatusSwitchingProtocols
	c.service.mu.Unlock()
	return countingConn{conn, c}, buffered, err
}

type countingConn struct {
	net.Conn
	counting *counting
}

func (c countingConn) Write(p []byte) (int, error) {
	c.counting.count(len(p))
	return c.Conn.Write(p)
}

// flush sends what was written.
func flush(t *testing.T, w http.ResponseWriter) {
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Errorf("flushing: %v", err)
	}
}

// sent lists the target's answers as "path status bytes", sorted.
func (s *service) sent() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.answers {
		list = append(list, fmt.Sprint(a.path, " ", a.status, " ", a.bytes))
	}
	slices.Sort(list)
	return list
}

// asked returns the requests for a path.
func (s *service) asked(path string) (list []answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.answers {
		if a.path == path {
			list = append(list, *a)
		}
	}
	return list
}

// certify makes an authority and a certificate for 127.0.0.1.
func certify(t *testing.T) (*tls.Config, string) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of the staging network"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	must(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "the target"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, key)
	must(err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: leafKey}}}, file
}

// drive starts a browser for a target.
func drive(t *testing.T, s *service, change func(*plan.Plan)) *Driver {
	t.Helper()
	p := &plan.Plan{
		Target: s.URL, TLS: plan.TLS{CA: s.ca}, Timeout: 30 * time.Second,
		Accounts: []plan.Account{{Name: "alice"}, {Name: "bob"}},
	}
	if change != nil {
		change(p)
	}
	d, err := New(t.Context(), Config{Plan: p, Finder: placeFinder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
	})
	return d
}

// found lists the owners of what was seen on a surface, sorted; path is "" for
// every path.
func found(o *record.Observation, surface, path string) (owners []string) {
	for _, s := range o.Sightings {
		if s.Surface == surface && (path == "" || s.Path == path) {
			owners = append(owners, s.Owner)
		}
	}
	slices.Sort(owners)
	return owners
}
