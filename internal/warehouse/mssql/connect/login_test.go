package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/fault"
	"mcis/internal/leaktest"
	"mcis/internal/proxytest"
	"mcis/internal/warehouse/mssql/faults"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for the password, and for halves of one, in what is said of a server and of every failure.
var leaks = leaktest.New(
	leaktest.Secret{Name: "SQL password", Value: secret},
	leaktest.Secret{Name: "beginning of a SQL password", Value: "Zq7planted"},
	leaktest.Secret{Name: "end of a SQL password", Value: "planted9Xv"},
)

// ping opens a pool and uses it once. The explanation of what went wrong is said, if it went wrong.
func ping(ctx context.Context, t *testing.T, url string) (explanation string, err error) {
	t.Helper()
	target, err := Parse(Settings{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	db, err := target.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err = db.PingContext(ctx); err == nil {
		return "", nil
	}
	explained := Explain(target, err)
	if !strings.Contains(explained.Error(), err.Error()) {
		t.Errorf("%v lost %v", explained, err)
	}
	leaks.Look(t.Name(), fmt.Sprintf("%v %+v %v", target, target, explained))
	return explained.Error(), err
}

// silent accepts and says nothing until the other side hangs up.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func TestSilentServerIsGivenUp(t *testing.T) {
	address := proxytest.Listen(t, silent)
	began := time.Now()
	explained, err := ping(t.Context(), t, "sqlserver://sa:"+escape(secret)+"@"+address+"?database=x&login+timeout=1&dial+timeout=1")
	var late *LoginTimeoutError
	if !errors.As(err, &late) || late.After != time.Second {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if !strings.Contains(explained, "login did not end within 1s") {
		t.Error(explained)
	}
	if fault.IsFatal(faults.Classify(err)) {
		t.Error("a server that is overloaded stops the loader")
	}
}

func TestEndedContextEndsTheLogin(t *testing.T) {
	reached := make(chan struct{})
	address := proxytest.Listen(t, func(conn net.Conn) {
		close(reached)
		silent(conn)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	if _, err := ping(ctx, t, "sqlserver://sa:p@"+address+"?database=x"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestCertificates(t *testing.T) {
	good, goodFile := certified(t, time.Now().Add(time.Hour), "sql01.example.com")
	expired, expiredFile := certified(t, time.Now().Add(-time.Hour), "localhost")
	self, _ := certified(t, time.Now().Add(time.Hour), "localhost") // signed by nobody that is known
	old := good.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	tests := []struct {
		name   string
		config *tls.Config
		query  string
		want   string // "" where the handshake succeeds and the server then hangs up
		fatal  bool
	}{
		{"unknown authority", self, "", "authority that is not trusted here", true},
		{"another name", good, "&certificate=" + goodFile, "for another name than localhost", true},
		{"another name, named", good, "&certificate=" + goodFile + "&hostNameInCertificate=sql01.example.com", "", false},
		{"expired", expired, "&certificate=" + expiredFile, "has expired", true},
		{"not the one expected", good, "&serverCertificate=" + expiredFile, "another certificate than the file", true},
		{"the one expected", expired, "&serverCertificate=" + expiredFile, "", false},
		{"any", expired, "&TrustServerCertificate=true", "", false},
		{"an old server", old, "&certificate=" + goodFile, "no version of TLS in common", false},
	}
	for _, encrypt := range []string{"true", "strict"} {
		for _, test := range tests {
			if encrypt == "strict" && test.name == "any" {
				continue // strict checks whatever TrustServerCertificate says
			}
			t.Run(test.name+" "+encrypt, func(t *testing.T) {
				address := proxytest.Listen(t, agreeOnTLS(test.config, encrypt == "strict"))
				_, port, _ := net.SplitHostPort(address)
				explained, err := ping(t.Context(), t, "sqlserver://sa:"+escape(secret)+"@localhost:"+port+"?database=x&login+timeout=10&encrypt="+encrypt+test.query)
				switch {
				case err == nil:
					t.Fatal("it is no SQL Server, and the login succeeded")
				case test.want == "" && !strings.Contains(explained, "ended the connection"):
					t.Errorf("the handshake failed: %s", explained)
				case !strings.Contains(explained, test.want):
					t.Errorf("%s\ndoes not say %q", explained, test.want)
				}
				if got := fault.IsFatal(faults.Classify(err)); got != test.fatal {
					t.Errorf("fatal is %v: %v", got, err)
				}
			})
		}
	}
}

func TestWhatIsNoSQLServer(t *testing.T) {
	http := proxytest.Listen(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
	})
	hangsUp := proxytest.Listen(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
	tests := []struct{ name, url, want string }{
		{"HTTP", "sqlserver://sa:p@" + http + "?database=x&encrypt=strict", "speaks no TLS here"},
		{"it hangs up", "sqlserver://sa:p@" + hangsUp + "?database=x", "ended the connection"},
		{"it hangs up, unencrypted", "sqlserver://sa:p@" + hangsUp + "?database=x&encrypt=disable", "may insist on encryption"},
		{"no such name", "sqlserver://sa:p@no-such-host.invalid?database=x", "no-such-host.invalid is not known here"},
		{"no such instance", "sqlserver://sa:p@127.0.0.1/NOPE?database=x&dial+timeout=1", "port of instance NOPE"},
		{"nothing there", "sqlserver://sa:p@127.0.0.1:1?database=x", "nothing listens at 127.0.0.1:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			explained, err := ping(t.Context(), t, test.url)
			if err == nil || !strings.Contains(explained, test.want) {
				t.Errorf("%v: %s", err, explained)
			}
			if fault.IsFatal(faults.Classify(err)) {
				t.Errorf("%v is fatal", err)
			}
		})
	}
}
