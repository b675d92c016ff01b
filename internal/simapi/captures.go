package simapi

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// capturedBase is what URIs in captures begin with.
const capturedBase = "https://ii.example.test:443" + PathPrefix

// captures are recorded documents: the bookings of one page, and single resources by path.
type captures struct {
	bookings  []capturedBooking
	resources map[string]jsontext.Value
}

type capturedBooking struct {
	raw             jsontext.Value
	start, modified int64
}

// readCaptures reads booking_page.json and resources.json. Bookings that only resources.json has are listed after those
// of the page.
func readCaptures(dir string) (*captures, error) {
	var list struct {
		Items []jsontext.Value `json:"items"`
	}
	c := &captures{}
	for name, into := range map[string]any{"booking_page.json": &list, "resources.json": &c.resources} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read captures: %w", err)
		}
		if err := json.Unmarshal(content, into); err != nil {
			return nil, fmt.Errorf("read captures %s: %w", name, err)
		}
	}
	known := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(c.resources)) {
		if strings.HasPrefix(path, "/booking/") {
			list.Items = append(list.Items, c.resources[path])
		}
	}
	for _, raw := range list.Items {
		if err := c.add(raw, known); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// add makes a booking known to the list and to its own path, once.
func (c *captures) add(raw jsontext.Value, known map[string]bool) error {
	var b struct {
		URI      string    `json:"uri"`
		Start    time.Time `json:"expectedStartDate"`
		Modified time.Time `json:"lastModifiedDate"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return fmt.Errorf("captured booking: %w", err)
	}
	if known[b.URI] {
		return nil
	}
	known[b.URI] = true
	raw = raw.Clone()
	if err := raw.Compact(); err != nil {
		return fmt.Errorf("captured booking %s: %w", b.URI, err)
	}
	c.bookings = append(c.bookings, capturedBooking{raw, b.Start.Unix(), b.Modified.Unix()})
	c.resources[strings.TrimPrefix(b.URI, capturedBase)] = raw
	return nil
}

// list honours window and filter as the API does.
func (c *captures) list(q query, base string) (int, func([]byte, int) []byte) {
	var found []jsontext.Value
	for _, b := range c.bookings {
		if b.start >= q.from && b.start < q.to && (q.since == 0 || b.modified >= q.since) {
			found = append(found, b.raw)
		}
	}
	return len(found), func(b []byte, place int) []byte { return append(b, rebase(found[place], base)...) }
}

func (c *captures) single(b []byte, path, base string, _ paging) ([]byte, int) {
	raw, ok := c.resources[strings.TrimSuffix(path, "/")]
	if !ok {
		return nil, http.StatusNotFound
	}
	return append(b, rebase(raw, base)...), http.StatusOK
}

// rebase makes the URIs in a capture lead here.
func rebase(raw []byte, base string) []byte {
	return bytes.ReplaceAll(raw, []byte(capturedBase), []byte(base))
}
