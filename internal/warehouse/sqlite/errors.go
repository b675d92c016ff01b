package sqlite

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"mcis/internal/fault"
)

// meaning is what an error code says of the batch in hand.
type meaning uint8

const (
	transient meaning = iota // the same batch again, later
	dataFault                // the rows are to blame
	fatal                    // only a person can help
	barred                   // the same, and the cause is outside: the file cannot be used
)

// codes gives the meaning of every primary result code that a statement can end with, from
// https://sqlite.org/rescode.html, and for the fatal ones what to do. A code that is not listed is transient: to try
// again costs little, to lose a booking much.
var codes = map[int]struct {
	meaning meaning
	remedy  string
}{
	lib.SQLITE_CONSTRAINT: {dataFault, ""}, // #constraint: NOT NULL, UNIQUE, FOREIGN KEY, CHECK, trigger
	lib.SQLITE_TOOBIG:     {dataFault, ""}, // #toobig: a text of more than 1,000,000,000 bytes
	lib.SQLITE_MISMATCH:   {dataFault, ""}, // #mismatch: text for an INTEGER PRIMARY KEY, or in a STRICT table

	lib.SQLITE_BUSY:      {transient, ""}, // #busy: another process writes
	lib.SQLITE_LOCKED:    {transient, ""}, // #locked: another statement of this connection reads
	lib.SQLITE_IOERR:     {transient, ""}, // #ioerr: the disk or the share does not answer
	lib.SQLITE_FULL:      {transient, ""}, // #full: until somebody makes room
	lib.SQLITE_INTERRUPT: {transient, ""}, // #interrupt: the context ended
	lib.SQLITE_NOMEM:     {transient, ""}, // #nomem
	lib.SQLITE_PROTOCOL:  {transient, ""}, // #protocol: a race for WAL locks
	lib.SQLITE_SCHEMA:    {transient, ""}, // #schema: a migration ran meanwhile
	lib.SQLITE_ABORT:     {transient, ""}, // #abort: a rollback ran meanwhile

	lib.SQLITE_CORRUPT:  {fatal, "the file is damaged: restore a copy, or rebuild it with `mcis replay` into a new file"}, // #corrupt
	lib.SQLITE_NOTADB:   {barred, "the file is not a SQLite database: let WAREHOUSE_URL name another"},                    // #notadb
	lib.SQLITE_READONLY: {barred, "the file or its directory cannot be written: check the owner and the rights"},          // #readonly
	lib.SQLITE_PERM:     {barred, "the file or its directory cannot be written: check the owner and the rights"},          // #perm
	lib.SQLITE_AUTH:     {barred, "the statement is not allowed on this database"},                                        // #auth
	lib.SQLITE_CANTOPEN: {barred, "the file cannot be opened: check WAREHOUSE_URL, the directory and the rights"},         // #cantopen
	lib.SQLITE_NOLFS:    {fatal, "the file is larger than this file system allows"},                                       // #nolfs
	lib.SQLITE_ERROR:    {fatal, "the tables are not as the mapping says: run `mcis schema migrate`"},                     // #error: no such table or column
	lib.SQLITE_MISUSE:   {fatal, "this is a fault of the program"},                                                        // #misuse
	lib.SQLITE_RANGE:    {fatal, "this is a fault of the program"},                                                        // #range
	lib.SQLITE_INTERNAL: {fatal, "this is a fault of SQLite"},                                                             // #internal
}

// primary is a result code without its extension: https://sqlite.org/rescode.html#pve.
func primary(code int) int { return code & 0xff }

// classify turns an error of the driver into a *fault.Permanent, a *fault.Fatal or, when it is transient, itself.
func classify(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch entry := codes[primary(failure.Code())]; entry.meaning {
	case dataFault:
		table, column := place(failure)
		return &fault.Permanent{Class: fault.ClassConstraint, Table: table, Column: column, Err: err}
	case fatal:
		return &fault.Fatal{Err: fmt.Errorf("%w: %s", err, entry.remedy)}
	case barred:
		return unusable(fmt.Errorf("%w: %s", err, entry.remedy))
	default:
		return err
	}
}

// place finds table and column in "… constraint failed: Booking.booking_id, Booking.x (2067)". SQLite names them for
// these constraints only; what a CHECK or a trigger says is its author's text.
func place(failure *sqlite.Error) (table, column string) {
	switch failure.Code() {
	case lib.SQLITE_CONSTRAINT_NOTNULL, lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
	default:
		return "", ""
	}
	const prefix = "constraint failed: "
	message := failure.Error()
	names, _, _ := strings.Cut(message[strings.LastIndex(message, prefix)+len(prefix):], " (")
	first, _, _ := strings.Cut(names, ",")
	table, column, found := strings.Cut(first, ".")
	if !found {
		return "", "" // an index on an expression has no column
	}
	return table, column
}

func hasCode(err error, code int) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && (failure.Code() == code || primary(failure.Code()) == code)
}

func isBusy(err error) bool { return hasCode(err, lib.SQLITE_BUSY) }
