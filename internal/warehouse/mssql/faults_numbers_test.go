package mssql_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/proxytest"
)

// TestErrorsOfTheServer lets statements fail with SQL Server's own numbers and texts. Lock time-outs and full logs are
// among them rather than provoked: not every server for tests reports them with their numbers.
func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	b := newBreakable(t)
	b.again(t, true) // begins the session
	t.Run("transient", b.transientNumbers)
	t.Run("data", b.refusals)
	t.Run("bulk copy", b.bulkErrors)
	t.Run("session lost", b.fatalSeverities)
	t.Run("fatal", b.fatalNumbers)
	t.Run("login", b.loginNumbers)
}

// transients are messages after which the batch comes again, with their severities.
var transients = []proxytest.SQLError{
	deadlock,
	{Number: 1204, Class: 19, Message: "The instance of the SQL Server Database Engine cannot obtain a LOCK resource at this time."},
	{Number: 1222, Message: "Lock request time out period exceeded."},
	{Number: 9002, Class: 17, Message: "The transaction log for database 'mcis' is full due to 'LOG_BACKUP'."},
	{Number: 233, Message: "No process is on the other end of the pipe."},
	{Number: 701, Class: 17, Message: "There is insufficient system memory in resource pool 'default' to run this query."},
	{Number: 3960, Message: "Snapshot isolation transaction aborted due to update conflict."},
	{Number: 10928, Message: "Resource ID: 1. The request limit for the database is 60 and has been reached."},
	{Number: 40197, Message: "The service has encountered an error processing your request. Error code 40166."},
	{Number: 40501, Message: "The service is currently busy. Retry the request after 10 seconds."},
	{Number: 40613, Message: "Database 'mcis' on server 's' is not currently available."},
	{Number: 31999, Message: "a number that is in no list"},
}

// transientNumbers: the session outlives each, be the transaction rolled back with the statement or not.
func (b *breakable) transientNumbers(t *testing.T) {
	statements := []string{
		"sp_getapplock", "SELECT k.[n]", "TRUNCATE TABLE [#keys", "DELETE t FROM", "UPDATE t SET", "INSERT INTO dbo.[RejectedValue]",
	}
	ways := []func(proxytest.SQLError) proxytest.Action{proxytest.FailAndRollBack, proxytest.Fail}
	for i, text := range statements {
		for j, failure := range transients {
			t.Run(fmt.Sprint(text, " ", failure.Number), func(t *testing.T) {
				b.reset(t)
				sessions := b.proxy.Accepted()
				rule := b.proxy.When(proxytest.ToServer, proxytest.Statement(text), ways[(i+j)%len(ways)](failure))
				b.fails(t)
				rule.Wait()
				b.checkUnloaded(t)
				b.again(t, false)
				if n := b.proxy.Accepted() - sessions; n != 0 {
					t.Errorf("%d new connections: the old one was sound", n)
				}
			})
		}
	}
}

// refusal is a message that blames a row, and where it points.
type refusal struct {
	name          string
	at            string // the statement
	message       proxytest.SQLError
	table, column string
}

