package connect

import (
	"strings"
	"testing"

	"github.com/microsoft/go-mssqldb/integratedauth"
	"github.com/microsoft/go-mssqldb/msdsn"
)

// What this package names must be linked into the program: the driver would say so at the first login only.
func TestIntegratedAuthenticationIsLinkedIn(t *testing.T) {
	_, err := integratedauth.GetIntegratedAuthenticator(msdsn.Config{Parameters: map[string]string{"authenticator": integrated, "krb5-configfile": "/no/such/krb5.conf"}})
	if err != nil && strings.Contains(err.Error(), "not found") && strings.Contains(err.Error(), "provider") {
		t.Error(err)
	}
}
