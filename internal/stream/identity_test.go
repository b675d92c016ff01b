package stream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"mcis/internal/fault"
	"mcis/internal/stream"
)

// authority issues certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.issue("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue writes NAME.pem and NAME.key; the first certificate signs itself.
func (a *authority) issue(name string, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := c, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "PRIVATE KEY", keyDER)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return parsed, key
}

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// serveTLS starts a server with a certificate of the authority, which asks clients for theirs.
func serveTLS(t *testing.T, a *authority) (address string) {
	t.Helper()
	a.issue("server", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	pair, err := tls.LoadX509KeyPair(a.path("server.pem"), a.path("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return serveUser(t, &server.Options{TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}, TLSTimeout: patience.Seconds()})
}

// serveUser starts a server that lets u in, by his password.
func serveUser(t *testing.T, options *server.Options) (address string) {
	t.Helper()
	options.Host, options.Port, options.NoSigs, options.NoLog = "127.0.0.1", -1, true, true
	options.JetStream, options.StoreDir, options.JetStreamMaxStore = true, t.TempDir(), 1<<50
	options.Username, options.Password = "u", password
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return s.Addr().String()
}

func TestUserOfAllServers(t *testing.T) {
	t.Parallel()
	address := serveUser(t, new(server.Options))
	for _, url := range []string{"nats://" + address, address, "nats://127.0.0.1:1, nats://" + address} {
		connect(t, stream.Config{URL: url, User: "u", Password: password})
	}
	_, err := stream.Connect(t.Context(), stream.Config{URL: address, User: "u", Password: password + "2"})
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "Authorization") || strings.Contains(err.Error(), password) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestEncryptedConnection(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	address := serveTLS(t, a)
	a.issue("client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	right := stream.Config{URL: "nats://" + address, User: "u", Password: password, CA: a.path("ca.pem"), Cert: a.path("client.pem"), Key: a.path("client.key")}
	connect(t, right)
	stranger := newAuthority(t)
	stranger.issue("client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	plain := serveUser(t, new(server.Options))
	for name, change := range map[string]func(*stream.Config){
		"an authority that is not ours":      func(c *stream.Config) { c.CA = stranger.path("ca.pem") },
		"the system's authorities":           func(c *stream.Config) { c.CA = "" },
		"a certificate that is not theirs":   func(c *stream.Config) { c.Cert, c.Key = stranger.path("client.pem"), stranger.path("client.key") },
		"no certificate":                     func(c *stream.Config) { c.Cert, c.Key = "", "" },
		"a server that does not encrypt":     func(c *stream.Config) { c.URL = "nats://" + plain },
		"tls:// to one that does not either": func(c *stream.Config) { *c = stream.Config{URL: "tls://" + plain, User: "u", Password: password} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := right
			change(&cfg)
			conn, err := stream.Connect(t.Context(), cfg)
			if err == nil {
				conn.Close()
				t.Fatal("connected")
			}
			if strings.Contains(fmt.Sprint(err), password) {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
}