// refusals: the columns of constraints and indexes are looked up by their names, which messages have in any language.
func (b *breakable) refusals(t *testing.T) {
	key, index := b.named(t, "sys.foreign_keys", "payer"), b.named(t, "sys.indexes", "payer")
	const insert, children, surplus = "INSERT INTO dbo.[Booking]", "INSERT INTO dbo.[BookingRefs]", "DELETE t FROM"
	for _, r := range []refusal{
		{"primary key", insert, proxytest.SQLError{Number: 2627, Class: 14, Message: "Violation of PRIMARY KEY constraint 'PK_Booking'. Cannot insert duplicate key in object 'dbo.Booking'. The duplicate key value is (5)."}, "Booking", ""},
		{"unique index", insert, proxytest.SQLError{Number: 2601, Class: 14, Message: "Cannot insert duplicate key row in object 'dbo.Booking' with unique index '" + index + "'. The duplicate key value is (2)."}, "Booking", "payer_id"},
		{"foreign key", insert, proxytest.SQLError{Number: 547, Message: `The INSERT statement conflicted with the FOREIGN KEY constraint "` + key + `". The conflict occurred in database "mcis", table "dbo.Customer", column 'customer_id'.`}, "Booking", "payer_id"},
		{"foreign key in German", insert, proxytest.SQLError{Number: 547, Message: `Die INSERT-Anweisung steht in Konflikt mit der FOREIGN KEY-Einschränkung "` + key + `". Der Konflikt trat in der "mcis"-Datenbank, Tabelle "dbo.Customer", column 'customer_id' auf.`}, "Booking", "payer_id"},
		{"check", insert, proxytest.SQLError{Number: 547, Message: `The INSERT statement conflicted with the CHECK constraint "CK_note". The conflict occurred in database "mcis", table "dbo.Booking", column 'note'.`}, "Booking", "note"},
		{"reference from a table of another's", surplus, proxytest.SQLError{Number: 547, Message: `The DELETE statement conflicted with the REFERENCE constraint "FK_Theirs". The conflict occurred in database "mcis", table "dbo.Theirs", column 'their_id'.`}, "BookingRefs", ""},
		{"too long", children, proxytest.SQLError{Number: 2628, Message: "String or binary data would be truncated in table 'mcis.dbo.BookingRefs', column 'name'. Truncated value: 'of 5'."}, "BookingRefs", "name"},
		{"too long, of a trigger's table", insert, proxytest.SQLError{Number: 2628, Message: "String or binary data would be truncated in table 'mcis.dbo.Audit', column 'text'. Truncated value: 'x'."}, "Audit", "text"},
		{"too long, before 2019", insert, proxytest.SQLError{Number: 8152, Message: "String or binary data would be truncated."}, "Booking", ""},
		{"NULL", insert, proxytest.SQLError{Number: 515, Message: "Cannot insert the value NULL into column 'starts', table 'mcis.dbo.Booking'; column does not allow nulls. INSERT fails."}, "Booking", "starts"},
		{"conversion", insert, proxytest.SQLError{Number: 245, Message: "Conversion failed when converting the nvarchar value 'x' to data type int."}, "Booking", ""},
		{"trigger", insert, proxytest.SQLError{Number: 50000, Message: "not on a Sunday"}, "Booking", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b.reset(t)
			rule := b.proxy.When(proxytest.ToServer, proxytest.Statement(r.at), proxytest.FailAndRollBack(r.message))
			b.refuses(t, r)
			rule.Wait()
			b.again(t, false)
		})
	}
}

// refuses loads into a refusal.
func (b *breakable) refuses(t *testing.T, r refusal) {
	t.Helper()
	_, err := b.broken.Load(t.Context(), b.after)
	permanent := fault.AsPermanent(err)
	if permanent == nil || classOf(err) != string(fault.ClassConstraint) {
		t.Fatalf("load = %v, expected a permanent error", err)
	}
	if diff := cmp.Diff([]string{r.table, r.column}, []string{permanent.Table, permanent.Column}); diff != "" {
		t.Errorf("the error blames another column (-want +got):\n%s%v", diff, err)
	}
	b.checkUnloaded(t)
}

// named is the name that the server has for an object of table Booking.
func (b *breakable) named(t *testing.T, view, part string) string {
	t.Helper()
	parent := map[string]string{"sys.foreign_keys": "parent_object_id", "sys.indexes": "object_id"}[view]
	query := fmt.Sprintf("SELECT name FROM %s WHERE %s = OBJECT_ID('dbo.Booking') AND name LIKE '%%%s%%'", view, parent, part)
	var name string
	if err := b.direct.db.QueryRowContext(t.Context(), query).Scan(&name); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return name
}

