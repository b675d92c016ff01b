package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrConflict is in the chain of the error of a write that did not find the revision which it was to replace: somebody
// else has written or deleted the key in between.
var ErrConflict = errors.New("somebody else has written in between")

// Error codes of the server, from its errors.json, for a message that does not follow the one it was to follow. Streams
// with replicas answer with the second.
const (
	codeWrongLastSequence         jetstream.ErrorCode = 10071
	codeWrongLastSequenceConstant jetstream.ErrorCode = 10164
)

// Update stores a value if the key's revision is still the one given; 0 stands for a key without a value. Else the error
// is [ErrConflict] and nothing is stored. When an answer was lost and the write, repeated, finds its own value there, that
// is no conflict.
func (s *State) Update(ctx context.Context, key string, value []byte, revision uint64) error {
	_, err := s.update(ctx, key, value, revision)
	return err
}

// update is Update and returns the new revision.
func (s *State) update(ctx context.Context, key string, value []byte, revision uint64) (written uint64, err error) {
	encoded, isRepeated := encodeKey(key), false
	err = s.do(ctx, "update", key, func(ctx context.Context, kv jetstream.KeyValue) error {
		var err error
		written, err = compareAndSet(ctx, kv, encoded, value, revision)
		if isConflict(err) && isRepeated {
			written, err = findOwn(ctx, kv, encoded, value, err)
		}
		isRepeated = true
		return conflict(err)
	})
	return written, err
}

func compareAndSet(ctx context.Context, kv jetstream.KeyValue, encoded string, value []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return kv.Create(ctx, encoded, value)
	}
	return kv.Update(ctx, encoded, value, revision)
}

// findOwn returns the revision of a value that an earlier try has stored without an answer, or the refusal of the later one.
func findOwn(ctx context.Context, kv jetstream.KeyValue, encoded string, value []byte, refusal error) (uint64, error) {
	stored, err := kv.Get(ctx, encoded)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, refusal
	case err != nil:
		return 0, err
	case !bytes.Equal(stored.Value(), value):
		return 0, refusal
	}
	return stored.Revision(), nil
}

// deleteAt removes a key if its revision is still the one given, or returns [ErrConflict]. A repetition of a call whose answer
// was lost is a conflict, and so is revision 0, with which the server would delete any.
func (s *State) deleteAt(ctx context.Context, key string, revision uint64) error {
	if revision == 0 {
		return ErrConflict
	}
	return s.do(ctx, "delete", key, func(ctx context.Context, kv jetstream.KeyValue) error {
		return conflict(kv.Purge(ctx, encodeKey(key), jetstream.LastRevision(revision)))
	})
}

func conflict(err error) error {
	if isConflict(err) {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}

func isConflict(err error) bool {
	code := errorCode(err)
	return code == codeWrongLastSequence || code == codeWrongLastSequenceConstant
}
