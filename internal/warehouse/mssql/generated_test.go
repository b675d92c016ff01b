package mssql_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/resource"
	"mcis/internal/rows"
	"mcis/internal/simapi"
	"mcis/internal/warehouse"
)

// generator makes the rows of simulated bookings as the pipeline does, without its streams.
type generator struct {
	api      *simapi.Server
	mapper   *rows.Mapper
	enricher *enricher.Enricher
	records  []queue.Message // what the enricher has published last
}

func newGenerator(t testing.TB, m *mapping.Mapping, config simapi.Config) *generator {
	t.Helper()
	api, err := simapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{api: api, mapper: rows.NewMapper(m, nil)}
	resources, err := resource.New(resource.Config{}, direct{api}, nothingShared{}, nil, leaks.Logger(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	g.enricher = enricher.New(m, resources, g, leaks.Logger(t.Name()))
	return g
}

// Publish keeps the records of one booking. Their bytes are the enricher's again when it returns.
func (g *generator) Publish(_ context.Context, messages []queue.Message) error {
	g.records = slices.Clone(messages)
	for i := range g.records {
		g.records[i].Data = bytes.Clone(g.records[i].Data)
	}
	return nil
}

// sets are the rows of bookings as they are now, seen at a time.
func (g *generator) sets(t testing.TB, ids []int64, seen time.Time) []*rows.Set {
	t.Helper()
	sets := make([]*rows.Set, 0, len(ids))
	for _, id := range ids {
		message := queue.Message{
			Header: map[string]string{queue.HeaderRun: "run", queue.HeaderExtractedAt: queue.FormatTime(seen)},
			Data:   g.api.Booking(id),
		}
		if err := g.enricher.Handle(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		rec, err := record.Decode(g.records[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		set, err := g.mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	return sets
}

// batches are the batches that a loader makes of bookings.
func batches(m *mapping.Mapping, sets []*rows.Set, size int) []*warehouse.Batch {
	var all []*warehouse.Batch
	for from := 0; from < len(sets); from += size {
		all = append(all, warehouse.NewBatch(m, sets[from:min(from+size, len(sets))]))
	}
	return all
}

// eachTable visits the rows of a batch in the order in which foreign keys allow to insert them.
func eachTable(batch *warehouse.Batch, visit func(*mapping.Table, []rows.Row)) {
	children := make(map[*mapping.Table][]rows.Row)
	var tables []*mapping.Table
	for _, t := range batch.Tables {
		visit(t.Table, t.Rows)
		for _, row := range t.Rows {
			for _, c := range row.Children {
				if children[c.Table] == nil {
					tables = append(tables, c.Table)
				}
				children[c.Table] = append(children[c.Table], c.Rows...)
			}
		}
	}
	for _, t := range tables {
		visit(t, children[t])
	}
}

// direct gets resources from the simulated API without HTTP.
type direct struct{ api *simapi.Server }

// Canonical takes every link as it is.
func (d direct) Canonical(uri string) (string, error) { return uri, nil }

// Fetch gets a resource.
func (d direct) Fetch(_ context.Context, _ queue.Lane, uri string, _ func(time.Duration) bool) ([]byte, error) {
	_, path, _ := strings.Cut(uri, simapi.PathPrefix)
	if body := d.api.Resource(path); body != nil {
		return body, nil
	}
	return nil, &fault.Absent{Status: d.api.Refusal(path), URI: uri}
}

// FetchCollection gets the items of a collection.
func (d direct) FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error) {
	body, err := d.Fetch(ctx, lane, uri, nil)
	if err != nil {
		return nil, err
	}
	var page struct {
		Items []jsontext.Value `json:"items"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, err
	}
	return page.Items, nil
}

// nothingShared is a shared cache that holds nothing.
type nothingShared struct{}

// Get finds nothing.
func (nothingShared) Get(context.Context, string) ([]byte, bool, error) { return nil, false, nil }

// Put forgets.
func (nothingShared) Put(context.Context, string, []byte) error { return nil }

// documents are those of all bookings, as the API has them now.
func (g *generator) documents() [][]byte {
	var all [][]byte
	for _, id := range g.api.IDs() {
		all = append(all, g.api.Booking(id))
	}
	return all
}

// detail is the document that a related resource's URI answers, or nil.
func (g *generator) detail(uri string) []byte {
	_, path, _ := strings.Cut(uri, simapi.PathPrefix)
	return g.api.Resource(path)
}