// bulkErrors are what the server says of rows that it has been sent.
func (b *breakable) bulkErrors(t *testing.T) {
	staged := rowsOf("[#rows_Booking]")
	t.Run("data", func(t *testing.T) {
		b.reset(t)
		b.proxy.When(proxytest.ToServer, staged(), proxytest.FailAfterResponse(proxytest.SQLError{
			Number: 4863, Message: "Bulk load data conversion error (truncation) for row 1, column 3 (note).",
		}))
		b.refuses(t, refusal{table: "Booking"})
		b.again(t, false)
	})
	for name, action := range map[string]proxytest.Action{
		"deadlock": proxytest.FailAndRollBack(deadlock), "table altered": proxytest.FailAfterResponse(proxytest.SQLError{Number: 4891}),
	} {
		t.Run(name, func(t *testing.T) {
			b.reset(t)
			b.proxy.When(proxytest.ToServer, staged(), action)
			b.fails(t)
			b.proxy.WaitSettled()
			b.checkUnloaded(t)
			b.again(t, false)
		})
	}
}

// fatalSeverities end the connection, as when an administrator kills the session.
func (b *breakable) fatalSeverities(t *testing.T) {
	for _, failure := range []proxytest.SQLError{
		{Number: 596, Class: 21, Message: "Cannot continue the execution because the session is in the kill state."},
		{Number: 40197, Class: 20, Message: "The service has encountered an error processing your request."},
	} {
		t.Run(fmt.Sprint(failure.Number), func(t *testing.T) {
			b.reset(t)
			b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Fail(failure))
			b.fails(t)
			b.proxy.WaitSettled()
			b.checkUnloaded(t)
			b.again(t, false)
		})
	}
}

// fatalNumbers: only a person helps. Afterwards, when one has, the batch is loaded.
func (b *breakable) fatalNumbers(t *testing.T) {
	for _, test := range []struct {
		message proxytest.SQLError
		outside bool
	}{
		{proxytest.SQLError{Number: 229, Class: 14, Message: "The SELECT permission was denied on the object 'Booking', database 'mcis', schema 'dbo'."}, true},
		{proxytest.SQLError{Number: 207, Message: "Invalid column name 'note'."}, false},
		{proxytest.SQLError{Number: 208, Message: "Invalid object name 'dbo.Booking'."}, false},
	} {
		t.Run(fmt.Sprint(test.message.Number), func(t *testing.T) {
			b.reset(t)
			b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.FailAndRollBack(test.message))
			_, err := b.broken.Load(t.Context(), b.after)
			checkFatal(t, err, test.outside)
			b.checkUnloaded(t)
		})
	}
	b.again(t, false)
}

func checkFatal(t *testing.T, err error, outside bool) {
	t.Helper()
	var unreachable *fault.Unreachable
	if classOf(err) != "fatal" || errors.As(err, &unreachable) != outside {
		t.Errorf("load = %v, expected a fatal error; outside: %v", err, outside)
	}
}

// loginNumbers: a database that cannot be opened may be moving, a password that is wrong stays wrong.
func (b *breakable) loginNumbers(t *testing.T) {
	b.reset(t)
	b.disconnect(t)
	for _, test := range []struct {
		number int32
		class  string
	}{{4060, "transient"}, {40613, "transient"}, {18456, "fatal"}} {
		rule := b.proxy.When(proxytest.ToServer, proxytest.Login, proxytest.Fail(proxytest.SQLError{
			Number: test.number, Class: 14, Message: "Cannot open database \"mcis\" requested by the login.",
		}), proxytest.EveryTime)
		_, err := b.broken.Load(t.Context(), b.after)
		rule.Remove()
		if got := classOf(err); got != test.class {
			t.Errorf("%d is %s: %v", test.number, got, err)
		}
		if test.class == "fatal" {
			checkFatal(t, err, true)
		}
		b.checkUnloaded(t)
	}
	b.again(t, false)
}
