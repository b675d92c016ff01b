package stream_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// TestStuckHandlerEndsTheProcess: Consume does not wait for it beyond the grace, and lets others finish.
func TestStuckHandlerEndsTheProcess(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	cons := quick("enricher")
	cons.Concurrency, cons.StuckHandler, cons.Grace = 2, time.Second, time.Second
	finish, returned := make(chan struct{}), make(chan struct{})
	publish(t, conn, bookings(1, 1)...)
	begin := time.Now()
	result := make(chan error, 1)
	go func() {
		result <- conn.Consume(forAWhile(t), cons, func(_ context.Context, batch []queue.Message) []error {
			if batch[0].Sequence == 1 {
				<-time.After(cons.StuckHandler / 2) // so that the other one has time left
				publish(t, conn, bookings(2, 2)...)
				defer close(returned)
				<-finish // whatever its context says
				return nil
			}
			lines.wait(t, "handler is stuck")
			return nil
		})
	}()
	err := receive(t, result)
	took := time.Since(begin)
	if !errors.Is(err, stream.ErrStuck) || !strings.Contains(err.Error(), "with 1 messages from 1 on") {
		t.Errorf("got %v", err)
	}
	if took < cons.StuckHandler+cons.Grace || took > cons.StuckHandler+cons.Grace+5*time.Second {
		t.Errorf("it took %s", took)
	}
	if text := lines.String(); !strings.Contains(text, "handler is stuck, Consume ends") || !strings.Contains(text, "seq=1") {
		t.Errorf("log:\n%s", text)
	}
	waitForLag(t, conn, "enricher", 1)
	close(finish)
	receive(t, returned)
	waitForLag(t, conn, "enricher", 0) // what it has done after all is acked
}

// TestStuckHandlerThatObeys is given up, and nobody has to wait for the grace.
func TestStuckHandlerThatObeys(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	cons := quick("enricher")
	cons.Batch, cons.StuckHandler, cons.Grace, cons.AckWait = 3, 200*time.Millisecond, time.Hour, 20*time.Second
	publish(t, conn, bookings(1, 3)...)
	err := conn.Consume(forAWhile(t), cons, func(ctx context.Context, batch []queue.Message) []error {
		<-ctx.Done()
		if err := context.Cause(ctx); !errors.Is(err, stream.ErrStuck) {
			t.Errorf("the cause is %v", err)
		}
		return []error{ctx.Err(), nil, nil}
	})
	if !errors.Is(err, stream.ErrStuck) || !strings.Contains(err.Error(), "with 3 messages from 1 on") {
		t.Errorf("got %v", err)
	}
	waitForLag(t, conn, "enricher", 1) // the two are acked
}

// TestHandlerMayBeBusy with many batches one after the other, and for ever when that is asked for.
func TestHandlerMayBeBusy(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]time.Duration{"batches": time.Second, "switched off": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := newConn(t)
			cons := quick("enricher")
			cons.StuckHandler, cons.AckWait = limit, 300*time.Millisecond
			publish(t, conn, bookings(1, 10)...)
			seen := newBox()
			stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
				<-time.After(200 * time.Millisecond) // two seconds together
				seen.put(batch)
				return nil
			})
			for range 10 {
				seen.take(t)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

const handlerLimit = time.Second

// overdue returns when a handler that has begun before has been busy for much longer than it may.
func overdue() { <-time.After(5 * handlerLimit / 2) } // it is the time that is tested

func TestHandlerMayWaitForRoomInAStream(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log, Records: stream.Limits{MaxBytes: 20_000}})
	publish(t, conn, bookings(1, 1)...)
	cons := quick("enricher")
	cons.StuckHandler = handlerLimit
	records := make([]queue.Message, 30)
	for i := range records {
		records[i] = queue.Message{Subject: queue.RecordSubject(int64(i)), Data: make([]byte, 1000)}
	}
	stop := consume(t, conn, cons, func(ctx context.Context, _ []queue.Message) []error {
		return []error{conn.Publish(ctx, records)}
	})
	lines.wait(t, "waiting: stream is full")
	overdue()
	s, err := conn.JS().Stream(t.Context(), stream.Records)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitForLag(t, conn, "enricher", 0)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestHandlerIsStuckAfterItHasWaited: only the wait itself is excused.
func TestHandlerIsStuckAfterItHasWaited(t *testing.T) {
	t.Parallel()
	conn := streamtest.StartWith(t, stream.Config{Records: stream.Limits{MaxBytes: 20_000}})
	publish(t, conn, bookings(1, 1)...)
	cons := quick("enricher")
	cons.StuckHandler = handlerLimit
	err := conn.Consume(forAWhile(t), cons, func(ctx context.Context, _ []queue.Message) []error {
		brief, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		large := queue.Message{Subject: queue.RecordSubject(1), Data: make([]byte, 30_000)}
		if err := conn.Publish(brief, []queue.Message{large}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("published into a stream without room: %v", err)
		}
		<-ctx.Done()
		return []error{ctx.Err()}
	})
	if !errors.Is(err, stream.ErrStuck) {
		t.Errorf("got %v", err)
	}
}

func TestHandlerMayWaitForWhatIsAway(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	var isBack atomic.Bool
	cons := quick("loader")
	cons.StuckHandler, cons.Away = handlerLimit, func() bool { return !isBack.Load() }
	begun := make(chan struct{}, 1)
	result := make(chan error, 1)
	go func() {
		result <- conn.Consume(forAWhile(t), cons, func(ctx context.Context, _ []queue.Message) []error {
			begun <- struct{}{}
			<-ctx.Done()
			return []error{ctx.Err()}
		})
	}()
	receive(t, begun)
	overdue()
	select {
	case err := <-result:
		t.Fatalf("given up: %v", err)
	default:
	}
	isBack.Store(true)
	if err := receive(t, result); !errors.Is(err, stream.ErrStuck) {
		t.Errorf("got %v", err)
	}
}

func TestHandlerMayWaitForTheConnection(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conn := server.withStreams(t)
	publish(t, conn, bookings(1, 1)...)
	cons := quick("enricher")
	cons.StuckHandler = 2 * handlerLimit
	begun, finish := make(chan struct{}, 10), make(chan struct{})
	stop := consume(t, conn, cons, func(context.Context, []queue.Message) []error {
		begun <- struct{}{}
		<-finish
		return nil
	})
	receive(t, begun)
	server.comeBack(t, time.Now().Add(4*handlerLimit))
	server.lines.wait(t, "NATS connection is back")
	close(finish)
	waitForLag(t, conn, "enricher", 0)
	if err := stop(); err != nil {
		t.Error(err)
	}
}
