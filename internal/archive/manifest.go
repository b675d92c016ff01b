package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
)

// Kind says what a file holds.
type Kind string

// The kinds.
const (
	Window  Kind = "window"  // the bookings of a window of a backfill
	Changes Kind = "changes" // what syncs, repairs and retries brought
)

// format is the version of the files' form that this program writes and reads.
const format = 1

// Manifest says what a file holds.
type Manifest struct {
	Format int       `json:"format"`
	Kind   Kind      `json:"kind"`
	From   time.Time `json:"from"` // the window, or when its records were stored
	To     time.Time `json:"to"`

	Run      string    `json:"run,omitzero"`          // that listed the window
	ListedAt time.Time `json:"listed_at,omitzero"`    // when it had
	Bookings int       `json:"bookings"`              // that there should be; of changes, those that there are
	Items    int       `json:"not_bookings,omitzero"` // of the list, which are dead letters of the producer

	Records    int `json:"records"`             // lines, one a booking
	Unreadable int `json:"unreadable,omitzero"` // messages that were left out: no records of this program

	FirstSequence uint64    `json:"first_sequence,omitzero"` // in RECORDS, between which the records stood
	LastSequence  uint64    `json:"last_sequence,omitzero"`
	WrittenAt     time.Time `json:"written_at"`
	SHA256        string    `json:"sha256"` // of all that stands before the manifest, in hex
}

// Missing is how many bookings have no record in the file: they are dead letters, or their records had expired.
func (m Manifest) Missing() int { return max(0, m.Bookings-m.Records) }

// The manifest's frame is one that zstd's format has for such things ("skippable frames", RFC 8878): magic number, length, and anything.
// Its end says where it begins.
const (
	frameMagic   = 0x184D2A5A
	frameHeader  = 8                  // magic number and length, each 32 bits, little endian
	signature    = "mcisarc1"         // ends the file
	frameEnd     = 4 + len(signature) // length of the manifest, and signature
	mostManifest = 64 << 10
)

// frame is a manifest as it stands in a file.
func (m Manifest) frame() ([]byte, error) {
	text, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	var b bytes.Buffer
	for _, n := range []uint32{frameMagic, uint32(len(text) + frameEnd)} {
		_ = binary.Write(&b, binary.LittleEndian, n) // into memory
	}
	b.Write(text)
	_ = binary.Write(&b, binary.LittleEndian, uint32(len(text)))
	b.WriteString(signature)
	return b.Bytes(), nil
}

// errNoManifest is said of what is no archive, or only the beginning of one.
var errNoManifest = errors.New("it does not end as an archive does: it is cut, or something else")

// readManifest reads the manifest at the end of a file, and returns how many bytes stand before it.
func readManifest(file io.ReaderAt, size int64) (m Manifest, before int64, err error) {
	end := make([]byte, frameEnd)
	if size < int64(frameHeader+frameEnd) {
		return m, 0, errNoManifest
	}
	if _, err := file.ReadAt(end, size-int64(frameEnd)); err != nil {
		return m, 0, err
	}
	length := int64(binary.LittleEndian.Uint32(end))
	before = size - int64(frameEnd) - length - frameHeader
	if string(end[4:]) != signature || length > mostManifest || before < 0 {
		return m, 0, errNoManifest
	}
	frame := make([]byte, frameHeader+length)
	if _, err := file.ReadAt(frame, before); err != nil {
		return m, 0, err
	}
	if binary.LittleEndian.Uint32(frame) != frameMagic || int64(binary.LittleEndian.Uint32(frame[4:])) != length+int64(frameEnd) {
		return m, 0, errNoManifest
	}
	if err := json.Unmarshal(frame[frameHeader:], &m); err != nil {
		return m, 0, fmt.Errorf("its manifest is not readable: %w", err)
	}
	if m.Format != format {
		return m, 0, fmt.Errorf("it has the format %d, this program reads %d", m.Format, format)
	}
	return m, before, nil
}
