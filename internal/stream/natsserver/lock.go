package natsserver

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockFolder makes the folder when it is missing and keeps it for this process: two servers that write the
// same files destroy the streams, and the server itself does not look. The lock goes with the process, so a
// killed one leaves nothing behind.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	f, err := openLocked(filepath.Join(dir, "mcis.lock"))
	if err != nil {
		return nil, fmt.Errorf("folder %s is in use by another process: %w", dir, err)
	}
	return f, nil
}

func unlockFolder(f *os.File) { f.Close() }
