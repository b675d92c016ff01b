package connect

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/fault"
	"mcis/internal/goldentest"
	"mcis/internal/warehouse/mssql/faults"
)

func parsed(t *testing.T, url string) *Target {
	t.Helper()
	target, err := Parse(Settings{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	leaks.Look(t.Name(), fmt.Sprintf("%v %+v %#v %v", target, target, target, target.Warnings()))
	return target
}

// The words of every message that is explained, as a SQL Server login meets it.
func TestExplainedNumbers(t *testing.T) {
	target := parsed(t, "sqlserver://sa:"+escape(secret)+"@sql01?database=mcis")
	var golden strings.Builder
	for _, number := range slices.Sorted(maps.Keys(numbers)) {
		failure := mssql.Error{Number: number, State: 1, Message: "the server's text"}
		fmt.Fprintf(&golden, "%d\n    %s\n", number, Explain(target, failure))
	}
	goldentest.Compare(t, "advice.txt", golden.String())
}

func TestExplain(t *testing.T) {
	const (
		login  = "sqlserver://sa:p@sql01?database=mcis"
		domain = "sqlserver://sql01?database=mcis"
		entra  = "sqlserver://s.database.windows.net?database=mcis&fedauth=ActiveDirectoryDefault"
	)
	message := func(texts ...any) error {
		var all []mssql.Error
		for i := 0; i < len(texts); i += 2 {
			all = append(all, mssql.Error{Number: int32(texts[i].(int)), State: 1, Message: texts[i+1].(string)})
		}
		top := all[len(all)-1]
		top.All = all
		return top
	}
	tests := []struct {
		name, url string
		err       error
		want      string
	}{
		{"wrong password", login, message(18456, "Login failed for user 'sa'."), "user or password is wrong"},
		{"wrong password of a domain user", domain, message(18456, `Login failed for user 'DOM\jo'.`), "CREATE LOGIN"},
		{"nobody", domain, message(18456, `Login failed for user 'NT AUTHORITY\ANONYMOUS LOGON'.`), "MSSQLSvc/sql01:1433"},
		{"a token without a user", entra, message(18456, "Login failed for user '<token-identified principal>'."), "FROM EXTERNAL PROVIDER"},
		{"no database, seen from the login", login, message(4060, `Cannot open database "mcis"`, 18456, "Login failed"), "there is no database mcis on sql01:1433"},
		{"a right", login, message(229, "The INSERT permission was denied on the object 'Booking', database 'mcis', schema 'dbo'."), "GRANT INSERT ON SCHEMA::[dbo]"},
		{"a right in German", login, message(229, "Die INSERT-Berechtigung wurde für das Booking-Objekt verweigert."), "GRANT INSERT ON SCHEMA::[dbo]"},
		{"tables", login, message(262, "CREATE TABLE permission denied in database 'mcis'."), "GRANT CREATE TABLE TO [USER]"},
		{"a right without a name", login, message(15247, "User does not have permission to perform this action."), "GRANT ALTER, REFERENCES"},
		{"a number that says nothing", login, message(2627, "Violation"), "database mcis on SQL Server sql01:1433: mssql: Violation"},

		{"refused on Windows", login, errors.New("dial tcp 10.0.0.1:1433: connectex: No connection could be made because the target machine actively refused it."), "nothing listens"},
		{"refused", login, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "nothing listens"},
		{"no answer", login, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "a firewall"},
		{"DNS does not answer", login, &net.DNSError{Name: "sql01", Err: "i/o timeout", IsTimeout: true}, "name server did not answer"},
		{"no way", login, errors.New("dial tcp 10.0.0.1:1433: connect: no route to host"), "no way through the network"},
		{"no encryption", login, errors.New("server does not support encryption"), "no encryption to offer"},
		{"fedauth elsewhere", entra, errors.New("federated authentication is not supported by the server"), "no Microsoft Entra login"},
		{"a certificate on macOS", login, errors.New("TLS Handshake failed: tls: failed to verify certificate: x509: “sql01” certificate name does not match input"), "for another name"},
		{"what nobody knows", login, errors.New("the moon is full"), "SQL Server sql01:1433: the moon is full"},

		{"no krb5.conf", domain, errors.New("Unable to load krb5 config to get default values: open /etc/krb5.conf: no such file or directory"), "no configuration"},
		{"no ticket", domain, errors.New("krb5-credcachefile does not exist"), "kinit"},
		{"no SPN", domain, errors.New("[Root cause: KDC_Error] KDC_Error: TGS Exchange Error: kerberos error response from KDC when requesting for MSSQLSvc/sql01:1433: KRB Error: (7) KDC_ERR_S_PRINCIPAL_UNKNOWN Server not found in Kerberos database"), "setspn"},
		{"another clock", domain, errors.New("KRB Error: (37) KRB_AP_ERR_SKEW Clock skew too great"), "clocks"},
		{"an old ticket", domain, errors.New("could not get valid TGT for client's realm: [Root cause: …]"), "kinit"},
		{"a wrong keytab", domain, errors.New("KRB Error: (24) KDC_ERR_PREAUTH_FAILED Pre-authentication information was invalid"), "keytab"},
		{"no KDC", domain, errors.New("[Root cause: Networking_Error] communication error with KDC via TCP: dial tcp: i/o timeout"), "port 88"},
		{"SSPI without a name", domain, errors.New("InitialBytes InitializeSecurityContext failed 80090303"), "setspn"},
		{"SSPI otherwise", domain, errors.New("InitialBytes InitializeSecurityContext failed 80090999"), "integrated authentication failed"},

		{"a wrong client secret", entra, errors.New("ClientSecretCredential authentication failed. AADSTS7000215: Invalid client secret provided."), "client secret"},
		{"an expired client secret", entra, errors.New("AADSTS7000222: The provided client secret keys for app has expired."), "client secret"},
		{"any refusal of Entra", entra, errors.New("AADSTS9: no"), "refuses the login"},
		{"no identity at all", entra, errors.New("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tManagedIdentityCredential: no"), "az login"},
		{"no managed identity", entra, errors.New("ManagedIdentityCredential: managed identity timed out"), "no managed identity answers"},
		{"Entra's own certificate", entra, errors.New("ClientSecretCredential: Post \"https://login.microsoftonline.com\": x509: certificate signed by unknown authority"), "no token was to be had"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Explain(parsed(t, test.url), test.err)
			if !strings.Contains(got.Error(), test.want) || !strings.Contains(got.Error(), "SQL Server") {
				t.Errorf("%s\ndoes not say %q", got, test.want)
			}
			if errors.Unwrap(got) == nil {
				t.Error("the driver's error is lost")
			}
		})
	}
	classified := Explain(parsed(t, login), faults.Classify(message(18456, "Login failed for user 'sa'.")))
	if !fault.IsFatal(classified) || strings.Contains(classified.Error(), "run `mcis check`") {
		t.Errorf("%v", classified)
	}
	if Explain(parsed(t, login), nil) != nil {
		t.Error("no error is explained")
	}
}

func TestSecretsAreCutOutOfTheDriversErrors(t *testing.T) {
	target := parsed(t, "sqlserver://sa:"+escape(secret)+"@sql01?database=mcis")
	for _, shown := range []string{secret, "password=Zq7%21planted%269Xv&", "sqlserver://sa:Zq7%21planted&9Xv@sql01"} {
		if got := Explain(target, fmt.Errorf("driver: %s failed", shown)).Error(); strings.Contains(got, "planted") || !strings.Contains(got, "failed") {
			t.Errorf("%s shows %s", got, shown)
		}
	}
}
