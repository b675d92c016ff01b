package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// checkPath finds what SQLite would report as "unable to open database file" or not at all.
func checkPath(path string, mustExist bool) error {
	switch {
	case path == "" || strings.ContainsRune(path, 0):
		return fmt.Errorf("WAREHOUSE_URL: %q is not the path of a file: expected sqlite:PATH", path)
	case strings.HasPrefix(path, ":memory:"):
		return errors.New("WAREHOUSE_URL: a warehouse in memory would be gone at the end: expected sqlite:PATH")
	}
	directory := filepath.Dir(path)
	if info, err := os.Stat(directory); err != nil {
		return fmt.Errorf("WAREHOUSE_URL: the directory of %s cannot be used: %w", path, err)
	} else if !info.IsDir() {
		return fmt.Errorf("WAREHOUSE_URL: the directory of %s cannot be used: %s is not a directory", path, directory)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mustExist:
		return fmt.Errorf("WAREHOUSE_URL: %s does not exist: create it with `mcis schema migrate`", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("WAREHOUSE_URL: %w", err)
	case info.IsDir():
		return fmt.Errorf("WAREHOUSE_URL: %s is a directory: expected a file", path)
	}
	return nil
}

const (
	defaultBusyTimeout = 10 * time.Second
	// cacheKiB of page cache per connection: the upper levels of the indexes of a few million rows. SQLite's own
	// default is 2 MiB; with 16 the loader of 30,000 bookings took 144 MiB. What is not in it the system's cache has.
	cacheKiB = 8 << 10
)

// dataSourceName is a file: URI, because only there can a path hold '?', '#' or '%': https://sqlite.org/uri.html.
// The parameters are the driver's; it applies them to each new connection.
func dataSourceName(path string, options Options) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("WAREHOUSE_URL: %s: %w", path, err)
	}
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") {
		absolute = "/" + absolute // C:/x on Windows
	}
	query := url.Values{
		"_busy_timeout": {strconv.FormatInt(busyTimeout(options).Milliseconds(), 10)},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"ON"},
		"_dqs":          {"0"}, // a misspelt "column" is an error, not a text
		"_error_rc":     {"1"}, // no stale message of another error
		"_pragma":       {fmt.Sprintf("cache_size(-%d)", cacheKiB)},
	}
	switch {
	case options.ReadOnly:
		query.Set("mode", "ro")
	case options.MustExist:
		query.Set("mode", "rw")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: absolute, RawQuery: query.Encode()}).String(), nil
}

func busyTimeout(options Options) time.Duration {
	if options.BusyTimeout > 0 {
		return options.BusyTimeout
	}
	return defaultBusyTimeout
}
