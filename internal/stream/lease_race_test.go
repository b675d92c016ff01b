package stream_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"mcis/internal/stream"
)

// raceTTL leaves two thirds of itself for a renewal on a machine that is busy with other tests.
const raceTTL = 450 * time.Millisecond

// contest is several processes that want one lease, some of which die with it.
type contest struct {
	t        *testing.T
	observer *stream.Conn

	mu       sync.Mutex
	atWork   int       // 0 for nobody
	lastSign time.Time // of a holder that died; zero when the last one gave the lease back
	deaths   int
}

// TestNeverTwoAtWork lets processes end, be called off and vanish at random with the lease in hand.
func TestNeverTwoAtWork(t *testing.T) {
	t.Parallel()
	const contenders, lives = 4, 3
	conns, _ := processes(t, 1+contenders*lives)
	c := &contest{t: t, observer: conns[0]}
	var all sync.WaitGroup
	for contender := range contenders {
		all.Go(func() {
			for life := range lives {
				id := 1 + contender*lives + life
				c.live(id, conns[id], rand.IntN(3) == 0 || id == 1)
			}
		})
	}
	all.Wait()
	if _, held := heldLease(t, conns[0]); held != !c.lastSign.IsZero() || c.deaths == 0 {
		t.Errorf("the lease is held: %t, after %d deaths", held, c.deaths)
	}
}

// live is a process that wants the lease, works a little and then ends or dies.
func (c *contest) live(id int, conn *stream.Conn, dies bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := conn.State().Hold(ctx, leaseName, stream.LeaseConfig{TTL: raceTTL}, func(working context.Context) error {
		c.enter(id)
		select {
		case <-working.Done():
			c.t.Errorf("process %d: %v", id, context.Cause(working))
		case <-time.After(rand.N(20 * time.Millisecond)): // what is done meanwhile
		}
		c.leave(id, conn, dies)
		return nil
	})
	if err != nil {
		c.t.Errorf("process %d: %v", id, err)
	}
}

func (c *contest) enter(id int) {
	taken := lastSign(c.t, c.observer)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.atWork != 0 {
		c.t.Errorf("process %d begins while %d is at work", id, c.atWork)
	}
	if silent := taken.Sub(c.lastSign); silent < raceTTL && !c.lastSign.IsZero() {
		c.t.Errorf("process %d took the lease over after %s of silence, before %s", id, silent, raceTTL)
	}
	c.atWork, c.lastSign = id, time.Time{}
}

// leave is the last that a process does: what follows in Hold, a dead one cannot do without its connection.
func (c *contest) leave(id int, conn *stream.Conn, dies bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.atWork != id {
		c.t.Errorf("process %d was at work, and so was %d", id, c.atWork)
	}
	c.atWork = 0
	if dies {
		conn.Close()
		c.lastSign = lastSign(c.t, c.observer)
		c.deaths++
	}
}
