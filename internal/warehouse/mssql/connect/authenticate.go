package connect

import (
	"fmt"
	"net/url"
	"strings"
)

// workflows are the values of fedauth. The driver compares them without case when it reads them and with case when it acts on
// them, and then takes the default credential without a word (go-mssqldb azuread/configuration.go, validateParameters and
// provideActiveDirectoryToken): so they are written as it writes them.
var workflows = []string{
	"ActiveDirectoryDefault", "ActiveDirectoryManagedIdentity", "ActiveDirectoryMSI", "ActiveDirectoryServicePrincipal",
	"ActiveDirectoryApplication", "ActiveDirectoryServicePrincipalAccessToken", "ActiveDirectoryPassword", "ActiveDirectoryIntegrated",
	"ActiveDirectoryInteractive", "ActiveDirectoryDeviceCode", "ActiveDirectoryAzCli", "ActiveDirectoryAzureDeveloperCli",
	"ActiveDirectoryAzurePipelines", "ActiveDirectoryEnvironment", "ActiveDirectoryWorkloadIdentity", "ActiveDirectoryClientAssertion",
	"ActiveDirectoryOnBehalfOf",
}

// complete adds user and password that stand apart from the URL. What is given twice was changed in one place only, sooner or later.
func (t *Target) complete(user, password string) error {
	switch {
	case user != "" && t.has("user id"):
		return &SettingError{settingUser, "is set and " + settingURL + " holds a user too", "one of them"}
	case password != "" && t.has("password"):
		return &SettingError{settingPassword, "is set and " + settingURL + " holds a password too", "one of them"}
	case password != "" && user == "" && !t.has("user id"):
		return &SettingError{settingUser, "is missing", "the user that " + settingPassword + " is of"}
	case user != "" && password == "" && !t.has("password") && !t.has("fedauth") && !t.has("authenticator") && t.given(krb5) == "":
		return &SettingError{settingPassword, "is missing", "the password of " + settingUser}
	}
	if user != "" {
		t.parameters["user id"] = user
	}
	if password != "" {
		t.parameters["password"] = password
		t.hide(password)
	}
	return nil
}

// hide keeps a password out of texts, in whichever form it may appear.
func (t *Target) hide(password string) {
	t.secrets = append(t.secrets, password, url.QueryEscape(password), url.PathEscape(password))
}

// authenticate decides how to log in and refuses what would be ignored. integrated is the driver's name of integrated
// authentication on this operating system.
func (t *Target) authenticate(integrated string) error {
	t.setDefault("encrypt", "true")
	t.setDefault("app name", AppName)
	if t.has("fedauth") {
		return t.authenticateEntra()
	}
	if name := t.given(entra); name != "" {
		return urlError("has the parameter "+name+" without fedauth", "fedauth="+strings.Join(workflows[:3], ", fedauth=")+" or another beside it")
	}
	if t.given(krb5) != "" {
		t.setDefault("authenticator", "krb5")
	}
	user, hasPassword := t.parameters["user id"], t.has("password")
	switch {
	case t.has("authenticator"):
		return t.authenticateIntegrated(integrated)
	case user == "" && hasPassword:
		return urlError("has a password and no user", exampleURL)
	case user == "":
		t.parameters["authenticator"] = integrated
	case !hasPassword:
		return urlError("has a user and no password", exampleURL+", no user for integrated authentication, or authenticator=krb5 for a keytab")
	}
	return nil
}

// authenticateEntra checks what the driver does not: that a token does not travel readable.
func (t *Target) authenticateEntra() error {
	if t.has("authenticator") || t.given(krb5) != "" {
		return urlError("has fedauth and another authentication", "one of them")
	}
	if !t.Encrypted() {
		return urlError("has fedauth and encrypt="+t.parameters["encrypt"], "encrypt=true, so that the token cannot be read on its way")
	}
	return nil
}

func (t *Target) authenticateIntegrated(integrated string) error {
	user, hasPassword := t.parameters["user id"], t.has("password")
	switch name := t.parameters["authenticator"]; {
	case name == "ntlm" && (!strings.Contains(user, `\`) || !hasPassword):
		return urlError("has authenticator=ntlm without a user of a domain", "DOMAIN%5CUSER:PASSWORD in front of the @")
	case name != "ntlm" && name != integrated:
		return urlError(fmt.Sprintf("has authenticator=%s, which this operating system has not", name), "authenticator="+integrated)
	case t.has("krb5-keytabfile") && user == "":
		return urlError("has krb5-keytabfile and no user", "the user that the keytab is of in front of the @")
	}
	return nil
}

// given is the first parameter of a family that the URL has, or "".
func (t *Target) given(f family) string {
	for _, p := range parameters {
		if p.family == f && t.has(strings.ToLower(p.name)) {
			return p.name
		}
	}
	return ""
}

func (t *Target) setDefault(name, value string) {
	if !t.has(name) {
		t.parameters[name] = value
	}
}
