package connect

import "fmt"

// adviceOnTickets explains Kerberos (texts from go-mssqldb integratedauth/krb5/krb5.go and
// github.com/jcmturner/gokrb5/v8) and SSPI (numbers that integratedauth/winsspi prints, from
// https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes).
func (t *Target) adviceOnTickets(err error) string {
	switch {
	case !t.has("authenticator"):
		return ""
	case contains(err, "Unable to load krb5 config", "krb5-configfile does not exist"):
		return "Kerberos has no configuration: write /etc/krb5.conf with the realm of the domain, or name the file with krb5-configfile or KRB5_CONFIG; a SQL Server login needs USER:PASSWORD in " + settingURL
	case contains(err, "krb5-credcachefile does not exist", "failed to create krb5 client from login parameters"):
		return "Kerberos has no ticket: run `kinit USER@REALM` as the user of this process (`klist` shows it), or name a keytab with krb5-keytabfile and its user"
	case contains(err, "krb5-keytabfile does not exist"):
		return "the keytab is missing: see krb5-keytabfile or KRB5_KTNAME"
	case contains(err, "KDC_ERR_S_PRINCIPAL_UNKNOWN", "Server not found in Kerberos database", "80090303"):
		return t.adviceOnSPN()
	case contains(err, "KRB_AP_ERR_SKEW", "clock skew", "80090324"):
		return "the clocks of this machine and of the domain differ by more than Kerberos allows (5 minutes): set them by NTP"
	case contains(err, "KRB_AP_ERR_TKT_EXPIRED", "TGT not found", "could not get valid TGT", "8009030e", "has expired"):
		return "the Kerberos ticket is missing or has expired: run `kinit` again; a service does better with a keytab (krb5-keytabfile)"
	case contains(err, "KDC_ERR_PREAUTH_FAILED", "client password/keytab incorrect", "8009030c"):
		return "the domain refuses user and password or keytab: a new password needs a new keytab"
	case contains(err, "KDC_ERR_C_PRINCIPAL_UNKNOWN"):
		return "the domain does not know the user: check its spelling and krb5-realm"
	case contains(err, "communicat", "sending to a KDC", "no KDC SRV records", "defined KDCs", "80090311") && contains(err, "KDC", "80090311"):
		return "no domain controller (KDC) is reached: see the realm in krb5.conf, DNS, and that port 88 is open"
	case contains(err, "krb", "kerberos", "InitializeSecurityContext failed", "AcquireCredentialsHandle failed", "provider krb5 not found"):
		return "integrated authentication failed before the server was asked; " + t.adviceOnSPN()
	default:
		return ""
	}
}

// adviceOnSPN explains the name under which the domain knows the server.
// https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections
func (t *Target) adviceOnSPN() string {
	return fmt.Sprintf("the domain must know the service as %s: use the server's full name, see `setspn -Q MSSQLSvc/%s*`, have an administrator register it with `setspn -S`, or name another with ServerSPN", t.spn(), t.host)
}

// spn is what the driver asks a ticket for (go-mssqldb protocol.go, generateSpn).
func (t *Target) spn() string {
	switch {
	case t.parameters["serverspn"] != "":
		return t.parameters["serverspn"]
	case t.instance != "":
		return "MSSQLSvc/" + t.host + ":" + t.instance
	default:
		return "MSSQLSvc/" + hostPort(t.host, t.portToTry())
	}
}

// adviceOnTokens explains Microsoft Entra ID (texts of github.com/Azure/azure-sdk-for-go/sdk/azidentity, and
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes). Those errors hold requests without their
// bodies, so no secret.
func (t *Target) adviceOnTokens(err error) string {
	if !t.has("fedauth") {
		return ""
	}
	switch {
	case contains(err, "AADSTS7000215", "AADSTS7000222"):
		return "the client secret is wrong or has expired: make a new one for the application, and mind that its value is needed, not its id"
	case contains(err, "AADSTS700016"):
		return "the tenant does not know the application: check the client id, and the tenant behind the @"
	case contains(err, "AADSTS90002"):
		return "there is no such tenant: check the id behind the @"
	case contains(err, "AADSTS50126", "AADSTS50034", "AADSTS50053"):
		return "user or password is wrong, or the account is locked"
	case contains(err, "AADSTS50076", "AADSTS50079", "AADSTS53003"):
		return "the account needs a second factor or meets a policy: use ActiveDirectoryServicePrincipal or ActiveDirectoryManagedIdentity"
	case contains(err, "AADSTS"):
		return "Microsoft Entra ID refuses the login: the code AADSTS… says why (https://login.microsoftonline.com/error)"
	case contains(err, "ManagedIdentityCredential") && !contains(err, "DefaultAzureCredential"):
		return "no managed identity answers: assign one to this machine or container, and give its client id as the user where it has several"
	case contains(err, "DefaultAzureCredential"):
		return "none of the ways to an identity works here: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, assign a managed identity, or run `az login`"
	case contains(err, "Credential"):
		return "no token was to be had from Microsoft Entra ID by fedauth=" + t.parameters["fedauth"]
	default:
		return ""
	}
}
