package stream_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/proxytest"
	"mcis/internal/stream"
)

func TestStateKeepsValues(t *testing.T) {
	t.Parallel()
	ctx, state := t.Context(), newConn(t).State()
	const key = "page/2019-01-01T00:00:00Z/2019-07-01T00:00:00Z/1.0"
	if _, _, found, err := state.Get(ctx, key); found || err != nil {
		t.Fatalf("found %t, error %v before anything was put", found, err)
	}
	if _, err := state.Put(ctx, key, []byte("one")); err != nil {
		t.Fatal(err)
	}
	value, rev, found, err := state.Get(ctx, key)
	if string(value) != "one" || rev == 0 || !found || err != nil {
		t.Fatalf("got %q, %d, %t, %v", value, rev, found, err)
	}
	if err := state.Delete(ctx, key); err != nil {
		t.Fatal(err)
	}
	if _, _, found, err := state.Get(ctx, key); found || err != nil {
		t.Errorf("found %t, error %v after the key was deleted", found, err)
	}
	if _, err := state.Put(ctx, strings.Repeat("k", 400), nil); err == nil {
		t.Error("a key was taken that cannot be listed")
	}
}

func TestStateLists(t *testing.T) {
	t.Parallel()
	ctx, state := t.Context(), newConn(t).State()
	if values, err := state.List(ctx, ""); len(values) != 0 || err != nil {
		t.Errorf("values of an empty bucket: %v, %v", values, err)
	}
	want := map[string][]byte{}
	for i := range 50 {
		key := fmt.Sprintf("run:%d/page %d", i%2, i)
		if _, err := state.Put(ctx, key, []byte(key)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 && i != 7 {
			want[key] = []byte(key)
		}
	}
	if err := state.Delete(ctx, "run:1/page 7"); err != nil {
		t.Fatal(err)
	}
	got, err := state.List(ctx, "run:1/")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	ctx, resources := t.Context(), newConn(t).Resources()
	begin := time.Now().Add(-time.Second)
	body := bytes.Repeat([]byte(`{"id":64556}`), 1000)
	for _, key := range []string{"/customer/64556", "/customer/64556/", "", "/address/ü?a=1&b=*.>", strings.Repeat("/long", 1000)} {
		if _, _, found, err := resources.Get(ctx, key); found || err != nil {
			t.Fatalf("%.20q: found %t, error %v before it was put", key, found, err)
		}
		if err := resources.Put(ctx, key, body); err != nil {
			t.Fatal(err)
		}
		value, at, found, err := resources.Get(ctx, key)
		if !bytes.Equal(value, body) || !found || err != nil || at.Before(begin) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("%.20q: got %d bytes of %s, %t, %v", key, len(value), at, found, err)
		}
	}
}

// TestALostAnswerIsNotWaitedFor cuts the connection under a question whose caller has much time: the cache does without, and a
// checkpoint is asked for again.
func TestALostAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	const key, soon = "key", patience / 2
	for bucket, fails := range map[string]bool{"mcis_resources": true, "mcis_state": false} {
		t.Run(bucket, func(t *testing.T) {
			t.Parallel()
			direct, through, proxy := proxied(t)
			put(t, direct.State(), key, "value")
			if err := direct.Resources().Put(t.Context(), key, []byte("value")); err != nil {
				t.Fatal(err)
			}
			get := func() error { _, _, _, err := through.State().Get(forAWhile(t), key); return err }
			if fails {
				get = func() error { _, _, _, err := through.Resources().Get(forAWhile(t), key); return err }
			}
			lost := proxy.When(proxytest.ToServer, proxytest.Contains("$JS.API.DIRECT.GET.KV_"+bucket), proxytest.CutBefore(proxytest.RST))
			began := time.Now()
			if err := get(); fails != (err != nil) || time.Since(began) > soon {
				t.Errorf("got %v after %s", err, time.Since(began))
			}
			lost.Wait()
			waitFor(t, "an answer", func() bool { return get() == nil })
		})
	}
}

func TestKeysAreValidAndDistinct(t *testing.T) {
	t.Parallel()
	dotted := rapid.StringOf(rapid.RuneFrom([]rune("..a=*/")))
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.OneOf(rapid.String(), dotted).Draw(t, "key")
		encoded := stream.EncodeKey(key)
		if !isBucketKey(encoded) {
			t.Fatalf("%q becomes %q", key, encoded)
		}
		if back, ok := stream.DecodeKey(encoded); len(key) <= 341 && (!ok || back != key) {
			t.Fatalf("%q becomes %q and then %q", key, encoded, back)
		}
	})
}

// isBucketKey reports whether the server takes a key as a part of a subject.
func isBucketKey(encoded string) bool {
	for i := range len(encoded) {
		if c := encoded[i]; c <= ' ' || c >= 0x7f || c == '*' || c == '>' {
			return false
		}
	}
	return encoded != "" && encoded[0] != '.' && encoded[len(encoded)-1] != '.' && !strings.Contains(encoded, "..")
}

func TestDotsStayBetweenTokens(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"window.backfill-2026.1f2e.1": "window.backfill-2026.1f2e.1",
		"page.r.":                     "page.r=2E",
		".a":                          "=2Ea",
		"a..b":                        "a.=2Eb",
		"...":                         "=2E.=2E",
		".":                           "=2E",
		"a.ü":                         "a.=C3=BC",
	} {
		if got := stream.EncodeKey(key); got != want {
			t.Errorf("%q becomes %q, want %q", key, got, want)
		}
	}
}

func FuzzDecodeKey(f *testing.F) {
	for _, seed := range []string{"", "=", "==", "=2", "=2F", "=2f", "a=3Ab", "a.b", ".", "a.", "a..b", "a=2Eb", "a=2E.=2E"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		if key, ok := stream.DecodeKey(encoded); ok && stream.EncodeKey(key) != encoded {
			t.Errorf("%q is taken for the encoding of %q, which is %q", encoded, key, stream.EncodeKey(key))
		}
	})
}
