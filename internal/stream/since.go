package stream

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Since returns how many messages a stream holds that were stored at or after t, by the server's clock, of all subjects unless some are
// given. It reads none of them.
func (c *Conn) Since(ctx context.Context, stream string, t time.Time, subjects ...string) (uint64, error) {
	if epoch := time.Unix(0, 0); t.Before(epoch) {
		t = epoch // the server counts in nanoseconds since then
	}
	subjects = slices.DeleteFunc(slices.Clone(subjects), func(subject string) bool { return subject == "" })
	return c.count(ctx, stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &t, FilterSubjects: subjects,
	})
}

// count returns how many messages of a stream a consumer would get. It reads none of them.
func (c *Conn) count(ctx context.Context, stream string, which jetstream.ConsumerConfig) (uint64, error) {
	which.AckPolicy, which.InactiveThreshold = jetstream.AckNonePolicy, readIdle
	which.MemoryStorage, which.Replicas = true, 1
	counter, err := c.js.CreateConsumer(ctx, stream, which)
	if err != nil {
		return 0, failed(fmt.Sprintf("count messages of %s", stream), err)
	}
	defer c.removeReader(stream, counter.CachedInfo().Name)
	return counter.CachedInfo().NumPending, nil
}
