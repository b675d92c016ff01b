package stream_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"mcis/internal/fault"
	"mcis/internal/proxytest"
	"mcis/internal/resource"
	"mcis/internal/stream"
)

var _ resource.Claims = (*stream.Claims)(nil)

const uri = "/customer/64 556"

// claimed takes a claim, or finds it taken. A busy machine may not answer in time.
func claimed(t *testing.T, claims *stream.Claims) (release func(), held bool) {
	t.Helper()
	waitFor(t, "an answer", func() bool {
		var err error
		release, held, err = claims.Claim(t.Context(), uri)
		return err == nil
	})
	return release, held
}

func mustClaim(t *testing.T, claims *stream.Claims) (release func()) {
	t.Helper()
	release, held := claimed(t, claims)
	if !held {
		t.Fatal("somebody else has the claim")
	}
	return release
}

func mustNotClaim(t *testing.T, claims *stream.Claims) {
	t.Helper()
	if release, held := claimed(t, claims); held {
		release()
		t.Fatal("got a claim that somebody else has")
	}
}

// claimSoon takes a claim that is being given back.
func claimSoon(t *testing.T, claims *stream.Claims) (release func()) {
	t.Helper()
	waitFor(t, "the claim is free", func() (held bool) { release, held = claimed(t, claims); return held })
	return release
}

func TestClaimIsHeldByOne(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 2)
	var holders, taken atomic.Int32
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for range 20 {
				release, held, err := conns[i%2].Claims().Claim(t.Context(), uri)
				if !held || err != nil { // a busy machine may not answer in time
					continue
				}
				taken.Add(1)
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold it at once", n)
				}
				holders.Add(-1)
				release()
			}
		})
	}
	callers.Wait()
	if taken.Load() == 0 {
		t.Error("nobody ever got it")
	}
	defer claimSoon(t, conns[0].Claims())()
	waitFor(t, "something else can be claimed", func() bool {
		release, held, err := conns[1].Claims().Claim(t.Context(), "another")
		if held {
			release()
		}
		return held && err == nil
	})
}

func TestReleaseTwice(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 2)
	first := mustClaim(t, conns[0].Claims())
	mustNotClaim(t, conns[1].Claims())
	first()
	second := claimSoon(t, conns[1].Claims())
	first()
	first()
	if err := conns[0].JS().Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	mustNotClaim(t, conns[0].Claims())
	second()
	claimSoon(t, conns[0].Claims())()
}

func TestClaimAfterTheContext(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	var release func()
	waitFor(t, "the claim is free", func() (held bool) { release, held, _ = conns[0].Claims().Claim(ctx, uri); return held })
	cancel()
	mustNotClaim(t, conns[1].Claims())
	if _, held, err := conns[0].Claims().Claim(ctx, "another"); held || !errors.Is(err, context.Canceled) {
		t.Errorf("claiming when the context has ended: held %t, %v", held, err)
	}
	release()
	claimSoon(t, conns[1].Claims())()
}

// revision is that of the claim as it is stored, 0 when it is free.
func revision(t *testing.T, conn *stream.Conn) uint64 {
	t.Helper()
	kv, err := conn.JS().KeyValue(t.Context(), "mcis_claims")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := kv.Get(t.Context(), stream.EncodeKey(uri))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return entry.Revision()
}

const (
	claimAge  = time.Second
	claimKept = 3 * time.Second // more, for the sake of busy machines
)

// shortClaims are claims of processes which are renewed often, and free soon after their holder's death.
func shortClaims(t *testing.T, n int) ([]*stream.Conn, []*stream.Claims) {
	t.Helper()
	conns, _ := processes(t, n)
	cfg := config(t, conns[0], "KV_mcis_claims")
	cfg.MaxAge, cfg.Duplicates = claimKept, claimKept
	if _, err := conns[0].JS().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	claims := make([]*stream.Claims, n)
	for i := range claims {
		claims[i] = conns[i].ClaimsOf(claimAge, claimKept)
	}
	return conns, claims
}

func TestClaimIsRenewed(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 2)
	release := mustClaim(t, claims[0])
	first, begin := revision(t, conns[1]), time.Now()
	waitFor(t, "it is held for longer than it is kept", func() bool {
		return revision(t, conns[1]) >= first+4 && time.Since(begin) > claimKept+claimKept/2
	})
	if most := uint64(3*time.Since(begin)/claimAge) + 1; revision(t, conns[1]) > first+most {
		t.Errorf("renewed %d times in %s", revision(t, conns[1])-first, time.Since(begin))
	}
	mustNotClaim(t, claims[1])
	release()
	claimSoon(t, claims[1])()
}

func TestDeadHoldersClaimIsFree(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 2)
	release := mustClaim(t, claims[0])
	mustNotClaim(t, claims[1])
	conns[0].Close() // as if it had died
	defer release()
	begin := time.Now()
	claimSoon(t, claims[1])()
	if took := time.Since(begin); took > 3*claimKept {
		t.Errorf("free after %s", took)
	}
}

// TestRenewalWithoutAnAnswer: it was stored, and the holder does not know its revision.
func TestRenewalWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 2)
	release := mustClaim(t, claims[0])
	kv, err := conns[1].JS().KeyValue(t.Context(), "mcis_claims")
	if err != nil {
		t.Fatal(err)
	}
	own, err := kv.Get(t.Context(), stream.EncodeKey(uri))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := kv.Put(t.Context(), stream.EncodeKey(uri), own.Value())
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "it is renewed again and again", func() bool { return revision(t, conns[1]) >= stored+4 })
	release()
	claimSoon(t, claims[1])()
}

