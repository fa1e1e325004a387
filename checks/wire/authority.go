package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net"
	"sync"
	"time"
)

// authority makes the certificates that the wire shows to the browser. It lives
// in memory: neither of its keys is ever written.
type authority struct {
	root    *x509.Certificate
	rootKey *ecdsa.PrivateKey
	leafKey *ecdsa.PrivateKey // of all hosts, so that one digest makes the browser accept them all
	spki    string
	config  *tls.Config // of the wire as a server, for connections of type *tunnel

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by host
}

// validity is how long certificates hold, before and after they are made: more
// than any run and than clocks differ.
const (
	validBefore = 24 * time.Hour
	validAfter  = 30 * 24 * time.Hour
)

func newAuthority() (*authority, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(&leafKey.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(spki)
	template := certificate("notmine, for this run only")
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &authority{
		root: root, rootKey: rootKey, leafKey: leafKey,
		spki:   base64.StdEncoding.EncodeToString(digest[:]),
		leaves: make(map[string]*tls.Certificate),
	}
	a.config = &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			// The tunnel knows the host also when the browser names none, as
			// for an IP address.
			t, ok := hello.Conn.(*tunnel)
			if !ok {
				return nil, errors.New("opening TLS outside of a tunnel")
			}
			return a.leaf(t.host)
		},
	}
	return a, nil
}

// leaf returns the certificate of a host, made on demand. There are no more of
// them than hosts that may be talked to.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.leaves[host]; ok {
		return c, nil
	}
	template := certificate(host)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &a.leafKey.PublicKey, a.rootKey)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: a.leafKey}
	a.leaves[host] = c
	return c, nil
}

// certificate is what all certificates of an authority have in common.
func certificate(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // never fails, as crypto/rand says
	if len(name) > 64 {
		name = name[:64] // RFC 5280's bound of a common name; the host itself is an alternative name
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-validBefore),
		NotAfter:     time.Now().Add(validAfter),
	}
}
