// Package faults says what an error of SQL Server, or of the way to it, means for the batch in hand: the same again
// later (transient), the rows are to blame (data), or only a person can help (fatal).
//
// The rule, in this order:
//
//   - An ended context is itself, and so is what was classified before.
//   - A server sends several messages for one failure, and the driver shows the last, which is often only "The statement
//     has been terminated" (3621). So all of them are read (mssql.Error.All), and the strongest meaning in the table
//     decides: transient before fatal before data. Transient comes first because then the other messages are its
//     consequences: a login that fails with 18456 behind 4060 fails because the database is moving.
//   - Numbers that are not in the table: from severity 17 on (resources and the server itself, not the statement:
//     https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities) transient;
//     below it, numbers from 50000 on are RAISERROR and THROW of somebody's trigger, which refuses a row: data. All others are
//     transient: to try again costs little, to lose a booking much.
//   - No number at all: a certificate that is refused is fatal, since the driver finds that on every new connection;
//     everything else (a lost connection, a time-out, an answer that makes no sense) is transient. A COMMIT whose answer
//     was lost is such an error too; loading the same batch again is harmless.
package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/fault"
)

// Meaning is what an error says of the batch in hand.
type Meaning uint8

// The meanings, the weakest first: of several messages the strongest decides.
const (
	unlisted  Meaning = iota // not in the table: transient
	Data                     // the rows are to blame
	Fatal                    // only a person can help
	Barred                   // the same, and the cause is outside: login, rights, database
	Transient                // the same batch again, later
)

// String is the meaning in one word.
func (m Meaning) String() string {
	return [...]string{"transient", "data", "fatal", "barred", "transient"}[m]
}

// Severities and numbers of the rule, from
// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities and
// https://learn.microsoft.com/sql/t-sql/language-elements/throw-transact-sql.
const (
	resourceSeverity = 17
	firstUserNumber  = 50000
)

// Classify turns an error of the driver or of the network into a *fault.Permanent of [fault.ClassConstraint], with table
// and column where the message names them; a *fault.Fatal, around a *fault.Unreachable where the cause is outside (login, rights,
// database, certificate); or, when it is transient, itself.
func Classify(err error) error {
	switch {
	case err == nil, fault.IsFatal(err), fault.AsPermanent(err) != nil:
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	failure, ok := serverError(err)
	if !ok {
		return classifyConnection(err)
	}
	message, entry := telling(failure)
	switch entry.Meaning {
	case Data:
		return refused(withoutValues(err, message.Number, message.Message))
	case Fatal:
		return &fault.Fatal{Err: fmt.Errorf("%w: %s", err, entry.Remedy)}
	case Barred:
		return barred(fmt.Errorf("%w: %s", err, entry.Remedy))
	default:
		return err
	}
}

func barred(err error) error {
	return &fault.Fatal{Err: &fault.Unreachable{What: "warehouse", Err: err}}
}

// refused blames the rows. A name of a staging table (#…) is no help to anybody and is left out.
func refused(err error) error {
	names := Blame(err)
	if strings.HasPrefix(names.Table, "#") {
		names.Table = ""
	}
	return &fault.Permanent{Class: fault.ClassConstraint, Table: names.Table, Column: names.Column, Err: err}
}

// Number is the number of the message that decided how err is classified. It is false when no server said anything, or
// nothing with a number: the driver invents errors with number 0 ("Request failed but didn't provide reason").
func Number(err error) (int32, bool) {
	failure, ok := serverError(err)
	if !ok {
		return 0, false
	}
	message, _ := telling(failure)
	return message.Number, message.Number != 0
}

// Is reports whether one of the server's messages in err has the number.
func Is(err error, number int32) bool {
	failure, ok := serverError(err)
	if !ok {
		return false
	}
	for _, message := range messages(failure) {
		if message.Number == number {
			return true
		}
	}
	return false
}

// serverError finds the server's messages: as the driver returns them, or inside its ServerError and RetryableError,
// which unwrap to them (go-mssqldb error.go).
func serverError(err error) (mssql.Error, bool) {
	var failure mssql.Error
	ok := errors.As(err, &failure)
	return failure, ok
}

// messages are all messages of a failure, the first first. At login the driver leaves All as it came and changes the
// text of the top one only (go-mssqldb tds.go, connect).
func messages(failure mssql.Error) []mssql.Error {
	if len(failure.All) == 0 {
		return []mssql.Error{failure}
	}
	return failure.All
}

// telling is the first message of the strongest meaning, and what the table says of it.
func telling(failure mssql.Error) (mssql.Error, Entry) {
	all := messages(failure)
	message, entry := all[0], lookUp(all[0])
	for _, other := range all[1:] {
		if candidate := lookUp(other); candidate.Meaning > entry.Meaning {
			message, entry = other, candidate
		}
	}
	return message, entry
}

// lookUp finds a message in the table, or applies the rule for those that are not in it.
func lookUp(message mssql.Error) Entry {
	if entry, listed := table[message.Number]; listed {
		return entry
	}
	if message.Number >= firstUserNumber && message.Class < resourceSeverity {
		return Entry{Number: message.Number, Meaning: Data, What: "raised by a trigger or procedure of this database", Source: throw}
	}
	return Entry{Number: message.Number}
}
