// Package sqlite is the warehouse in one SQLite file: for demonstrations, tests and installations without a
// database server. It keeps the promises of package warehouse.
//
// One connection writes, for SQLite has one writer at a time anyway; readers use others and, in WAL mode, never wait
// for it. Commits are synced (synchronous=FULL), so an acked batch survives a power cut. Several processes may use the
// file at once: writers wait for each other up to Options.BusyTimeout. A new file can be read by its owner alone, for
// bookings hold personal data.
//
// SQLite enforces neither the length of a text nor the range of a number (https://sqlite.org/datatype3.html): what
// the converter let through is stored as it is, never cut. Text with U+0000 is stored whole, too, though SQLite's own
// length() and the command-line shell stop at it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"mcis/internal/fault"
	"mcis/internal/mapping"
)

// Options tune a warehouse. The zero value is ready to use.
type Options struct {
	// BusyTimeout is how long a statement waits for another process's write; 10 s when zero.
	BusyTimeout time.Duration
	// MustExist makes Open fail where there is no file yet, instead of creating an empty one.
	MustExist bool
	// ReadOnly leaves the file as it is, its journal mode included, and implies MustExist. Load and Migrate fail; Check
	// does not find out whether the file could be written. Beside a file in WAL mode SQLite still needs its -wal and -shm
	// files: it makes them when they are absent, and the next one who writes removes them
	// (https://sqlite.org/wal.html#read_only_databases).
	ReadOnly bool
}

// Warehouse is a warehouse in a SQLite file. It is safe for concurrent use; loads and migrations take turns.
type Warehouse struct {
	path     string
	readOnly bool
	db       *sql.DB       // readers
	writer   *sql.Conn     // the one connection that writes: prepared statements and transactions live on it
	turn     chan struct{} // holds one token: whose turn it is to use writer
	prepared map[*mapping.Table]*statements
	rejected *sql.Stmt

	mu     sync.Mutex
	looks  map[*mapping.Table]*statements // of dry runs
	isKept *sql.Stmt                      // of dry runs: whether a rejected value is there
}

// Open opens the file at path and creates it when it does not exist. The error is a *fault.Fatal around a
// *fault.Unreachable when only a person can help: a directory is missing, the file is another program's.
func Open(ctx context.Context, path string, options Options) (*Warehouse, error) {
	if err := checkPath(path, options.MustExist || options.ReadOnly); err != nil {
		return nil, unusable(err)
	}
	if err := createPrivate(path); err != nil {
		return nil, unusable(err)
	}
	dsn, err := dataSourceName(path, options)
	if err != nil {
		return nil, unusable(err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, unusable(fmt.Errorf("WAREHOUSE_URL: open %s: %w", path, err))
	}
	w := &Warehouse{
		path: path, readOnly: options.ReadOnly, db: db,
		turn: make(chan struct{}, 1), prepared: make(map[*mapping.Table]*statements),
		looks: make(map[*mapping.Table]*statements),
	}
	if err := w.connect(ctx, busyTimeout(options)); err != nil {
		return nil, errors.Join(fmt.Errorf("WAREHOUSE_URL: open %s: %w", path, err), w.Close())
	}
	return w, nil
}

// connect pins the writing connection and sees that it can write; of a file that is only read, that it can be read.
func (w *Warehouse) connect(ctx context.Context, patience time.Duration) error {
	if w.readOnly {
		return w.canRead(ctx)
	}
	writer, err := w.db.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	w.writer = writer
	if err := w.switchToWAL(ctx, patience); err != nil {
		return err
	}
	return w.probe(ctx)
}

// switchToWAL switches the file to write-ahead logging, which it then remembers. While another process does the same,
// SQLite answers SQLITE_BUSY at once, without heeding the busy timeout: so it is asked again, as the timeout would.
func (w *Warehouse) switchToWAL(ctx context.Context, patience time.Duration) error {
	const pause = 5 * time.Millisecond
	deadline := time.Now().Add(patience)
	for {
		_, err := w.writer.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if err == nil {
			return nil
		}
		if !isBusy(err) || time.Now().After(deadline) {
			return fmt.Errorf("switch to WAL: %w", classify(err))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("switch to WAL: %w", ctx.Err())
		}
	}
}

// canRead reads the file's header, which shows whether it is a database.
func (w *Warehouse) canRead(ctx context.Context) error {
	var version int64
	if err := w.db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return classify(err)
	}
	return nil
}

// errProbed rolls a probe back.
var errProbed = errors.New("probed")

// probe writes something and rolls it back: that a file is read-only shows only then, for even BEGIN IMMEDIATE
// succeeds on it. Another process that holds the write lock is no fault.
func (w *Warehouse) probe(ctx context.Context) error {
	err := w.transaction(ctx, func(ctx context.Context) error {
		var version int64
		if err := w.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return classify(err)
		}
		if _, err := w.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
			return classify(err)
		}
		return errProbed
	})
	if errors.Is(err, errProbed) || isBusy(err) {
		return nil
	}
	return err
}

// Close closes the file. A Load in progress is waited for.
func (w *Warehouse) Close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if w.writer == nil { // Open failed, or the file is only read
		return w.db.Close()
	}
	return errors.Join(w.writer.Close(), w.db.Close())
}

func unusable(err error) error {
	return &fault.Fatal{Err: &fault.Unreachable{What: "warehouse", Err: err}}
}
