package connect

import (
	"fmt"
	"strings"
)

// kerberosFiles are the parameters that the driver needs and that the environment says in a form that it does not read.
// From go-mssqldb integratedauth/krb5/krb5.go, readKrb5Config: it takes KRB5_CONFIG or /etc/krb5.conf; with a user and no
// password the keytab KRB5_KTNAME; else the credential cache KRB5CCNAME, without a default. It opens the names as paths, while
// MIT's tools write FILE:PATH, and take /tmp/krb5cc_UID when KRB5CCNAME is not set
// (https://web.mit.edu/kerberos/krb5-latest/doc/basic/ccache_def.html).
func (t *Target) kerberosFiles(getenv func(string) string, uid int) (map[string]string, error) {
	if t.parameters["authenticator"] != "krb5" || t.parameters["password"] != "" {
		return nil, nil
	}
	files := make(map[string]string)
	if keytab := getenv("KRB5_KTNAME"); keytab != "" && t.parameters["user id"] != "" && !t.has("krb5-keytabfile") {
		path, err := filePath("KRB5_KTNAME", keytab)
		files["krb5-keytabfile"] = path
		return files, err
	}
	if t.has("krb5-keytabfile") || t.has("krb5-credcachefile") {
		return nil, nil
	}
	cache := getenv("KRB5CCNAME")
	if cache == "" {
		cache = fmt.Sprintf("/tmp/krb5cc_%d", uid)
	}
	path, err := filePath("KRB5CCNAME", cache)
	files["krb5-credcachefile"] = path
	return files, err
}

// filePath removes FILE: and refuses the stores that are not files.
func filePath(variable, value string) (string, error) {
	kind, rest, found := strings.Cut(value, ":")
	switch {
	case !found || strings.ContainsAny(kind, "/."):
		return value, nil
	case strings.EqualFold(kind, "FILE"), strings.EqualFold(kind, "WRFILE"):
		return rest, nil
	default:
		return "", &SettingError{variable, "names a store of the kind " + kind + ", which cannot be read",
			"a file, as in " + variable + "=FILE:/PATH, and kinit run again with it"}
	}
}
