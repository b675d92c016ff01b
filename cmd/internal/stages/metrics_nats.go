package stages

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/checkpoint"
	"mcis/internal/enricher"
	"mcis/internal/loader"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// What is read from the server is read once for all who ask within readEvery, and nobody waits longer than readFor for a server that is
// away: what could not be read is left away then.
const (
	readEvery = 5 * time.Second
	readFor   = 2 * time.Second
)

var (
	streamBytes    = newDesc("stream_bytes", "Bytes that a stream holds, before compression.", "stream")
	streamMax      = newDesc("stream_max_bytes", "The stream's byte limit: a full one makes its publishers wait.", "stream")
	streamMessages = newDesc("stream_messages", "Messages that a stream holds.", "stream")

	consumerPending     = newDesc("consumer_pending", "Messages that a consumer has not delivered yet.", "stream", "consumer")
	consumerAckPending  = newDesc("consumer_ack_pending", "Messages that are in hand, or wait to be delivered again.", "stream", "consumer")
	consumerRedelivered = newDesc("consumer_redelivered", "Messages in hand that were delivered before.", "stream", "consumer")
	consumerMissing     = newDesc("consumer_missing", "1 when the consumer is not there, else 0.", "stream", "consumer")

	deadLetters = newDesc("dead_letters", "Dead letters that lie in the stream DEAD.", "stage", "class")
	lastSync    = newDesc("sync_last_success_timestamp_seconds", "When the last sync that succeeded began, in seconds since 1970; 0 if there was none.")
)

// QueueMetrics are the streams and their consumers, the dead letters and the last sync, as the server has them: they are the same
// whichever process tells them.
func QueueMetrics(conn *stream.Conn) prometheus.Collector { return &readings{conn: conn} }

// readings are what the server said last.
type readings struct {
	conn *stream.Conn

	mu   sync.Mutex
	at   time.Time
	last []prometheus.Metric
}

// Describe names the metrics.
func (*readings) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{streamBytes, streamMax, streamMessages,
		consumerPending, consumerAckPending, consumerRedelivered, consumerMissing, deadLetters, lastSync} {
		out <- desc
	}
}

// Collect tells what was read last, and reads when that was a while ago. Without a connection what is remembered is of no use, and to
// ask would be to wait.
func (r *readings) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.conn.IsConnected():
		r.last, r.at = nil, time.Time{}
	case time.Since(r.at) >= readEvery:
		r.last, r.at = r.read(), time.Now()
	}
	for _, metric := range r.last {
		out <- metric
	}
}

// read asks the server for everything, one after the other: that takes a millisecond or two each.
func (r *readings) read() (all []prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readFor)
	defer cancel()
	keep := func(metric prometheus.Metric) { all = append(all, metric) }
	r.readStreams(ctx, keep)
	r.readConsumers(ctx, keep)
	r.readDead(ctx, keep)
	r.readSync(ctx, keep)
	return all
}

func (r *readings) readStreams(ctx context.Context, out sink) {
	for _, name := range stream.Names() {
		stat, err := r.conn.Stat(ctx, name)
		if err != nil {
			continue
		}
		out.gauge(streamBytes, float64(stat.Bytes), name)
		if stat.MaxBytes > 0 {
			out.gauge(streamMax, float64(stat.MaxBytes), name)
		}
		out.gauge(streamMessages, float64(stat.Messages), name)
	}
}

func (r *readings) readConsumers(ctx context.Context, out sink) {
	for _, lane := range queue.Lanes() {
		backlog, err := laneBacklog(ctx, r.conn, lane)
		tellConsumer(out, stream.Bookings, Durable(lane), backlog, err)
	}
	backlog, err := r.conn.Backlog(ctx, stream.Records, loader.Stage)
	tellConsumer(out, stream.Records, loader.Stage, backlog, err)
}

func tellConsumer(out sink, of, name string, backlog stream.Backlog, err error) {
	if err != nil {
		return
	}
	missing := 0.0
	if backlog.Missing {
		missing = 1
	}
	out.gauge(consumerPending, float64(backlog.Pending), of, name)
	out.gauge(consumerAckPending, float64(backlog.AckPending), of, name)
	out.gauge(consumerRedelivered, float64(backlog.Redelivered), of, name)
	out.gauge(consumerMissing, missing, of, name)
}

func (r *readings) readDead(ctx context.Context, out sink) {
	letters, err := r.conn.DeadLetters(ctx)
	if err != nil {
		return
	}
	for of, n := range lettersOf(letters, []string{producer.Stage, enricher.Stage, loader.Stage}) {
		out.gauge(deadLetters, float64(n), of.stage, of.class)
	}
}

func (r *readings) readSync(ctx context.Context, out sink) {
	var mark checkpoint.Watermark
	if _, err := checkpoint.Load(ctx, checkpoints{r.conn.State()}, checkpoint.WatermarkKey, &mark); err == nil {
		out.gauge(lastSync, secondsOf(mark.At))
	}
}
