package faults

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

const certificateRemedy = "the server's certificate is refused: run `mcis check`, which says what helps"

// classifyConnection classifies what happened without a message of the server: io.EOF, net.Error, driver.ErrBadConn,
// mssql.StreamError and mssql.ServerError without messages, and the texts without type that the driver makes of a request that it
// could not send ("faild to send CommitXact: …", go-mssqldb mssql.go). All are transient, except a certificate.
func classifyConnection(err error) error {
	if untrusted(err) {
		return barred(fmt.Errorf("%w: %s", err, certificateRemedy))
	}
	return err
}

// untrusted reports a certificate that was refused. The driver keeps the type of that error with encrypt=strict only,
// otherwise only its text (go-mssqldb tds.go: "TLS Handshake failed: %v"), which is that of tls.CertificateVerificationError,
// of the driver's own comparison with the parameter serverCertificate (msdsn/conn_str.go), or of a name with a colon
// in it (msdsn/conn_str_go115.go).
func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	if errors.As(err, &verification) {
		return true
	}
	text := err.Error()
	if !strings.Contains(text, "TLS Handshake failed: ") {
		return false
	}
	for _, sign := range []string{
		"tls: failed to verify certificate", "server certificate doesn't match the provided certificate", "invalid certificate name", "x509: ",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
