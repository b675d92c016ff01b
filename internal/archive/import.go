package archive

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mcis/internal/queue"
	"mcis/internal/record"
)

// Publisher publishes messages and returns when the queue has stored them all; it waits while that is full.
type Publisher interface {
	// PublishCounted returns how many of them the queue had already.
	PublishCounted(ctx context.Context, messages []queue.Message) (had int, err error)
}

// Imported counts records.
type Imported struct {
	Published int
	Had       int // of them, those that the queue had from an import of a moment ago, and dropped
}

const (
	mostBatch  = 100     // records that are published at once
	bytesBatch = 4 << 20 // and how large they may be together, less the last
)

// Import publishes the records of a file, and returns how many there were. Check the file before: errors in its midst come when what stands
// before them is published.
//
// A message's ID is the record's and the file's: what an interrupted import has published is dropped when it is repeated soon, and
// loaded once more, without an effect, when it is repeated later.
func (f *File) Import(ctx context.Context, publisher Publisher) (Imported, error) {
	i := importing{publisher: publisher, file: filepath.Base(f.name), mark: f.SHA256}
	if err := f.Each(func(line []byte) error { return i.add(ctx, line) }); err != nil {
		return i.done, err
	}
	err := i.flush(ctx)
	return i.done, err
}

// importing is an import under way.
type importing struct {
	publisher  Publisher
	file, mark string

	open  []queue.Message
	bytes int
	done  Imported
}

func (i *importing) add(ctx context.Context, line []byte) error {
	m, err := i.message(line)
	if err != nil {
		return err
	}
	i.open = append(i.open, m)
	if i.bytes += len(line); len(i.open) < mostBatch && i.bytes < bytesBatch {
		return nil
	}
	return i.flush(ctx)
}

func (i *importing) flush(ctx context.Context) error {
	if len(i.open) == 0 {
		return nil
	}
	had, err := i.publisher.PublishCounted(ctx, i.open)
	if err != nil {
		return err
	}
	i.done.Published += len(i.open)
	i.done.Had += had
	i.open, i.bytes = nil, 0
	return nil
}

// message is a record as the enricher published it, with a mark of where it came from.
func (i *importing) message(line []byte) (queue.Message, error) {
	rec, err := record.Decode(line)
	if err != nil {
		return queue.Message{}, err
	}
	const markLength = 12 // digits tell files apart
	return queue.Message{
		Subject: queue.RecordSubject(rec.Booking.ID),
		ID:      rec.Booking.MessageID(rec.Run) + "/import/" + i.mark[:min(markLength, len(i.mark))],
		Header: map[string]string{
			queue.HeaderRun: rec.Run, queue.HeaderWindow: rec.Window, queue.HeaderExtractedAt: queue.FormatTime(rec.ExtractedAt),
			queue.HeaderImported: i.file,
		},
		Data: bytes.Clone(line),
	}, nil
}

// Files are the archives that are meant by names of files and folders: of a folder, all that are in it.
func Files(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir():
			files = append(files, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		inside := len(files)
		for _, entry := range entries {
			if IsFile(entry.Name()) && !entry.IsDir() {
				files = append(files, filepath.Join(name, entry.Name()))
			}
		}
		if len(files) == inside {
			return nil, fmt.Errorf("there is no archive in %s", name)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
