package document

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// enriched is a booking's way in an arena: parsed, a detail merged in, members put in, written.
func enriched(t testing.TB, arena *Arena, booking string, detail *Node) string {
	t.Helper()
	doc, err := arena.Parse([]byte(booking))
	if err != nil {
		t.Fatal(err)
	}
	editor := arena.Edit(doc)
	for _, m := range doc.Members() {
		editor.Replace([]string{m.Name}, arena.Merge(m.Value, detail))
	}
	editor.Set([]string{"added"}, detail)
	return string(AppendFields(nil, editor.Document()))
}

// Documents in an arena are those on the heap, whatever was in its memory before; and what they shared with a document on
// the heap is as it was when the arena ends.
func TestArenasAreTheHeap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		detailText := anyObject().Draw(rt, "detail")
		detail := parse(t, detailText)
		for i := range rapid.IntRange(1, 5).Draw(rt, "bookings") {
			text := anyObject().Draw(rt, fmt.Sprint("booking ", i))
			arena := NewArena()
			got := enriched(t, arena, text, detail)
			arena.Free()
			if diff := cmp.Diff(enriched(t, nil, text, detail), got); diff != "" {
				rt.Fatalf("%s: %s", text, diff)
			}
		}
		if diff := cmp.Diff(detailText, string(detail.JSON())); diff != "" {
			rt.Fatalf("the detail changed: %s", diff)
		}
	})
}

// largeBooking is more than an arena begins with.
func largeBooking(members int) string {
	texts := make([]string, members)
	for i := range texts {
		texts[i] = fmt.Sprintf(`"m%d":{"id":%d,"values":[%d]}`, i, i, i)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func TestArenasTakeNoMemoryOfTheirOwn(t *testing.T) {
	text := []byte(largeBooking(200))
	arena := new(Arena)
	run := func() {
		if _, err := arena.Parse(text); err != nil {
			t.Fatal(err)
		}
		arena.reset()
	}
	run()
	// The pool of parsers forgets now and then, under the race detector on purpose.
	if got := testing.AllocsPerRun(100, run); got > 5 {
		t.Errorf("%v allocations to parse 200 objects", got)
	}
}

// What was made in an arena holds nothing when the arena has ended, rather than what is made in it next.
func TestDocumentsEndWithTheirArena(t *testing.T) {
	arena := new(Arena)
	made := func() *Node {
		doc, err := arena.Parse([]byte(largeBooking(200)))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	made()
	arena.reset() // now it knows how much memory it takes
	doc := made()
	id := doc.Get("m7").Get("id")
	text := id.Text()
	arena.reset()
	if id.Kind() != 0 || doc.Kind() != 0 || doc.Members() != nil || !cmp.Equal(doc.JSON(), []byte(nil)) {
		t.Errorf("after its end the document is %s", doc.JSON())
	}
	if text != "7" {
		t.Errorf("the text that was taken became %q", text)
	}
	if again := string(made().JSON()); again != largeBooking(200) {
		t.Errorf("in the same memory the same booking is %s", again)
	}
}

func TestArenasSideBySide(t *testing.T) {
	detail := parse(t, `{"id":1,"more":{"a":[1,2,3]}}`)
	text := largeBooking(50)
	want := enriched(t, nil, text, detail)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				arena := NewArena()
				if got := enriched(t, arena, text, detail); got != want {
					t.Errorf("%s", cmp.Diff(want, got))
				}
				arena.Free()
			}
		})
	}
	group.Wait()
}
