package connect

import "fmt"

// trustCost is what has to be said wherever TrustServerCertificate is named.
const trustCost = "TrustServerCertificate=true lets anybody between here and the server pose as it, and is for tests only"

// adviceOnTLS explains handshakes. The driver keeps the types of these errors with encrypt=strict only, otherwise their
// texts (go-mssqldb tds.go, "TLS Handshake failed: %v"). So the texts of crypto/x509 and of the verifiers of Windows
// and macOS (crypto/x509/root_windows.go, root_darwin.go) are what tells.
func (t *Target) adviceOnTLS(err error) string {
	switch {
	case contains(err, "server does not support encryption", "encrypt negotiation failed"):
		return t.server() + " has no encryption to offer: give it a certificate, or accept with encrypt=disable that everything, passwords included, crosses the network readable"
	case contains(err, "federated authentication is not supported by the server"):
		return t.server() + " takes no Microsoft Entra login: fedauth is for Azure SQL, and SQL Server 2022 connected to Azure"
	case contains(err, "server certificate doesn't match the provided certificate"):
		return t.server() + " has another certificate than the file of serverCertificate: get the new one from its administrator"
	case !contains(err, "TLS Handshake failed"): // a certificate of somebody else, such as Entra ID
		return ""
	case !contains(err, "x509: ", "failed to verify certificate", "invalid certificate name"):
		return t.adviceOnHandshake(err)
	case contains(err, "has expired or is not yet valid", "certificate is expired", "expired certificate"):
		return fmt.Sprintf("the certificate of %s has expired or is not valid yet: renew it there, and check the clocks", t.server())
	case contains(err, "certificate is valid for", "is not valid for any names", "cannot validate certificate for", "legacy Common Name", "certificate name", "name does not match"):
		return fmt.Sprintf("the certificate of %s is for another name than %s: name the server as the certificate does, or add hostNameInCertificate=NAME for the name in it", t.server(), t.host)
	default:
		return fmt.Sprintf("the certificate of %s is of an authority that is not trusted here: add certificate=PATH with the authority's file (.pem), serverCertificate=PATH with the server's own, or install the authority in this system; %s", t.server(), trustCost)
	}
}

// adviceOnHandshake explains what is no matter of certificates.
func (t *Target) adviceOnHandshake(err error) string {
	switch {
	case contains(err, "first record does not look like a TLS handshake", "unexpected packet"):
		return t.server() + " speaks no TLS here: it may be no SQL Server, or not know encrypt=strict"
	case contains(err, "protocol version", "unsupported versions", "handshake failure"):
		return t.server() + " and this program have no version of TLS in common: update the server to TLS 1.2, or for an old one lower tlsmin"
	default:
		return ""
	}
}
