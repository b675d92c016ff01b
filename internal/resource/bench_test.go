package resource_test

import (
	"testing"

	"mcis/internal/leaktest"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/upstream"
)

// BenchmarkCached is what a resource costs that the process has, its link's spelling included.
func BenchmarkCached(b *testing.B) {
	const base = "https://bookings.test/ii/api/v2"
	client, err := upstream.New(upstream.Config{AuthURL: base + "/login", DataURL: base + "/booking", Subject: leaktest.APISubject, Secret: leaktest.APISecret})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	f := newFleet(newAPI(map[string]string{base + "/customer/5": `{"id":5,"versionValue":3}`}))
	f.api.spell = client.Canonical
	p := f.process(b, resource.Config{})
	want := resource.Want{URI: "https://bookings.test:443/ii/api/v2/customer/5", Kind: "customer", Lane: queue.Sync, Version: 3}
	p.mustGet(b, want)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := p.Cached(want); !found {
			b.Fatal("not cached")
		}
	}
}
