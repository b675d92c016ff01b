package resource

import (
	"testing"
	"time"

	"mcis/internal/document"
)

// FuzzDecode: whatever stands in the shared cache, decode returns, and what it takes for an entry it reads again as the same
// when it is written.
func FuzzDecode(f *testing.F) {
	at := time.Date(2026, 1, 31, 10, 0, 0, 500, time.UTC)
	for _, value := range [][]byte{
		encode(absent(Refused, 404, at), nil), encode(absent(Foreign, 0, at), nil),
		encode(Resource{Document: &document.Node{}, ObservedAt: at}, []byte(`{"id":5,"a":[1.50,"é\n"]}`)),
		[]byte(``), []byte(`{"observed_at":"2026-01-31T10:00:00Z"}`), []byte(`{"observed_at":1,"body":{}}`),
		[]byte(`{"observed_at":"2026-01-31T10:00:00Z","reason":"refused","status":"404"}`),
		[]byte(`{"body":{"id":1},"observed_at":"2026-01-31T10:00:00+02:00"}`),
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		r, isEntry := decode(value)
		if !isEntry {
			return
		}
		if (r.Document == nil) == (r.Reason == "") || r.Document != nil && r.Document.Kind() != document.Object {
			t.Fatalf("%q is %+v", value, r)
		}
		if known := map[Reason]bool{Refused: true, Unusable: true, Foreign: true, "": true}; !known[r.Reason] {
			return // of no process's making
		}
		again, isEntry := decode(encode(r, r.Document.JSON()))
		if !isEntry || again.Reason != r.Reason || again.Status != r.Status || !again.ObservedAt.Equal(r.ObservedAt) ||
			string(again.Document.JSON()) != string(r.Document.JSON()) {
			t.Fatalf("%q became %+v", value, again)
		}
	})
}
