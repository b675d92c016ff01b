package mssql_test

import (
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"mcis/internal/proxytest"
)

// phase is a moment of a load, by the message with which it begins.
type phase struct {
	name  string
	begun func() proxytest.Matcher // anew for each case: some keep state
}

func statement(text string) func() proxytest.Matcher {
	return func() proxytest.Matcher { return proxytest.Statement(text) }
}

func plainly(match proxytest.Matcher) func() proxytest.Matcher {
	return func() proxytest.Matcher { return match }
}

// rowsOf matches the rows that are copied into the staging tables whose name, as it stands in the statement before them, begins so.
func rowsOf(staging string) func() proxytest.Matcher {
	return func() proxytest.Matcher {
		announced := proxytest.Statement("INSERT BULK " + staging)
		var follows atomic.Bool
		return func(m *proxytest.Message) bool {
			if !proxytest.BulkLoad(m) {
				follows.Store(announced(m))
				return false
			}
			return follows.Load()
		}
	}
}

// connecting are the phases of a new session, outside of any transaction.
var connecting = []phase{
	{"greeting", plainly(proxytest.Prelogin)},
	{"login", plainly(proxytest.Login)},
	{"settings", statement("XACT_ABORT")},
	{"look at the tables", statement("sys.columns")},
	{"staging tables", statement("SELECT TOP 0")},
}

// loading are the phases of the transaction up to the last thing that is written.
var loading = []phase{
	{"begin", plainly(proxytest.Begin)},
	{"lock", statement("sp_getapplock")},
	{"keys", statement("INSERT BULK [#keys")},
	{"keys' rows", rowsOf("[#keys")},
	{"lookup", statement("SELECT k.[n]")},
	{"surplus children", statement("DELETE t FROM")},
	{"rows", statement("INSERT BULK [#rows_Booking]")},
	{"rows' rows", rowsOf("[#rows_Booking]")},
	{"update", statement("UPDATE t SET")},
	{"insert", statement("INSERT INTO dbo.[BookingRefs]")},
	{"rejected values", statement("INSERT INTO dbo.[RejectedValue]")},
}

var commit = phase{"commit", plainly(proxytest.Commit)}

// breakage is a way to lose a connection at a message.
type breakage struct {
	name string
	lose func(p *proxytest.Proxy, begun proxytest.Matcher) *proxytest.Rule
	done bool // the server has done what the message asks for
}

func by(action proxytest.Action) func(*proxytest.Proxy, proxytest.Matcher) *proxytest.Rule {
	return func(p *proxytest.Proxy, begun proxytest.Matcher) *proxytest.Rule {
		return p.When(proxytest.ToServer, begun, action)
	}
}

var deadlock = proxytest.SQLError{Number: 1205, Class: 13, Message: "Transaction (Process ID 52) was deadlocked on lock resources."}

// halfAnAnswer ends the connection in the midst of the answer to a message.
func halfAnAnswer(p *proxytest.Proxy, begun proxytest.Matcher) *proxytest.Rule {
	var asked atomic.Bool
	p.When(proxytest.ToServer, begun, proxytest.Run(func() { asked.Store(true) }))
	return p.When(proxytest.ToClient, func(*proxytest.Message) bool { return asked.Load() }, proxytest.CutHalfway(proxytest.FIN))
}

// breakages differ in what the server and the client have seen: nothing, half, or all of the message and of its answer.
var breakages = []breakage{
	{"unseen", by(proxytest.CutBefore(proxytest.RST)), false},
	{"unseen, orderly", by(proxytest.CutBefore(proxytest.FIN)), false},
	{"halfway", by(proxytest.CutHalfway(proxytest.RST)), false},
	{"answer lost", by(proxytest.CutAfterResponse(proxytest.RST)), true},
	{"half an answer", halfAnAnswer, true},
}

// breaks loads into a breakage, which must be a transient error, and sees whether the batch is there.
func (b *breakable) breaks(t *testing.T, at phase, how breakage, committed bool) {
	t.Helper()
	rule := how.lose(b.proxy, at.begun())
	b.fails(t)
	rule.Wait()
	b.proxy.WaitSettled()
	if committed {
		b.checkLoaded(t)
	} else {
		b.checkUnloaded(t)
	}
}

// allFaults is an environment variable. Where it is set, every breakage is tried at every phase; else one at each, in turn: a new
// session takes a test server seconds.
const allFaults = "MCIS_TEST_ALL_FAULTS"

// someOf are the breakages to try at the n-th phase.
func someOf(n int) []breakage {
	if os.Getenv(allFaults) != "" {
		return breakages
	}
	return breakages[n%len(breakages):][:1]
}

// TestLostConnections loses the connection at every phase of a load. Each loss is a transient error, and the same batch
// again ends in the rows of a load without faults.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	b := newBreakable(t)
	t.Run("connecting", b.lostWhileConnecting)
	t.Run("loading", b.lostWhileLoading)
	t.Run("committing", b.lostAtTheCommit)
	t.Run("rolling back", b.lostInTheRollback)
}

func (b *breakable) lostWhileConnecting(t *testing.T) {
	b.reset(t)
	for i, at := range connecting {
		for _, how := range someOf(i) {
			t.Run(at.name+", "+how.name, func(t *testing.T) {
				if b.proxy.Open() > 0 { // at first, and after a break that the load did not mind
					b.disconnect(t)
				}
				b.breaks(t, at, how, false)
			})
		}
	}
	b.again(t, false)
}

func (b *breakable) lostWhileLoading(t *testing.T) {
	for i, at := range loading {
		for _, how := range someOf(i) {
			t.Run(at.name+", "+how.name, func(t *testing.T) {
				b.reset(t)
				b.breaks(t, at, how, false)
				b.again(t, false)
			})
		}
	}
}

// lostAtTheCommit: the error is the same whether the server has committed or not.
func (b *breakable) lostAtTheCommit(t *testing.T) {
	failover := proxytest.SQLError{Number: 40197, Message: "The service has encountered an error processing your request."}
	ways := append(slices.Clone(breakages),
		breakage{"error instead", by(proxytest.Fail(failover)), false},
		breakage{"error, though committed", by(proxytest.FailAfterResponse(failover)), true},
	)
	for _, how := range ways {
		t.Run(how.name, func(t *testing.T) {
			b.reset(t)
			b.breaks(t, commit, how, how.done)
			b.again(t, how.done)
		})
	}
}

// lostInTheRollback: after an error that leaves the session whole it is rolled back, and where that fails, given up.
func (b *breakable) lostInTheRollback(t *testing.T) {
	rollback := phase{"rollback", plainly(func(m *proxytest.Message) bool { return proxytest.Rollback(m) && !proxytest.Begin(m) })}
	for _, how := range someOf(0) {
		t.Run(how.name, func(t *testing.T) {
			b.reset(t)
			b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Fail(deadlock))
			b.breaks(t, rollback, how, false)
			b.again(t, false)
		})
	}
}
