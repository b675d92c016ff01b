package document_test

import (
	"encoding/json"
	"testing"

	"mcis/internal/document"
	"mcis/internal/simapi"
)

// BenchmarkEnrich is what the enricher does to a booking's bytes besides fetching, beside encoding/json's decoding of
// the same bytes.
func BenchmarkEnrich(b *testing.B) {
	raw, customer := inventedBooking(b)
	detail, err := document.Parse(customer)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Parse+Merge+AppendFields", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			doc, err := document.Parse(raw)
			if err != nil {
				b.Fatal(err)
			}
			merged := document.Merge(doc.Get("customer"), detail)
			doc = document.Replace(doc, []string{"customer"}, merged)
			out = document.AppendFields(out[:0], doc)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := document.Parse(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json-Unmarshal", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// inventedBooking is an invented booking of about the usual size, 22 KB, and the detail of its customer.
func inventedBooking(b *testing.B) (raw, customer []byte) {
	b.Helper()
	const (
		origin = "https://bookings.test:443"
		usual  = 22 << 10
	)
	server, err := simapi.New(simapi.Config{Bookings: 200, Seed: 7, BaseURL: origin})
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range server.IDs() {
		if data := server.Booking(id); raw == nil || distance(len(data), usual) < distance(len(raw), usual) {
			raw = data
		}
	}
	doc, err := document.Parse(raw)
	if err != nil {
		b.Fatal(err)
	}
	uri := doc.Get("customer").Get("uri").Text()
	customer = server.Resource(uri[len(origin+simapi.PathPrefix):])
	if customer == nil {
		b.Fatalf("no customer at %s", uri)
	}
	return raw, customer
}

func distance(a, b int) int { return max(a-b, b-a) }
