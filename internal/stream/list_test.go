package stream_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/stream"
)

func put(t *testing.T, state *stream.State, key, value string) uint64 {
	t.Helper()
	revision, err := state.Put(t.Context(), key, []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// words are all texts of up to n of these letters.
func words(letters string, n int) []string {
	all, last := []string{""}, []string{""}
	for range n {
		var longer []string
		for _, word := range last {
			for _, letter := range letters {
				longer = append(longer, word+string(letter))
			}
		}
		all, last = append(all, longer...), longer
	}
	return all
}

func TestEveryPrefixListsItsKeys(t *testing.T) {
	t.Parallel()
	state := newConn(t).State()
	keys := words(".a=", 4)
	for _, key := range keys {
		put(t, state, key, "of "+key)
	}
	for _, prefix := range words(".a=", 3) {
		var want []string
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		got, err := state.ListKeys(t.Context(), prefix)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("keys of prefix %q: %s, %v", prefix, diff, err)
		}
		values, err := state.List(t.Context(), prefix)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(values))); diff != "" || err != nil {
			t.Errorf("values of prefix %q: %s, %v", prefix, diff, err)
		}
	}
}

func TestServerFiltersByPrefix(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	state := conn.State()
	const others = 200
	for i := range others {
		put(t, state, fmt.Sprintf("page.other.%d", i), "x")
	}
	put(t, state, "page.this.1", "one")
	put(t, state, "page.this.2", "two")
	lists := map[string]func(context.Context, string) (int, error){
		"List":     func(ctx context.Context, p string) (int, error) { v, err := state.List(ctx, p); return len(v), err },
		"ListKeys": func(ctx context.Context, p string) (int, error) { v, err := state.ListKeys(ctx, p); return len(v), err },
	}
	for name, list := range lists {
		before := conn.Received()
		if n, err := list(t.Context(), "page.this."); n != 2 || err != nil {
			t.Errorf("%s finds %d, %v, want 2", name, n, err)
		}
		if got := conn.Received() - before; got > others/4 {
			t.Errorf("%s of 2 keys beside %d took %d messages of the server", name, others, got)
		}
	}
}

func TestKeysAreListedWithoutValues(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	state := conn.State()
	const size = 1 << 20
	put(t, state, "page.1", strings.Repeat("x", size))
	before := conn.ReceivedBytes()
	keys, err := state.ListKeys(t.Context(), "page.")
	if diff := cmp.Diff([]string{"page.1"}, keys); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if got := conn.ReceivedBytes() - before; got >= size {
		t.Errorf("%d bytes came for one key", got)
	}
}

func TestEntriesHaveRevisionAndTime(t *testing.T) {
	t.Parallel()
	state := newConn(t).State()
	begin := time.Now().Add(-time.Second)
	put(t, state, "w.1", "old")
	want := map[string]uint64{"w.1": put(t, state, "w.1", "new"), "w.2": put(t, state, "w.2", "new")}
	entries, err := state.Entries(t.Context(), "w.")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for key, entry := range entries {
		got[key] = entry.Revision
		if string(entry.Value) != "new" || entry.At.Before(begin) || entry.At.After(time.Now().Add(time.Second)) {
			t.Errorf("%s is %q of %s", key, entry.Value, entry.At)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeleteAllTakesOnePrefix(t *testing.T) {
	t.Parallel()
	state := newConn(t).State()
	for _, key := range []string{"page.r.1", "page.r.2", "page.r.2.3", "page.rr.1", "page.r", "window.r.1"} {
		put(t, state, key, "x")
	}
	if err := state.DeleteAll(t.Context(), "page.r."); err != nil {
		t.Fatal(err)
	}
	keys, err := state.ListKeys(t.Context(), "")
	if diff := cmp.Diff([]string{"page.r", "page.rr.1", "window.r.1"}, keys); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := state.DeleteAll(t.Context(), "page"); err == nil {
		t.Error("all of a prefix that ends within a token was deleted")
	}
}
