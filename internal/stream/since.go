package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Since returns how many messages a stream holds that were stored at or after t, by the server's clock. It reads none of them.
func (c *Conn) Since(ctx context.Context, stream string, t time.Time) (uint64, error) {
	if epoch := time.Unix(0, 0); t.Before(epoch) {
		t = epoch // the server counts in nanoseconds since then
	}
	counter, err := c.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		AckPolicy:         jetstream.AckNonePolicy,
		DeliverPolicy:     jetstream.DeliverByStartTimePolicy,
		OptStartTime:      &t,
		InactiveThreshold: readIdle,
		MemoryStorage:     true,
		Replicas:          1,
	})
	if err != nil {
		return 0, failed(fmt.Sprintf("count messages of %s", stream), err)
	}
	defer c.removeReader(stream, counter.CachedInfo().Name)
	return counter.CachedInfo().NumPending, nil
}
