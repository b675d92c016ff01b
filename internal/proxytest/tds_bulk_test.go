package proxytest_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/proxytest"
)

// bulkRows are copied by each test: about 400,000 bytes, far more than a packet.
const bulkRows = 1000

// bulkCopy copies rows in a transaction.
func bulkCopy(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	err = conn.Raw(func(driver any) error {
		bulk := driver.(*mssql.Conn).CreateBulkContext(ctx, "dbo.[Row]", []string{"id", "text"})
		for i := range bulkRows {
			if err := bulk.AddRow([]any{int64(i), strings.Repeat("نص ", 66)}); err != nil {
				return err
			}
		}
		_, err := bulk.Done()
		return err
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

func testActionsOnBulkCopies(t *testing.T, s *stage) {
	lost := func(err error) bool { return isReset(err) || isBrokenPipe(err) }
	tests := map[string]struct {
		match  proxytest.Matcher
		action proxytest.Action
		failed func(error) bool
	}{
		"statement":          {proxytest.Statement("INSERT BULK"), proxytest.CutBefore(proxytest.RST), lost},
		"statement, error":   {proxytest.Statement("INSERT BULK"), proxytest.Fail(proxytest.SQLError{Number: 4816}), isNumber(4816)},
		"first packet":       {proxytest.BulkLoad, proxytest.CutBefore(proxytest.RST), lost},
		"half a packet":      {proxytest.BulkLoad, proxytest.CutHalfway(proxytest.FIN), isEnd},
		"after bytes":        {proxytest.BulkLoad, proxytest.CutAfterBytes(100_001, proxytest.RST), lost},
		"bytes, orderly":     {proxytest.BulkLoad, proxytest.CutAfterBytes(100_001, proxytest.FIN), isEnd},
		"unanswered":         {proxytest.BulkLoad, proxytest.CutAfterResponse(proxytest.RST), lost},
		"error, rolled back": {proxytest.BulkLoad, proxytest.FailAndRollBack(proxytest.SQLError{Number: 1205, Class: 13}), isNumber(1205)},
		"error, fatal":       {proxytest.BulkLoad, proxytest.Fail(proxytest.SQLError{Number: 40197, Class: 20}), isNumber(40197)},
		"error after":        {proxytest.BulkLoad, proxytest.FailAfterResponse(proxytest.SQLError{Number: 1204}), isNumber(1204)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			conn := s.connect(t)
			rule := s.proxy.When(proxytest.ToServer, test.match, test.action)
			if err := bulkCopy(t.Context(), conn); !test.failed(err) {
				t.Errorf("failed with %v", err)
			}
			rule.Wait()
			s.proxy.WaitSettled()
			if n := s.rows(t); n != 0 {
				t.Errorf("the server has %d rows", n)
			}
		})
	}
}

func testSlicedAndDelayedTrafficIsUnderstood(t *testing.T, s *stage) {
	s.proxy.SliceRandomly(700, 0)
	if err := bulkCopy(t.Context(), s.connect(t)); err != nil {
		t.Error(err)
	}
	if n := s.rows(t); n != bulkRows {
		t.Errorf("the server has %d rows", n)
	}
	s.proxy.Slice(1)
	if err := insertByRequests(t.Context(), s.connect(t)); err != nil {
		t.Error(err)
	}
	s.proxy.Slice(0)
	s.proxy.Delay(1)
	if err := insertByStatements(t.Context(), s.connect(t)); err != nil {
		t.Error(err)
	}
	if n := s.rows(t); n != 1 {
		t.Errorf("the server has %d rows", n)
	}
}
