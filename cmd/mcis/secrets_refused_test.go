package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"mcis/cmd/internal/cli"
	"mcis/internal/proxytest"
	"mcis/internal/simapi"
	"mcis/internal/stream/natsserver"
)

// TestRefusalsKeepSecrets gives every secret wrongly, in every way that comes to mind: what is said of it shows none.
func TestRefusalsKeepSecrets(t *testing.T) {
	before := leaks.Seen()
	clear(t)
	api, err := simapi.New(simapi.Config{Bookings: 3, Subject: plantedSubject, Secret: "another"})
	if err != nil {
		t.Fatal(err)
	}
	refusing, echo := httptest.NewServer(api), echoing(t)
	t.Cleanup(refusing.Close)
	queue, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Port: -1, User: "mcis", Password: "another", NoSync: true, Logger: newLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Shutdown)
	server := refusingServer(t)
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte(plantedSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	escaped := url.UserPassword("loader", plantedWarehouse).String()
	tests := []struct {
		name string
		env  map[string]string
		args string
		code int
	}{
		{"API refuses", map[string]string{"AUTH_URL": refusing.URL + simapi.LoginPath}, "check", cli.ExitUnreachable},
		{"API refuses a sync", map[string]string{"AUTH_URL": refusing.URL + simapi.LoginPath}, "run --once", cli.ExitUnreachable},
		{"login repeats what it was sent", map[string]string{"AUTH_URL": echo + "/bad"}, "run --once", cli.ExitUnreachable},
		{"login leads elsewhere", map[string]string{"AUTH_URL": echo + "/moved"}, "run --once", cli.ExitUnreachable},
		{"login is a page", map[string]string{"AUTH_URL": echo + "/page"}, "check", cli.ExitUnreachable},
		{"secret as the URL", map[string]string{"AUTH_URL": plantedSecret}, "run --once", cli.ExitUsage},
		{"secret in the URL", map[string]string{"AUTH_URL": "https://nightly:" + plantedSecret + "@host:port/"}, "run --once", cli.ExitUsage},
		{"secret in a URL", map[string]string{"AUTH_URL": "https://" + url.UserPassword("nightly", plantedSecret).String() + "@host/"}, "run --once", cli.ExitUsage},
		{"secret and file", map[string]string{"SECRET_FILE": secretFile}, "run --once", cli.ExitUsage},
		{"secret as a number", map[string]string{"API_RPS_FILE": secretFile}, "run --once", cli.ExitUsage},
		{"secret as a level", map[string]string{"LOG_LEVEL_FILE": secretFile}, "run --once", cli.ExitUsage},
		{"unknown flag beside it", nil, "run --secret " + plantedSecret + " --nonsense", cli.ExitUsage},

		{"NATS refuses", map[string]string{"NATS_URL": queue.ClientURL(), "NATS_USER": "mcis", "NATS_PASSWORD": plantedPassword}, "run --once", cli.ExitUnreachable},
		{"NATS refuses status", map[string]string{"NATS_URL": withUser(queue.ClientURL())}, "status", cli.ExitUnreachable},
		{"NATS refuses a token", map[string]string{"NATS_URL": "nats://" + url.QueryEscape(plantedPassword) + "@" + strings.TrimPrefix(queue.ClientURL(), "nats://")}, "status", cli.ExitUnreachable},
		{"password that is not escaped", map[string]string{"NATS_URL": "nats://mcis:" + plantedPassword + "@host:4222"}, "status", cli.ExitFailed},
		{"two users", map[string]string{"NATS_URL": withUser(queue.ClientURL()), "NATS_USER": "mcis", "NATS_PASSWORD": plantedPassword}, "status", cli.ExitUsage},

		{"SQL Server refuses", map[string]string{"WAREHOUSE_URL": "sqlserver://" + server + "?database=mcis&encrypt=disable", "WAREHOUSE_USER": "loader", "WAREHOUSE_PASSWORD": plantedWarehouse}, "run --once", cli.ExitUnreachable},
		{"SQL Server refuses a check", map[string]string{"WAREHOUSE_URL": "sqlserver://" + escaped + "@" + server + "?database=mcis&encrypt=disable"}, "schema migrate --dry-run", cli.ExitUnreachable},
		{"password in another part", map[string]string{"WAREHOUSE_URL": "sqlserver://loader:" + plantedWarehouse + "@host?database=mcis"}, "schema migrate", cli.ExitUsage},
		{"another warehouse", map[string]string{"WAREHOUSE_URL": "postgres://" + escaped + "@host"}, "schema migrate", cli.ExitUsage},
		{"password of a file", map[string]string{"WAREHOUSE_PASSWORD": plantedWarehouse}, "schema migrate", cli.ExitUsage},
		{"password twice", map[string]string{"WAREHOUSE_URL": "sqlserver://" + escaped + "@host?database=mcis", "WAREHOUSE_PASSWORD": plantedWarehouse}, "schema migrate", cli.ExitUsage},
		{"URL as a server", map[string]string{"WAREHOUSE_URL": "", "SERVER": "sqlserver://loader:" + plantedWarehouse + "@host", "DATABASE": "mcis"}, "schema migrate", cli.ExitUsage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range map[string]string{
				"AUTH_URL": refusing.URL + simapi.LoginPath, "DATA_API_URL": refusing.URL + simapi.PathPrefix + "/booking", "SUBJECT": plantedSubject,
				"SECRET": plantedSecret, "HASH_KEY": plantedKey, "WAREHOUSE_URL": "sqlite:" + filepath.Join(t.TempDir(), "w.db"), "LOG_LEVEL": "debug", "LIST_TO": "2025-01-01",
				"DATA_DIR": t.TempDir(), "API_TIMEOUT": "5s",
			} {
				t.Setenv(name, value)
			}
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if code, out, err := call(t, strings.Fields(test.args)...); code != test.code {
				t.Errorf("ended with %d, expected %d\n%s%s", code, test.code, out, err)
			}
		})
	}
	none(t, before)
}

