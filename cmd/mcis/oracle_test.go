package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcis/internal/oracletest"
	"mcis/internal/sharedtest"
	"mcis/internal/simapi"
)

// mostShown is how many differences a failing comparison lists.
const mostShown = 40

// anyExtra counts every row that is not expected.
func anyExtra(string, string) bool { return true }

func compare(t *testing.T, want, got oracletest.Tables, extra func(table, key string) bool) {
	t.Helper()
	differences := oracletest.Differences(want, got, mostShown, extra)
	for _, difference := range differences {
		t.Error(difference)
	}
	if len(differences) == 0 {
		t.Logf("%d cells of %d tables are equal", want.Cells(), len(want))
	}
}

func TestEveryCellOfTheCaptures(t *testing.T) {
	inEachWarehouse(t, everyCellOfTheCaptures)
}

func everyCellOfTheCaptures(t *testing.T, warehouse string) {
	page := sharedtest.Path(t, "api/captures/booking_page.json")
	w := newWorldWith(t, warehouse, simapi.Config{Captures: filepath.Dir(page)})
	out := w.run(func(s *pipelineSettings) {
		s.Listing.From.Time = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		s.Listing.To.Time = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
		s.Listing.Window = "480mo"
	})
	if out.err != nil {
		t.Fatal(out.err)
	}
	bookings, details := captures(t, page)
	const leastBookings = 30
	if len(bookings) < leastBookings {
		t.Fatalf("%d bookings in the captures, expected %d", len(bookings), leastBookings)
	}
	want := oracletest.Expect(t, bookings, func(uri string) []byte {
		_, path, _ := strings.Cut(uri, "/v2")
		return details[path]
	})
	got := oracletest.Read(t.Context(), t, w.open())
	// The server puts its own origin into the links; everything else is as captured.
	asServed(want, "https://ii.example.test:443", w.origin)
	compare(t, want, got, anyExtra)
}

// captures are the captured bookings and resources, straight from the files.
func captures(t *testing.T, page string) (bookings [][]byte, resources map[string][]byte) {
	t.Helper()
	var list struct{ Items []json.RawMessage }
	readJSON(t, page, &list)
	for _, item := range list.Items {
		bookings = append(bookings, item)
	}
	var byPath map[string]json.RawMessage
	readJSON(t, filepath.Join(filepath.Dir(page), "resources.json"), &byPath)
	resources = make(map[string][]byte)
	for path, body := range byPath {
		resources[path] = body
		if strings.HasPrefix(path, "/booking/") {
			bookings = append(bookings, body)
		}
	}
	return bookings, resources
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func asServed(tables oracletest.Tables, captured, served string) {
	for _, rows := range tables {
		for _, row := range rows {
			for column, cell := range row {
				if cell != nil && strings.HasPrefix(*cell, captured) {
					text := served + strings.TrimPrefix(*cell, captured)
					row[column] = &text
				}
			}
		}
	}
}

func TestEveryCellOfGeneratedBookings(t *testing.T) {
	inEachWarehouse(t, everyCellOfGeneratedBookings)
}

func everyCellOfGeneratedBookings(t *testing.T, warehouse string) {
	w := newWorldWith(t, warehouse, simapi.Config{Bookings: scaled(2000), Seed: 7})
	if out := w.run(nil); out.err != nil {
		t.Fatal(out.err)
	}
	first := oracletest.Expect(t, w.bookings(), w.detail)
	held := oracletest.Read(t.Context(), t, w.open())
	compare(t, first, held, anyExtra)
	everyColumnIsFilled(t, first)
	everyScriptIsHeld(t, first, held)
	t.Run("after mutations and a second run", func(t *testing.T) {
		changed := w.api.Mutate(scaled(400), time.Now())
		created := w.api.Create(scaled(50), time.Now())
		if len(changed) == 0 || len(created) == 0 {
			t.Fatal("nothing was changed")
		}
		if out := w.run(func(s *pipelineSettings) { s.Enriching.Refresh = true }); out.err != nil {
			t.Fatal(out.err)
		}
		second := oracletest.Expect(t, w.bookings(), w.detail)
		// What no booking refers to any more stays as it was seen last; refs and requirements do not.
		want := overlaid(first, second)
		held := oracletest.Read(t.Context(), t, w.open())
		compare(t, want, held, anyExtra)
		everyScriptIsHeld(t, want, held)
	})
}

// overlaid is what a warehouse holds after two runs.
func overlaid(first, second oracletest.Tables) oracletest.Tables {
	for table, rows := range first {
		if strings.HasPrefix(table, "BookingRe") {
			continue // children: only the newest set counts
		}
		for key, row := range rows {
			if _, again := second[table][key]; !again {
				second[table][key] = row
			}
		}
	}
	return second
}

// everyColumnIsFilled makes sure that the comparison is about values and not about NULLs.
func everyColumnIsFilled(t *testing.T, tables oracletest.Tables) {
	t.Helper()
	for _, column := range sharedtest.Columns(t) {
		filled := false
		for _, row := range tables[column.Table] {
			if row[column.Name] != nil {
				filled = true
				break
			}
		}
		if !filled && !raceEnabled {
			t.Errorf("%s.%s is NULL in every row", column.Table, column.Name)
		}
	}
}
