package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func wrap(err error) error { return fmt.Errorf("load batch: %w", fmt.Errorf("row 7: %w", err)) }

func TestMessages(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"permanent", &Permanent{Class: ClassPayload, Err: io.EOF}, "payload: EOF"},
		{"permanent of a table", &Permanent{Class: ClassConstraint, Table: "Booking", Err: io.EOF}, "constraint: Booking: EOF"},
		{"permanent of a column", &Permanent{Class: ClassKey, Table: "Booking", Column: "id", Err: io.EOF}, "key: Booking.id: EOF"},
		{"permanent from a format", Permanentf(ClassSize, "%d bytes: %w", 9, io.EOF), "size: 9 bytes: EOF"},
		{"delayed", &Delayed{After: 90 * time.Second, Err: io.EOF}, "EOF (try again in 1m30s)"},
		{"fatal", &Fatal{io.EOF}, "EOF"},
		{"absent", &Absent{Status: 404, URI: "/customer/7"}, "/customer/7 answered 404"},
		{"unreachable", &Unreachable{What: "API", Err: io.EOF}, "API: EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.err.Error()); diff != "" {
				t.Error(diff)
			}
			if _, absent := test.err.(*Absent); !absent && !errors.Is(test.err, io.EOF) {
				t.Error("the cause is not in the chain")
			}
		})
	}
}

func TestFindingsInAChain(t *testing.T) {
	permanent, fatal, absent := &Permanent{Class: ClassKey, Err: io.EOF}, &Fatal{io.EOF}, &Absent{Status: 410}
	tests := []struct {
		name      string
		err       error
		permanent *Permanent
		fatal     bool
		absent    *Absent
	}{
		{name: "no error"},
		{name: "another error", err: io.EOF},
		{name: "permanent", err: permanent, permanent: permanent},
		{name: "wrapped permanent", err: wrap(permanent), permanent: permanent},
		{name: "the outer of two", err: &Permanent{Class: ClassPanic, Err: wrap(permanent)}, permanent: &Permanent{Class: ClassPanic, Err: wrap(permanent)}},
		{name: "joined permanent", err: errors.Join(io.EOF, wrap(permanent)), permanent: permanent},
		{name: "fatal", err: fatal, fatal: true},
		{name: "wrapped fatal", err: wrap(fatal), fatal: true},
		{name: "unreachable for good", err: wrap(&Unreachable{What: "API", Err: fatal}), fatal: true},
		{name: "absent", err: absent, absent: absent},
		{name: "wrapped absent", err: wrap(absent), absent: absent},
		{name: "delayed is none of them", err: wrap(&Delayed{Err: io.EOF})},
		{name: "permanent inside fatal", err: wrap(&Fatal{permanent}), fatal: true, permanent: permanent},
		{name: "absent inside permanent", err: &Permanent{Class: ClassKey, Err: absent}, permanent: &Permanent{Class: ClassKey, Err: absent}, absent: absent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := AsPermanent(test.err)
			if (got == nil) != (test.permanent == nil) || (got != nil && got.Class != test.permanent.Class) {
				t.Errorf("permanent %v, expected %v", got, test.permanent)
			}
			if got := IsFatal(test.err); got != test.fatal {
				t.Errorf("fatal is %v", got)
			}
			if got := AsAbsent(test.err); got != test.absent {
				t.Errorf("absent %v, expected %v", got, test.absent)
			}
		})
	}
}

func TestDelayIsFoundInAChain(t *testing.T) {
	var delayed *Delayed
	if !errors.As(wrap(&Delayed{After: time.Minute, Err: io.EOF}), &delayed) || delayed.After != time.Minute {
		t.Errorf("found %v", delayed)
	}
}