// TestDotEnvKeepsSecrets has a .env that cannot be read.
func TestDotEnvKeepsSecrets(t *testing.T) {
	before := leaks.Seen()
	clear(t)
	for _, text := range []string{"A=1\nSECRET='" + plantedSecret + "\nB=2\n", "SECRET=" + plantedSecret + "\n-" + plantedPassword + "\n", plantedKey} {
		if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := call(t, "check")
		leaks.Look(t.Name(), strings.Repeat(stderr, 10))
		if code != cli.ExitUsage || !strings.Contains(stderr, ".env is not readable from line") {
			t.Errorf("%q: ended with %d: %s", text, code, stderr)
		}
	}
	none(t, before)
}

// echoing answers with what it was sent.
func echoing(t *testing.T) (origin string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "https://login.example/?sent="+url.QueryEscape(string(sent)), http.StatusFound)
		case "/page":
			_, _ = w.Write(slices.Concat([]byte("<html>"), sent))
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(sent)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// refusingServer speaks enough of SQL Server's protocol to refuse a login, and repeats the user in its message:
// https://learn.microsoft.com/openspecs/windows_protocols/ms-tds.
func refusingServer(t *testing.T) (address string) {
	t.Helper()
	return proxytest.Listen(t, refuse)
}

// refuse answers the prelogin (no encryption here) and the login that follows.
func refuse(conn net.Conn) {
	const encryption, endOfOptions, notSupported = 1, 0xff, 2
	if skipMessage(conn) != nil || reply(conn, []byte{encryption, 0, 6, 0, 1, endOfOptions, notSupported}) != nil || skipMessage(conn) != nil {
		return
	}
	const tokenError, tokenDone, loginFailed, severity, doneError = 0xaa, 0xfd, 18456, 14, 2
	message := utf16.Encode([]rune("Login failed for user 'loader'."))
	body := binary.LittleEndian.AppendUint32(nil, loginFailed)
	body = append(body, 1, severity)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(message)))
	for _, unit := range message {
		body = binary.LittleEndian.AppendUint16(body, unit)
	}
	body = append(body, 0, 0, 1, 0, 0, 0) // no server, no procedure, line 1
	answer := binary.LittleEndian.AppendUint16([]byte{tokenError}, uint16(len(body)))
	answer = append(answer, body...)
	answer = append(answer, tokenDone, doneError, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	_ = reply(conn, answer)
}

const packetHeader = 8

// skipMessage reads the packets of a message.
func skipMessage(conn net.Conn) error {
	for {
		header := make([]byte, packetHeader)
		if _, err := io.ReadFull(conn, header); err != nil {
			return err
		}
		length := int64(binary.BigEndian.Uint16(header[2:4]))
		if length < packetHeader {
			return errors.New("a packet is shorter than its header")
		}
		if _, err := io.CopyN(io.Discard, conn, length-packetHeader); err != nil {
			return err
		}
		if isLast := header[1]&1 != 0; isLast {
			return nil
		}
	}
}

func reply(conn net.Conn, body []byte) error {
	packet := append([]byte{4, 1, 0, 0, 0, 0, 1, 0}, body...)
	binary.BigEndian.PutUint16(packet[2:4], uint16(len(packet)))
	_, err := conn.Write(packet)
	return err
}
