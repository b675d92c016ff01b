//go:build unix

package soak

import (
	"context"
	"time"

	"mcis/internal/proxytest"
	"mcis/internal/stream"
)

const ms = time.Millisecond

// torture lets everything happen for a while.
func (s *site) torture(length time.Duration) {
	s.t.Helper()
	s.often(300*ms, 1300*ms, s.killOne)
	s.often(150*ms, 700*ms, s.trouble)
	s.often(1000*ms, 1800*ms, func() { s.source.change(s.random.IntN(10), s.random.IntN(5)) })
	begin := time.Now()
	s.agenda.run(begin.Add(length))
	s.tally.tortured = time.Since(begin)
}

// often does something again and again, after pauses between least and most, until it is over.
func (s *site) often(least, most time.Duration, do func()) {
	s.agenda.in(s.between(least, most), func() {
		if s.over {
			return
		}
		do()
		s.often(least, most, do)
	})
}

func (s *site) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

// killOne kills a process, the NATS server less often than the others.
func (s *site) killOne() {
	const seldom = 10
	stages := append([]*keeper{s.producer, s.loader}, s.enrichers...)
	victim := stages[s.random.IntN(len(stages))]
	if s.random.IntN(seldom) == 0 {
		victim = s.nats
	}
	for range len(stages) {
		if victim.kill() {
			return
		}
		victim = stages[s.random.IntN(len(stages))] // that one is just being started again
	}
}

// trouble is one of the others.
func (s *site) trouble() {
	proxies := []*proxytest.Proxy{s.source.proxy, s.toNATS}
	if s.warehouse.proxy != nil {
		proxies = append(proxies, s.warehouse.proxy)
	}
	proxy := proxies[s.random.IntN(len(proxies))]
	kinds := []func(*proxytest.Proxy){
		func(*proxytest.Proxy) { s.pause() }, func(*proxytest.Proxy) { s.pause() },
		s.cut, s.cut, s.away, s.stall, s.slow, s.slow,
		func(*proxytest.Proxy) { s.fill() }, func(*proxytest.Proxy) { s.fill() },
		func(*proxytest.Proxy) { s.expire() },
		func(*proxytest.Proxy) { s.lock() },
	}
	kinds[s.random.IntN(len(kinds))](proxy)
}

// pause suspends a process for a while, at times for longer than messages and leases wait for a sign of life.
func (s *site) pause() {
	victim := s.keepers[s.random.IntN(len(s.keepers))]
	resume := victim.pause()
	if resume == nil {
		return
	}
	s.tally.count("pauses of " + victim.name)
	s.agenda.in(s.between(200*ms, 4500*ms), resume)
}

// cut cuts all connections, as when a router is started again.
func (s *site) cut(proxy *proxytest.Proxy) {
	if proxy.Open() == 0 {
		return
	}
	how := []proxytest.Ending{proxytest.RST, proxytest.FIN}[s.random.IntN(2)]
	s.tally.add("connections cut", proxy.Open())
	proxy.Cut(how)
}

// away lets nobody connect for a while.
func (s *site) away(proxy *proxytest.Proxy) {
	s.tally.count("times unreachable")
	proxy.Drop()
	s.cut(proxy)
	s.agenda.in(s.between(100*ms, 2000*ms), proxy.Resume)
}

// stall lets nothing through in one direction for a while, without a word.
func (s *site) stall(proxy *proxytest.Proxy) {
	direction := []proxytest.Direction{proxytest.ToServer, proxytest.ToClient}[s.random.IntN(2)]
	s.tally.count("stalls")
	proxy.Stall(direction)
	s.agenda.in(s.between(100*ms, 3000*ms), func() { proxy.Release(direction) })
}

// slow delays all that is sent, and cuts it into pieces, for a while.
func (s *site) slow(proxy *proxytest.Proxy) {
	s.tally.count("slowdowns")
	proxy.Delay(s.between(1*ms, 20*ms))
	proxy.Slice(1 << (9 + s.random.IntN(6)))
	s.agenda.in(s.between(500*ms, 3000*ms), func() {
		proxy.Delay(0)
		proxy.Slice(0)
	})
}

// expire makes all tokens worthless.
func (s *site) expire() {
	s.tally.count("times all tokens expired")
	s.source.api.ExpireTokens()
}

// lock locks a file that is the warehouse for a while; what breaks a server stands before it.
func (s *site) lock() {
	if s.warehouse.proxy != nil {
		return
	}
	unlock := s.warehouse.lock(s.t.Context())
	if unlock == nil {
		return
	}
	s.tally.count("locks of the database")
	s.agenda.in(s.between(200*ms, 2000*ms), unlock)
}

// fill fills a stream to its limit for a while: the limit is lowered to what it holds.
func (s *site) fill() {
	name := []string{stream.Bookings, stream.Records}[s.random.IntN(2)]
	ctx, cancel := context.WithTimeout(s.t.Context(), 500*ms)
	defer cancel()
	full, err := s.js.Stream(ctx, name)
	if err != nil {
		return // NATS is off, or has no streams yet
	}
	config, held := full.CachedInfo().Config, full.CachedInfo().State.Bytes
	if held == 0 || config.MaxBytes <= int64(held) {
		return
	}
	wide := config.MaxBytes
	if _, known := s.tally.widths[name]; known {
		return // it is full now
	}
	config.MaxBytes = int64(held)
	s.tally.widths[name] = wide
	if _, err := s.js.UpdateStream(ctx, config); err == nil {
		s.tally.count("times " + name + " was full")
	}
	s.agenda.in(s.between(500*ms, 3000*ms), func() { s.widen(name) })
}

// widen gives a stream its room back, as soon as NATS lets.
func (s *site) widen(name string) {
	const again = 200 * ms
	ctx, cancel := context.WithTimeout(s.t.Context(), 500*ms)
	defer cancel()
	full, err := s.js.Stream(ctx, name)
	if err == nil {
		config := full.CachedInfo().Config
		config.MaxBytes = s.tally.widths[name]
		_, err = s.js.UpdateStream(ctx, config)
	}
	if err != nil {
		s.agenda.in(again, func() { s.widen(name) })
		return
	}
	delete(s.tally.widths, name)
}
