//go:build !windows

package connect

import _ "github.com/microsoft/go-mssqldb/integratedauth/krb5" // registers "krb5"

// integrated is integrated authentication here: Kerberos. The driver's default would be NTLM, which needs a user and
// a password (go-mssqldb auth_unix.go).
const integrated = "krb5"
