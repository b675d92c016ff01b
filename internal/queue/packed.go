package queue

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"
)

// packing keeps memory to pack in: what is kept of it is a tenth.
var packing = sync.Pool{New: func() any { return new([]byte) }}

// Pack keeps the message's data in little memory until [Message.Unpack]: about a tenth of a record's. It is for who has read the data and
// has no more use for it, but holds the message until its work is durable: a batch of records is most of what a loader would
// have in memory. What refers to the data, as a document does, stays as it is.
func (m *Message) Pack() {
	if m.Data == nil {
		return
	}
	room := packing.Get().(*[]byte)
	defer packing.Put(room)
	if need := s2.MaxEncodedLen(len(m.Data)); cap(*room) < need {
		*room = make([]byte, need)
	}
	m.Packed = bytes.Clone(s2.Encode((*room)[:cap(*room)], m.Data))
	m.Data = nil
}

// Unpack gives a packed message its data back.
func (m *Message) Unpack() error {
	data, err := m.Unpacked()
	if err != nil {
		return err
	}
	m.Data, m.Packed = data, nil
	return nil
}

// Unpacked is the data of a message, packed or not; a packed one stays so.
func (m *Message) Unpacked() ([]byte, error) {
	if m.Packed == nil {
		return m.Data, nil
	}
	data, err := s2.Decode(nil, m.Packed)
	if err != nil {
		return nil, fmt.Errorf("unpack message %d of %s: %w", m.Sequence, m.Stream, err)
	}
	return data, nil
}
