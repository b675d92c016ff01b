package stream

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// StorageError says that a stream could not be created or enlarged, because the server or the account has not that
// much storage left to reserve. A server reserves the whole byte limit at once, not what is stored.
type StorageError struct {
	Stream string // as the server names it: that of a bucket is KV_<bucket>
	Wanted int64  // the byte limit that was asked for, of one replica
	Err    error  // the server's answer
}

// Error says which stream asked for how much, and what to do.
func (e *StorageError) Error() string {
	return fmt.Sprintf("stream %s is to have %d bytes (%.2f GiB), which the server cannot reserve: give the server more "+
		"(max_file_store, or the limits of the account) or the stream less: %s", e.Stream, e.Wanted, float64(e.Wanted)/(1<<30), e.Err)
}

// Unwrap returns the server's answer.
func (e *StorageError) Unwrap() error { return e.Err }

// ReplicasError says that a stream could not have its number of replicas.
type ReplicasError struct {
	Stream string // as the server names it: that of a bucket is KV_<bucket>
	Wanted int
	Err    error // the server's answer
}

// Error says which stream asked for how many, and what to do.
func (e *ReplicasError) Error() string {
	return fmt.Sprintf("stream %s is to have %d replicas, which the server cannot place: connect to a cluster with as many "+
		"servers that run JetStream, or ask for fewer: %s", e.Stream, e.Wanted, e.Err)
}

// Unwrap returns the server's answer.
func (e *ReplicasError) Unwrap() error { return e.Err }

// Error codes of the server for a stream that it cannot hold, from its errors.json.
const (
	codeNoPeers         jetstream.ErrorCode = 10005 // in a cluster; its text gives the reasons
	codeNoResources     jetstream.ErrorCode = 10023 // in a cluster: max_ha_assets, and no peers in servers before 2.9
	codeNoStorage       jetstream.ErrorCode = 10047
	codeNotClustered    jetstream.ErrorCode = 10074
	codeNoTier          jetstream.ErrorCode = 10120 // the account has no limits for that number of replicas
	codeAboveStreamSize jetstream.ErrorCode = 10122 // the account's limit of a single stream
)

// refused is the server's answer to a stream that was to be set up as cfg says, with what stood in the way. In a
// cluster a lack of storage looks like one of servers, so the text decides.
func refused(cfg jetstream.StreamConfig, err error) error {
	if err == nil {
		return nil
	}
	noReplicas := &ReplicasError{Stream: cfg.Name, Wanted: cfg.Replicas, Err: err}
	noStorage := &StorageError{Stream: cfg.Name, Wanted: cfg.MaxBytes, Err: err}
	switch errorCode(err) {
	case codeNoStorage, codeAboveStreamSize:
		return noStorage
	case codeNotClustered, codeNoTier:
		return noReplicas
	case codeNoPeers:
		if strings.Contains(err.Error(), "insufficient storage") {
			return noStorage
		}
		return noReplicas
	case codeNoResources:
		if cfg.Replicas > 1 {
			return noReplicas
		}
		return noStorage
	}
	return fmt.Errorf("stream %s: %w", cfg.Name, err)
}
