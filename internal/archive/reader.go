package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"mcis/internal/record"
)

const (
	// mostLine is the longest line that is read, in bytes: four times what the queue takes.
	mostLine = 32 << 20
	// decoderMemory bounds what a file can make the decoder take.
	decoderMemory = 64 << 20
)

// File is an archive to be read.
type File struct {
	Manifest
	name   string
	source io.ReaderAt
	before int64 // bytes before the manifest
	close  func() error
}

// Open opens a file and reads its manifest.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f, err := newFile(path, file, info.Size())
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.close = file.Close
	return f, nil
}

func newFile(name string, source io.ReaderAt, size int64) (*File, error) {
	manifest, before, err := readManifest(source, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &File{Manifest: manifest, name: name, source: source, before: before, close: func() error { return nil }}, nil
}

// ReadManifest reads the manifest of a file.
func ReadManifest(path string) (Manifest, error) {
	f, err := Open(path)
	if err != nil {
		return Manifest{}, err
	}
	return f.Manifest, f.Close()
}

// Close closes the file.
func (f *File) Close() error { return f.close() }

// Each calls visit with each line, which is valid until visit returns. At the end it compares number and checksum with the manifest. Errors
// name the file and, where one is to blame, the line.
func (f *File) Each(visit func(line []byte) error) error {
	sum := sha256.New()
	raw := io.TeeReader(io.NewSectionReader(f.source, 0, f.before), sum)
	decoder, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(decoderMemory), zstd.WithDecoderLowmem(true))
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	defer decoder.Close()
	lines := lineReader{in: bufio.NewReaderSize(decoder, 64<<10)}
	n := 0
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		n++
		if err == nil {
			err = visit(line)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", f.name, n, err)
		}
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	switch {
	case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		return fmt.Errorf("%s: its checksum is not that of its manifest: it was changed or damaged", f.name)
	case n != f.Records:
		return fmt.Errorf("%s: it has %d lines, its manifest says %d", f.name, n, f.Records)
	}
	return nil
}

// Check reads all of the file and says what keeps it from being imported.
func (f *File) Check() error {
	return f.Each(func(line []byte) error {
		_, err := record.Decode(line)
		return err
	})
}

// lineReader reads lines into memory of its own.
type lineReader struct {
	in   *bufio.Reader
	line []byte
}

// next is the next line without its end, or io.EOF.
func (r *lineReader) next() ([]byte, error) {
	r.line = r.line[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case err == nil:
			return r.line[:len(r.line)-1], nil
		case len(r.line) > mostLine:
			return nil, fmt.Errorf("it is longer than %d bytes", mostLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(r.line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, errors.New("it is cut: its end is missing")
		}
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
}