// TestRenewalIsTriedAgain when the server does not answer.
func TestRenewalIsTriedAgain(t *testing.T) {
	t.Parallel()
	direct, through, proxy := proxied(t)
	release := mustClaim(t, through.ClaimsOf(claimAge, 10*time.Second))
	renewal := proxy.When(proxytest.ToServer, proxytest.Contains("$KV.mcis_claims."), proxytest.Hold)
	first := revision(t, direct)
	renewal.Wait()
	<-time.After(stream.ClaimTimeout + stream.ClaimTimeout/10) // it waits no longer for an answer
	renewal.Release()
	waitFor(t, "it is renewed again and again", func() bool { return revision(t, direct) >= first+4 })
	release()
	claimSoon(t, direct.Claims())()
}

// TestLostClaim: who was suspended does not renew or remove what another has by now.
func TestLostClaim(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 2)
	release := mustClaim(t, claims[0])
	kv, err := conns[1].JS().KeyValue(t.Context(), "mcis_claims")
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(t.Context(), stream.EncodeKey(uri)); err != nil {
		t.Fatal(err)
	}
	other := mustClaim(t, claims[1])
	taken := revision(t, conns[1])
	waitFor(t, "the other renews it", func() bool { return revision(t, conns[1]) >= taken+4 })
	release()
	if err := conns[0].JS().Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	mustNotClaim(t, claims[0])
	other()
	claimSoon(t, claims[0])()
}

// TestReleaseWhileItIsRenewed: the renewal gives it back, once its answer has come.
func TestReleaseWhileItIsRenewed(t *testing.T) {
	t.Parallel()
	const age = 3 * time.Second
	direct, through, proxy := proxied(t)
	release := mustClaim(t, through.ClaimsOf(age, age))
	renewal := proxy.When(proxytest.ToServer, proxytest.Contains("$KV.mcis_claims."), proxytest.Hold)
	renewal.Wait()
	begin := time.Now()
	release()
	if took := time.Since(begin); took > time.Second/2 {
		t.Errorf("release took %s", took)
	}
	mustNotClaim(t, direct.ClaimsOf(age, age))
	begin = time.Now()
	renewal.Release()
	claimSoon(t, direct.ClaimsOf(age, age))()
	if took := time.Since(begin); took > age/2 {
		t.Errorf("free after %s: not given back", took)
	}
}

func TestClaimWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	direct, through, proxy := proxied(t)
	release := mustClaim(t, through.Claims())
	proxy.Stall(proxytest.ToClient)
	begin := time.Now()
	var unreachable *fault.Unreachable
	if _, held, err := through.Claims().Claim(t.Context(), uri); held || !errors.As(err, &unreachable) {
		t.Errorf("held %t, %v", held, err)
	}
	if took := time.Since(begin); took > 2*stream.ClaimTimeout {
		t.Errorf("it took %s to find out", took)
	}
	release()
	claimSoon(t, direct.Claims())()
	proxy.Release(proxytest.ToClient)
	claimSoon(t, through.Claims())()
}

func TestClaimsWithoutAServer(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conn := server.connect(t)
	release := mustClaim(t, conn.Claims()) // nobody has made the bucket
	server.Shutdown()
	server.lines.wait(t, "NATS connection lost")
	begin := time.Now()
	var unreachable *fault.Unreachable
	if _, held, err := conn.Claims().Claim(t.Context(), uri); held || !errors.As(err, &unreachable) {
		t.Errorf("held %t, %v", held, err)
	}
	release()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %s", took)
	}
	server.start(t)
	server.lines.wait(t, "NATS connection is back")
	claimSoon(t, conn.Claims())()
}

func TestClaimsOutliveTheirBucket(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 2)
	mustClaim(t, claims[0])() // revisions begin anew, and must not happen to be the same
	lost := claimSoon(t, claims[0])
	if err := conns[0].JS().DeleteKeyValue(t.Context(), "mcis_claims"); err != nil {
		t.Fatal(err)
	}
	release := mustClaim(t, claims[1])
	taken := revision(t, conns[1])
	waitFor(t, "the new one is renewed", func() bool { return revision(t, conns[1]) >= taken+4 })
	lost()
	mustNotClaim(t, claims[0])
	release()
	claimSoon(t, claims[0])()
}

// TestClaimAndReleaseAtRandom: whatever happens when, at most one holds a claim, and in the end it is free.
func TestClaimAndReleaseAtRandom(t *testing.T) {
	t.Parallel()
	conns, claims := shortClaims(t, 3)
	rapid.Check(t, func(rt *rapid.T) {
		holder, releases := -1, make([][]func(), len(claims))
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			i := rapid.IntRange(0, len(claims)-1).Draw(rt, "process")
			if rapid.Bool().Draw(rt, "releases") {
				for _, release := range releases[i] { // the older ones again, too
					release()
				}
				if holder == i {
					holder = -1
				}
				if err := conns[i].JS().Conn().Flush(); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			release, held := claimed(t, claims[i])
			if held != (holder < 0) {
				rt.Fatalf("held %t, while %d has it", held, holder)
			}
			if held {
				holder, releases[i] = i, append(releases[i], release)
			}
		}
		if holder >= 0 {
			releases[holder][len(releases[holder])-1]()
		}
		claimSoon(t, claims[0])()
		waitFor(t, "it is free", func() bool { return revision(t, conns[0]) == 0 })
	})
}
