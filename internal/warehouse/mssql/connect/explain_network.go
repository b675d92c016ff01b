package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// adviceOnNetwork explains that there is no connection.
func (t *Target) adviceOnNetwork(err error) string {
	var lookup *net.DNSError
	var late *LoginTimeoutError
	var timeOut net.Error
	switch {
	case errors.As(err, &lookup) && !lookup.IsTimeout:
		return fmt.Sprintf("the name %s is not known here: check its spelling, write it with its domain, and ask DNS with `nslookup %s`", lookup.Name, lookup.Name)
	case errors.As(err, &lookup):
		return fmt.Sprintf("the name server did not answer when it was asked for %s", lookup.Name)
	case contains(err, "no instance matching"):
		return t.adviceOnInstance()
	case errors.As(err, &late):
		return fmt.Sprintf("the login did not end within %s: the server is overloaded, something that is no SQL Server listens there, or a login timeout=SECONDS in %s is too short",
			late.After, settingURL)
	case errors.Is(err, syscall.ECONNREFUSED), contains(err, "refused"):
		return fmt.Sprintf("nothing listens at %s: see that SQL Server runs, that TCP/IP is enabled in SQL Server Configuration Manager, and which port it has there%s", t.server(), t.portHint())
	case errors.As(err, &timeOut) && timeOut.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%s does not answer: a firewall between here and there drops the packets, or the host is down; try `nc -vz %s %d` from here%s", t.server(), t.host, t.portToTry(), t.portHint())
	case errors.Is(err, io.EOF), contains(err, "EOF", "connection reset", "forcibly closed", "broken pipe"):
		return t.adviceOnBreak()
	case contains(err, "no route to host", "network is unreachable", "unreachable"):
		return fmt.Sprintf("there is no way through the network to %s: check the address, VPN and routes", t.host)
	default:
		return ""
	}
}

// adviceOnInstance explains that the SQL Server Browser did not name the instance. The driver says the same whether it
// was not reached or did not know the instance (go-mssqldb tds.go, dialConnection).
// https://learn.microsoft.com/sql/tools/configuration-manager/sql-server-browser-service
func (t *Target) adviceOnInstance() string {
	return fmt.Sprintf("the port of instance %s was not to be had: the service SQL Server Browser on %s must run and be reached at UDP port 1434, and know the instance with TCP/IP enabled; or give the instance's port, then nobody is asked",
		t.instance, t.host)
}

// adviceOnBreak explains that the other side hung up before the login was done. Everything that it would say otherwise
// comes as a message.
func (t *Target) adviceOnBreak() string {
	advice := fmt.Sprintf("%s ended the connection: see its error log at this minute", t.server())
	switch {
	case t.parameters["encrypt"] == "strict":
		return advice + "; encrypt=strict needs SQL Server 2022 or Azure SQL, with others write encrypt=true"
	case !t.Encrypted():
		return advice + "; it may insist on encryption (remove encrypt from " + settingURL + ")"
	default:
		return advice + "; it may know no TLS 1.2, or something that is no SQL Server listens there"
	}
}

// portHint reminds of the default of a missing port.
func (t *Target) portHint() string {
	if t.port != 0 || t.instance != "" {
		return ""
	}
	return fmt.Sprintf("; %d was tried because no port is given", defaultPort)
}

func (t *Target) portToTry() uint16 {
	if t.port == 0 {
		return defaultPort
	}
	return t.port
}
