package rows

import (
	"testing"

	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/simapi"
)

// largestRecord is the message of the largest of twenty invented bookings.
func largestRecord(t testing.TB) (message []byte) {
	t.Helper()
	server := inventedServer(t, simapi.Config{Bookings: 20, Seed: 7})
	for _, id := range server.IDs() {
		data, err := record.Encode(invented(t, server, id))
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > len(message) {
			message = data
		}
	}
	return message
}

// BenchmarkLoadOneRecord is what the loader does with a message before the warehouse sees it.
func BenchmarkLoadOneRecord(b *testing.B) {
	message := largestRecord(b)
	mapper := NewMapper(mapping.Default(), nil)
	rec, err := record.Decode(message)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(message)))
		b.ReportAllocs()
		for b.Loop() {
			arena := document.NewArena() // as the loader does
			if _, err := record.DecodeIn(arena, message); err != nil {
				b.Fatal(err)
			}
			arena.Free()
		}
	})
	b.Run("rows", func(b *testing.B) {
		b.SetBytes(int64(len(message)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mapper.Rows(rec); err != nil {
				b.Fatal(err)
			}
		}
	})
}
