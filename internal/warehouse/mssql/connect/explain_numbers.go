package connect

import (
	"fmt"
	"regexp"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// numbers explain the server's messages about logins, databases and rights. Their texts are at
// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors, those from 40000 on at
// https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues.
var numbers = map[int32]func(*Target, mssql.Error) string{
	18456: (*Target).adviceOnLogin,
	18452: func(t *Target, _ mssql.Error) string {
		return "the server does not trust the domain of the user, or no Kerberos ticket for it reached the server; " + t.adviceOnSPN()
	},
	17806: func(t *Target, _ mssql.Error) string {
		return "the server could not check the domain user (SSPI); " + t.adviceOnSPN()
	},
	17892: fixed("a logon trigger of the server refuses this login: ask who wrote it"),
	18470: fixed("the login is disabled: ALTER LOGIN … ENABLE"),
	18486: fixed("the login is locked after wrong passwords: ALTER LOGIN … WITH PASSWORD = '…' UNLOCK, and stop whoever tries"),
	18487: fixed("the password has expired: set a new one with ALTER LOGIN, best with CHECK_EXPIRATION = OFF for a service"),
	18488: fixed("the password must be changed before the first login: set it with ALTER LOGIN without MUST_CHANGE"),
	18401: fixed("the server is being upgraded and lets administrators in only: wait"),
	18451: fixed("the server lets administrators in only: wait"),
	18461: fixed("the server is in single user mode: wait"),
	4060:  (*Target).adviceOnDatabase,
	911:   (*Target).adviceOnDatabase,
	916:   (*Target).adviceOnDatabase,
	942:   fixed("the database is offline: ALTER DATABASE … SET ONLINE"),
	3906:  fixed("the database is read-only: a secondary replica, or ALTER DATABASE … SET READ_WRITE"),
	978:   fixed("this is a secondary replica: connect to the listener of the availability group"),
	976:   fixed("this replica of the availability group takes no queries: connect to the listener"),
	40615: fixed("the firewall of Azure SQL does not know the address that the message names: add a rule for it, or a private endpoint"),
	40914: fixed("the firewall of Azure SQL does not know this virtual network: add a virtual network rule"),
	47073: fixed("the server takes connections by its private endpoint only"),
	40532: func(t *Target, _ mssql.Error) string {
		return fmt.Sprintf("Azure SQL does not know the server or does not let it be used: %s must be its full name, NAME.database.windows.net, and a firewall or network rule must let this address in", t.host)
	},
	40531: fixed("Azure SQL does not see which server is meant: use the full name NAME.database.windows.net"),
	40613: fixed("the database is not available at present: a serverless one wakes within a minute, others are moving; try again"),

	229:   (*Target).adviceOnRight,
	230:   (*Target).adviceOnRight,
	262:   (*Target).adviceOnRight,
	297:   (*Target).adviceOnRight,
	300:   (*Target).adviceOnRight,
	1088:  (*Target).adviceOnRight,
	2760:  (*Target).adviceOnRight,
	3701:  (*Target).adviceOnRight,
	4834:  (*Target).adviceOnRight,
	4902:  (*Target).adviceOnRight,
	15151: (*Target).adviceOnRight,
	15247: (*Target).adviceOnRight,
}

func fixed(advice string) func(*Target, mssql.Error) string {
	return func(*Target, mssql.Error) string { return advice }
}

// adviceOnLogin explains 18456. Its state is 1 for everybody outside; the reason is in the server's log only:
// https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-18456-database-engine-error.
func (t *Target) adviceOnLogin(message mssql.Error) string {
	switch {
	case strings.Contains(message.Message, "token-identified principal"):
		return "the identity of the token has no user in the database: CREATE USER [NAME] FROM EXTERNAL PROVIDER, and check that database is spelled right"
	case strings.Contains(message.Message, "ANONYMOUS LOGON"):
		return "the server was reached without an identity; " + t.adviceOnSPN()
	case t.has("authenticator"):
		return "the server knows the domain user but has no login for it: CREATE LOGIN [DOMAIN\\USER] FROM WINDOWS, then CREATE USER in the database"
	}
	return "user or password is wrong, or the login may not use the server: the state in the server's own log says which " +
		"(2, 5: no such login; 6: a Windows login with a password; 7: disabled; 8, 9: wrong password; 11, 12: no access to the server; " +
		"18: password must be changed; 38, 46: no such database; 58: the server takes Windows logins only)" + state(message.State)
}

// state shows what the server was so kind as to tell.
func state(n uint8) string {
	if n <= 1 {
		return ""
	}
	return fmt.Sprintf("; here it is %d", n)
}

func (t *Target) adviceOnDatabase(mssql.Error) string {
	return fmt.Sprintf("there is no database %s on %s, or the login has no user in it: check the spelling; in the database, CREATE USER … FOR LOGIN …", t.database, t.server())
}

// permissions are the names of rights in messages, which no language translates.
var permissions = regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE|REFERENCES|ALTER|EXECUTE|CREATE TABLE|VIEW DEFINITION|CONTROL)\b`)

// adviceOnRight names the right and the GRANT. What the message does not name may be any of those that [Rights] checks.
func (t *Target) adviceOnRight(message mssql.Error) string {
	name := permissions.FindString(message.Message)
	switch name {
	case "":
		return "a right is missing, or the object is: " + everyGrant
	case "CREATE TABLE":
		return "the right CREATE TABLE is missing: GRANT CREATE TABLE TO [USER] in the database, for migrations"
	default:
		return fmt.Sprintf("the right %s is missing: GRANT %s ON SCHEMA::[dbo] TO [USER] in the database", name, name)
	}
}

const everyGrant = "for loading GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::[dbo] TO [USER]; for migrations also GRANT CREATE TABLE TO [USER] and GRANT ALTER, REFERENCES ON SCHEMA::[dbo] TO [USER]"
