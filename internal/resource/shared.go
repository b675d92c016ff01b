package resource

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"mcis/internal/document"
)

// Members of an entry in the shared cache. It has either a body or a reason.
const (
	entryObservedAt = "observed_at"
	entryBody       = "body"
	entryReason     = "reason"
	entryStatus     = "status"
)

// encode writes an entry: its body is JSON that was parsed, and a reason needs no escapes.
//
//	{"observed_at":"2026-01-31T10:00:00.5Z","body":{"id":5}}
//	{"observed_at":"2026-01-31T10:00:00.5Z","reason":"refused","status":404}
func encode(r Resource, body []byte) []byte {
	const room = 128
	value := append(make([]byte, 0, len(body)+room), `{"`+entryObservedAt+`":"`...)
	value = r.ObservedAt.AppendFormat(value, time.RFC3339Nano)
	if r.Document != nil {
		value = append(append(value, `","`+entryBody+`":`...), body...)
		return append(value, '}')
	}
	value = append(append(value, `","`+entryReason+`":"`...), r.Reason...)
	value = strconv.AppendInt(append(value, `","`+entryStatus+`":`...), int64(r.Status), 10)
	return append(value, '}')
}

// fromShared takes the resource from the shared cache, when it is there as new as needed, into the process's own.
func (c *Cache) fromShared(ctx context.Context, n need, from source) (Resource, bool) {
	value, found, err := c.shared.Get(ctx, n.key)
	if err != nil {
		c.troubled(ctx, "shared cache cannot be read", err)
		return Resource{}, false
	}
	if !found {
		return Resource{}, false
	}
	resource, isEntry := decode(value)
	if !isEntry || !n.met(resource) || resource.Document != nil && (resource.Document.Kind() == document.Array) != n.isCollection {
		return Resource{}, false
	}
	c.counters.count(n.kind, from, resource)
	c.own.Set(n.key, resource)
	c.attempts.shared(n.key, resource.Document != nil && !n.isCollection)
	return resource, true
}

// decode reads an entry in one go: the resource's tree is a part of the entry's. An entry without a body that does not tell
// why, as an earlier release wrote it, is none.
func decode(value []byte) (Resource, bool) {
	tree, err := document.Parse(value)
	if err != nil {
		return Resource{}, false
	}
	observed, err := time.Parse(time.RFC3339Nano, tree.Get(entryObservedAt).Text())
	if err != nil {
		return Resource{}, false
	}
	if body := tree.Get(entryBody); body != nil {
		return Resource{Document: body, ObservedAt: observed.UTC()}, (body.Kind() == document.Object || body.Kind() == document.Array)
	}
	reason := Reason(tree.Get(entryReason).Text())
	status, err := strconv.Atoi(string(tree.Get(entryStatus).Raw()))
	if err != nil {
		status = 0
	}
	return absent(reason, status, observed.UTC()), reason != ""
}

// shareTimeout bounds the writing of the shared cache.
const shareTimeout = 5 * time.Second

// share writes the shared cache. What was fetched is good for all, also when the booking that it was fetched for has
// failed meanwhile for the sake of another resource.
func (c *Cache) share(ctx context.Context, key string, resource Resource, body []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shareTimeout)
	defer cancel()
	if err := c.shared.Put(ctx, key, encode(resource, body)); err != nil {
		c.troubled(ctx, "shared cache cannot be written", err)
	}
}

// troubled logs that something does not work that only saves requests. The end of the caller is no trouble.
func (c *Cache) troubled(ctx context.Context, what string, err error) {
	if ctx.Err() != nil && isEnd(err) {
		return
	}
	if skipped, ok := c.trouble.allow(time.Now()); ok {
		c.logger.Warn(what, "error", err, "skipped", skipped)
	}
}

// throttle lets one of many equal events through in a while, and counts the others.
type throttle struct {
	next    atomic.Int64 // when, in Unix nanoseconds
	skipped atomic.Int64
}

const troubleEvery = 10 * time.Second

func (t *throttle) allow(now time.Time) (skipped int64, ok bool) {
	next := t.next.Load()
	if now.UnixNano() < next || !t.next.CompareAndSwap(next, now.Add(troubleEvery).UnixNano()) {
		t.skipped.Add(1)
		return 0, false
	}
	return t.skipped.Swap(0), true
}
