package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// Files hold personal data: nobody but the owner may read them.
const (
	folderMode = 0o700
	fileMode   = 0o600
)

// encoderWindow is how far back the encoder looks for what repeats, in bytes: a dozen records, which are alike. It takes about
// four times that of memory.
const encoderWindow = 1 << 20

// Writer writes one file. Until [Writer.Finish] it has another name, in the same folder.
type Writer struct {
	dir, name string
	file      *os.File
	sum       hash.Hash
	encoder   *zstd.Encoder
	records   int
}

// Create begins a file in a folder, which it makes when it is missing.
func Create(dir, name string) (*Writer, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, "."+name+".*"+partSuffix) // readable by the owner alone
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, name: name, file: file, sum: sha256.New()}
	w.encoder, err = zstd.NewWriter(io.MultiWriter(file, w.sum), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(encoderWindow),
		zstd.WithLowerEncoderMem(true), zstd.WithZeroFrames(true))
	if err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

// Add writes a record.
func (w *Writer) Add(record []byte) error {
	if bytes.IndexByte(record, '\n') >= 0 {
		return errors.New("a record with a line break")
	}
	if _, err := w.encoder.Write(record); err != nil {
		return err
	}
	_, err := w.encoder.Write([]byte{'\n'})
	w.records++
	return err
}

// Records is how many there are so far.
func (w *Writer) Records() int { return w.records }

// Finish completes the file and gives it its name, in the place of one that had it. When it returns without an error the file survives a
// power cut; else it is there completely or not at all.
func (w *Writer) Finish(m Manifest) (Manifest, error) {
	m.Format, m.Records = format, w.records
	err := w.finish(&m)
	if err != nil {
		w.Abort()
	}
	return m, err
}

func (w *Writer) finish(m *Manifest) error {
	if err := w.encoder.Close(); err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	frame, err := m.frame()
	if err != nil {
		return err
	}
	if _, err := w.file.Write(frame); err != nil {
		return err
	}
	if err := errors.Join(w.file.Sync(), w.file.Close()); err != nil {
		return err
	}
	if err := os.Rename(w.file.Name(), filepath.Join(w.dir, w.name)); err != nil {
		return err
	}
	return syncFolder(w.dir)
}

// Abort leaves no trace of a file that is not finished.
func (w *Writer) Abort() {
	if w.encoder != nil {
		w.encoder.Reset(nil) // so that its buffers can go
	}
	_ = w.file.Close() // it is of no use
	_ = os.Remove(w.file.Name())
}

// syncFolder makes names in a folder survive a power cut. Windows knows no such thing: it does so by itself.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Clean removes what dead writers left behind in a folder. Whoever calls it is the only one who writes there.
func Clean(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if isPart(entry.Name()) {
			errs = append(errs, os.Remove(filepath.Join(dir, entry.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove what was not finished: %w", err)
	}
	return nil
}
