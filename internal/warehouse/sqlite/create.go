package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// private is the mode of a new file: it holds names, addresses and bank details. SQLite itself would create it with 0644,
// and gives the files beside it (-wal, -shm) the mode of the database.
const private fs.FileMode = 0o600

// creating makes every Open of this process wait until a file that another one creates is closed again: a close ends all
// POSIX locks of the process on the file, SQLite's as well
// (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
var creating sync.Mutex

// createPrivate creates an empty file, which is an empty database, where there is none. A file that exists, and its mode,
// is left alone and not even opened.
func createPrivate(path string) error {
	creating.Lock()
	defer creating.Unlock()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // whatever is there, SQLite tells
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, private)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // another process was quicker
	case err != nil:
		return fmt.Errorf("WAREHOUSE_URL: create the file: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("WAREHOUSE_URL: create the file: %w", err)
	}
	return nil
}
