package faults_test

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/fault"
	"mcis/internal/goldentest"
	"mcis/internal/warehouse/mssql/faults"
)

// sent is an error as the driver returns it: the last message on top, all of them in All.
func sent(numbers ...int32) error {
	all := make([]mssql.Error, len(numbers))
	for i, number := range numbers {
		all[i] = mssql.Error{Number: number, Class: 16, State: 1, Message: fmt.Sprintf("message %d", number)}
	}
	top := all[len(all)-1]
	top.All = all
	return fmt.Errorf("load batch: %w", top)
}

// verdict names what Classify made of an error.
func verdict(err error) string {
	classified := faults.Classify(err)
	var unreachable *fault.Unreachable
	switch {
	case fault.AsPermanent(classified) != nil:
		return "data"
	case fault.IsFatal(classified) && errors.As(classified, &unreachable):
		return "barred"
	case fault.IsFatal(classified):
		return "fatal"
	default:
		return "transient"
	}
}

func TestEveryNumberOfTheTable(t *testing.T) {
	var golden strings.Builder
	for _, entry := range faults.Table() {
		fmt.Fprintf(&golden, "%6d  %-9s  %s\n", entry.Number, entry.Meaning, entry.What)
		fmt.Fprintf(&golden, "                   %s\n", entry.Source)
		if entry.Remedy != "" {
			fmt.Fprintf(&golden, "                   %s\n", entry.Remedy)
		}
		if got := verdict(sent(entry.Number)); got != entry.Meaning.String() {
			t.Errorf("%d is %s, and the table says %s", entry.Number, got, entry.Meaning)
		}
		if number, found := faults.Number(sent(entry.Number, 3621)); !found || number != entry.Number {
			t.Errorf("%d behind 3621 is taken for %d", entry.Number, number)
		}
		isFatal := entry.Meaning == faults.Fatal || entry.Meaning == faults.Barred
		if isFatal != (entry.Remedy != "") || entry.What == "" || entry.Source == "" {
			t.Errorf("%d: its entry is not complete", entry.Number)
		}
		if text := faults.Classify(sent(entry.Number)).Error(); isFatal && !strings.Contains(text, entry.Remedy) {
			t.Errorf("%d: %q does not say what to do", entry.Number, text)
		}
	}
	goldentest.Compare(t, "table.txt", golden.String())
}

func TestTheStrongestOfSeveralMessagesDecides(t *testing.T) {
	tests := []struct {
		name    string
		numbers []int32
		want    string
		number  int32
	}{
		{"the statement has been terminated", []int32{2627, 3621}, "data", 2627},
		{"no transaction to commit any more", []int32{547, 3621, 3902}, "data", 547},
		{"a trigger's THROW ends the transaction", []int32{51000, 3609}, "data", 51000},
		{"a trigger's ROLLBACK without a word", []int32{3609}, "data", 3609},
		{"a trigger that refers to a table that is gone", []int32{208, 3609}, "fatal", 208},
		{"a database that moves, seen from the login", []int32{4060, 18456}, "transient", 4060},
		{"a wrong password", []int32{18456}, "barred", 18456},
		{"a right is missing in a trigger", []int32{229, 3616}, "barred", 229},
		{"a deadlock behind a refusal", []int32{2601, 1205}, "transient", 1205},
		{"bulk copy meets a changed table", []int32{4891, 4896}, "transient", 4891},
		{"a follower alone", []int32{3621}, "transient", 3621},
		{"what nobody knows", []int32{4242}, "transient", 4242},
		{"what nobody knows before data", []int32{4242, 515}, "data", 515},
		{"a dependency stops a migration", []int32{5074, 4922}, "fatal", 5074},
		{"the driver's own number", []int32{0}, "transient", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := sent(test.numbers...)
			number, found := faults.Number(err)
			if got := verdict(err); got != test.want || number != test.number || found != (test.number != 0) {
				t.Errorf("%s by %d (%v), expected %s by %d", got, number, found, test.want, test.number)
			}
			for _, n := range test.numbers {
				if !faults.Is(err, n) {
					t.Errorf("%d is not found", n)
				}
			}
		})
	}
}

func TestSeverityDecidesWhatIsNotListed(t *testing.T) {
	tests := []struct {
		number int32
		class  uint8
		want   string
	}{
		{50000, 16, "data"}, {50000, 11, "data"}, {50000, 17, "transient"}, {1_000_000, 16, "data"}, {49999, 16, "transient"},
		{824, 24, "transient"}, {2627, 20, "data"}, // what is listed is listed
	}
	for _, test := range tests {
		if got := verdict(mssql.Error{Number: test.number, Class: test.class}); got != test.want {
			t.Errorf("%d of severity %d is %s, expected %s", test.number, test.class, got, test.want)
		}
	}
}

// lost is what the driver makes of a connection that breaks: it has no type of its own for a COMMIT that was not sent.
var lost = map[string]error{
	"end of file":                 io.EOF,
	"a reset":                     &net.OpError{Op: "read", Err: errors.New("connection reset by peer")},
	"a time-out":                  os.ErrDeadlineExceeded,
	"a bad connection":            driver.ErrBadConn,
	"a broken stream":             mssql.StreamError{InnerError: errors.New("unknown token")},
	"the server broke off":        mssql.ServerError{},
	"a commit that was not sent":  errors.New("faild to send CommitXact: write tcp: broken pipe"),
	"the handshake breaks off":    errors.New("TLS Handshake failed: cannot read handshake packet: EOF"),
	"the name is not found":       &net.DNSError{Err: "no such host", Name: "sql01"},
	"a context that ended":        context.Canceled,
	"a deadline":                  fmt.Errorf("load: %w", context.DeadlineExceeded),
	"another record layer":        tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
	"a cancellation unconfirmed":  mssql.StreamError{InnerError: fmt.Errorf("did not get cancellation confirmation: %w", context.Canceled)},
	"a context beside a number":   errors.Join(context.Canceled, mssql.Error{Number: 2627}),
	"an error of the classifying": errors.New("2627"),
}

func TestLostConnectionsAreTransientAsTheyAre(t *testing.T) {
	for name, err := range lost {
		got := faults.Classify(err)
		if verdict(err) != "transient" || fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", err, err) {
			t.Errorf("%s: %v became %T %v", name, err, got, got)
		}
	}
	if faults.Classify(nil) != nil {
		t.Error("no error became one")
	}
}

func TestRefusedCertificatesAreFatal(t *testing.T) {
	tests := map[string]error{
		"with its type":                         fmt.Errorf("TLS Handshake failed: %w", &tls.CertificateVerificationError{Err: errors.New("x509: unknown")}),
		"as text":                               errors.New("TLS Handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"),
		"not the file of serverCertificate":     errors.New("TLS Handshake failed: server certificate doesn't match the provided certificate"),
		"not the name of hostNameInCertificate": errors.New(`TLS Handshake failed: invalid certificate name "a:b", expected "c:d"`),
	}
	for name, err := range tests {
		if got := verdict(err); got != "barred" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWhatWasClassifiedStays(t *testing.T) {
	for _, err := range []error{
		&fault.Permanent{Class: fault.ClassConstraint, Table: "Booking", Err: sent(208)},
		&fault.Fatal{Err: sent(2627)},
	} {
		if got := faults.Classify(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
		if got := faults.Classify(faults.Classify(fmt.Errorf("wrapped: %w", err))); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
