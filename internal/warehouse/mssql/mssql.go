// Package mssql is the warehouse in SQL Server 2017 or later and Azure SQL. It keeps the promises of package warehouse.
//
// One connection loads, and one loader at a time of all that share the database: an application lock sees to it, so that several
// loaders neither deadlock nor wait for single rows. While one commits, the others map their next batch.
//
// What is where: connect says how to log in, schema what the tables are and should be, encode what a column holds of a
// value, faults what an error means. Here is what is done with them: migrate.go brings the tables up to date, load.go
// and the files that it names load.
package mssql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// Warehouse is a warehouse in a SQL Server database. It is safe for concurrent use; loads and migrations of one Warehouse take
// turns.
type Warehouse struct {
	target     *connect.Target
	db         *sql.DB
	migrations *sql.DB       // the same database, with the patience that altering a large table needs
	turn       chan struct{} // holds one token: whose turn it is to use session
	session    *session      // nil until the first load, and after an error that broke it
	looks      chan struct{} // holds one token: whose turn it is to use looking
	looking    *session      // of dry runs, which take no turns with loads; nil until the first, and after an error
	// distrustful is set when rows turned out to be there whose parents were not: a foreign key is switched off.
	distrustful bool
	raced       *warehouse.Batch // the last batch whose rows came or went meanwhile

	mu       sync.RWMutex
	mapping  *mapping.Mapping                   // nil before Migrate and Check
	encoders map[*mapping.Column]encode.Encoder // of the tables as they were looked at last
}

// Open connects to the database. The error says what is wrong in a DBA's words: a *fault.Fatal around a *fault.Unreachable when
// only a person can help, another one when it may help to wait.
func Open(ctx context.Context, target *connect.Target) (*Warehouse, error) {
	db, err := target.Open()
	if err != nil {
		return nil, err
	}
	migrations, err := target.OpenForMigration()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &Warehouse{target: target, db: db, migrations: migrations, turn: make(chan struct{}, 1), looks: make(chan struct{}, 1)}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(w.explain(err), w.Close())
	}
	return w, nil
}

// explain classifies an error of connecting and says it in a DBA's words.
func (w *Warehouse) explain(err error) error {
	return connect.Explain(w.target, faults.Classify(err))
}

// Close ends all connections. A Load in progress is waited for.
func (w *Warehouse) Close() error {
	w.turn <- struct{}{}
	defer w.give()
	var err error
	if w.session != nil {
		err = w.session.discard()
		w.session = nil
	}
	w.looks <- struct{}{}
	defer func() { <-w.looks }()
	if w.looking != nil {
		err = errors.Join(err, w.looking.discard())
		w.looking = nil
	}
	return errors.Join(err, w.db.Close(), w.migrations.Close())
}

// take waits for the turn to use the session.
func (w *Warehouse) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another load: %w", ctx.Err())
	}
}

func (w *Warehouse) give() { <-w.turn }

// Fit is a rows.Fit: what a column, with the type that it has, holds of a value. Until Migrate or Check has looked at the
// tables, everything fits.
func (w *Warehouse) Fit(_ *mapping.Table, c *mapping.Column, value any) (any, *convert.Problem) {
	w.mu.RLock()
	encoder, known := w.encoders[c]
	w.mu.RUnlock()
	if !known {
		return value, nil
	}
	if text, isText := value.(string); isText && c.InKey {
		value = strings.TrimRight(text, " ") // which the server does not look at when it compares keys
	}
	return encoder.Fit(value)
}

// remember prepares Fit.
func (w *Warehouse) remember(m *mapping.Mapping, db *schema.Database) error {
	encoders := make(map[*mapping.Column]encode.Encoder)
	for _, t := range m.Tables {
		made, err := newTarget(t, db)
		if err != nil {
			return err
		}
		for _, c := range t.Columns {
			encoders[c] = made.mapped[c.Index]
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mapping, w.encoders = m, encoders
	return nil
}

// RowCounts returns the number of rows of every table of m and of RejectedValue, by table name.
func (w *Warehouse) RowCounts(ctx context.Context, m *mapping.Mapping) (map[string]int64, error) {
	counts := make(map[string]int64, len(m.Tables)+1)
	for _, name := range tableNames(m) {
		var count int64
		if err := w.db.QueryRowContext(ctx, "SELECT COUNT_BIG(*) FROM "+schema.Qualified(name)).Scan(&count); err != nil {
			return nil, fmt.Errorf("count the rows of %s: %w", name, faults.Classify(err))
		}
		counts[name] = count
	}
	return counts, nil
}
