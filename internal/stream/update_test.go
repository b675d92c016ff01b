package stream_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/proxytest"
	"mcis/internal/stream"
)

func TestUpdateReplacesOnlyWhatWasRead(t *testing.T) {
	t.Parallel()
	const key = "window.r.1"
	tests := map[string]struct {
		before   func(t *testing.T, state *stream.State) (revision uint64)
		conflict bool
	}{
		"new":              {before: func(*testing.T, *stream.State) uint64 { return 0 }},
		"there already":    {conflict: true, before: func(t *testing.T, s *stream.State) uint64 { put(t, s, key, "x"); return 0 }},
		"the same already": {conflict: true, before: func(t *testing.T, s *stream.State) uint64 { put(t, s, key, "mine"); return 0 }},
		"unchanged":        {before: func(t *testing.T, s *stream.State) uint64 { return put(t, s, key, "x") }},
		"changed": {conflict: true, before: func(t *testing.T, s *stream.State) uint64 {
			defer put(t, s, key, "y")
			return put(t, s, key, "x")
		}},
		"deleted": {conflict: true, before: func(t *testing.T, s *stream.State) uint64 {
			defer remove(t, s, key)
			return put(t, s, key, "x")
		}},
		"deleted with all of its prefix": {conflict: true, before: func(t *testing.T, s *stream.State) uint64 {
			defer func() {
				if err := s.DeleteAll(t.Context(), "window."); err != nil {
					t.Error(err)
				}
			}()
			return put(t, s, key, "x")
		}},
		"new after a deletion": {before: func(t *testing.T, s *stream.State) uint64 {
			put(t, s, key, "x")
			remove(t, s, key)
			return 0
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := newConn(t).State()
			revision := tc.before(t, state)
			before, _, _, _ := state.Get(t.Context(), key)
			err := state.Update(t.Context(), key, []byte("mine"), revision)
			if errors.Is(err, stream.ErrConflict) != tc.conflict || (err != nil) != tc.conflict {
				t.Errorf("got %v, want a conflict: %t", err, tc.conflict)
			}
			want := "mine"
			if tc.conflict {
				want = string(before)
			}
			if value, _, _, err := state.Get(t.Context(), key); string(value) != want || err != nil {
				t.Errorf("the value is %q, %v, want %q", value, err, want)
			}
		})
	}
}

func remove(t *testing.T, state *stream.State, key string) {
	t.Helper()
	if err := state.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
}

func TestUpdatesLoseNothing(t *testing.T) {
	t.Parallel()
	state := newConn(t).State()
	const writers, each = 4, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for done := 0; done < each; {
				value, revision, _, err := state.Get(t.Context(), "count")
				if err == nil {
					err = state.Update(t.Context(), "count", append(value, 'x'), revision)
				}
				switch {
				case err == nil:
					done++
				case !errors.Is(err, stream.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if value, _, _, err := state.Get(t.Context(), "count"); len(value) != writers*each || err != nil {
		t.Errorf("%d of %d writes stand, %v", len(value), writers*each, err)
	}
}

// TestUpdateKnowsItsOwnWrite loses the server's answers to two writes, whose repetitions then find them done.
func TestUpdateKnowsItsOwnWrite(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir(), -1)
	t.Cleanup(server.Shutdown)
	direct := connect(t, stream.Config{URL: withLogin(server)})
	if err := direct.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for key, revision := range map[string]uint64{"new": 0, "old": put(t, direct.State(), "old", "before")} {
		proxy := proxytest.Start(t, strings.TrimPrefix(server.ClientURL(), "nats://"))
		conn := connect(t, stream.Config{URL: "nats://" + proxy.Addr()})
		lost := proxy.When(proxytest.ToServer, proxytest.Contains("$KV.mcis_state."+key), proxytest.CutAfterResponse(proxytest.RST))
		writers.Go(func() {
			if err := conn.State().Update(t.Context(), key, []byte("mine"), revision); err != nil {
				t.Errorf("%s: got %v although nobody else has written", key, err)
			}
			if lost.Count() == 0 {
				t.Errorf("%s: no answer was lost", key)
			}
		})
	}
	writers.Wait()
	if stat, err := direct.Stat(t.Context(), "KV_mcis_state"); stat.Last != 3 || err != nil {
		t.Errorf("%d messages were stored, %v, want the one before and one for each write", stat.Last, err)
	}
	values, err := direct.State().List(t.Context(), "")
	if diff := cmp.Diff(map[string][]byte{"new": []byte("mine"), "old": []byte("mine")}, values); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
