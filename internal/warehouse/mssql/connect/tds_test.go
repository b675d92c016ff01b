package connect

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The parts of TDS that a login begins with: https://learn.microsoft.com/openspecs/windows_protocols/ms-tds.
const (
	typeReply     = 0x04
	typePrelogin  = 0x12
	endOfMessage  = 0x01
	headerLength  = 8
	encryptOn     = 0x01
	optionEncrypt = 0x01
)

// readPacket reads one packet without its header.
func readPacket(r io.Reader) ([]byte, error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint16(header[2:4]))
	if length < headerLength {
		return nil, errors.New("a packet is shorter than its header")
	}
	body := make([]byte, length-headerLength)
	_, err := io.ReadFull(r, body)
	return body, err
}

func writePacket(w io.Writer, kind byte, body []byte) error {
	header := []byte{kind, endOfMessage, 0, 0, 0, 0, 1, 0}
	binary.BigEndian.PutUint16(header[2:4], uint16(headerLength+len(body)))
	_, err := w.Write(append(header, body...))
	return err
}

// packed is a connection whose bytes travel in prelogin packets, as those of a TLS handshake do.
type packed struct {
	net.Conn
	rest []byte
}

func (p *packed) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		body, err := readPacket(p.Conn)
		if err != nil {
			return 0, err
		}
		p.rest = body
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *packed) Write(b []byte) (int, error) { return len(b), writePacket(p.Conn, typePrelogin, b) }

// agreeOnTLS answers a prelogin with "encryption on" and makes the handshake; strict makes it at once, as TDS 8 does.
func agreeOnTLS(config *tls.Config, strict bool) func(net.Conn) {
	return func(conn net.Conn) {
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if strict {
			_ = tls.Server(conn, config).Handshake()
			return
		}
		if _, err := readPacket(conn); err != nil {
			return
		}
		// One option, encryption, whose value is at offset 6; 0xff ends the options.
		if writePacket(conn, typeReply, []byte{optionEncrypt, 0, 6, 0, 1, 0xff, encryptOn}) != nil {
			return
		}
		_ = tls.Server(&packed{Conn: conn}, config).Handshake()
	}
}

// certified is a certificate for names, and the path of a file with it.
func certified(t *testing.T, until time.Time, names ...string) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 9)},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"tds/8.0"}}, path
}
