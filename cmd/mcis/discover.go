package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/upstream"
)

// discoverCommand looks at what a collection holds, which no document of the API says.
type discoverCommand struct {
	API      cli.API       `embed:""`
	Mapping  cli.Mapping   `embed:""`
	Paging   stages.Paging `embed:""`
	Period   stages.Period `embed:""`
	Log      cli.Log       `embed:""`
	Bookings int           `name:"bookings" default:"200" help:"How many bookings are looked at; each costs a request."`
	Kind     string        `arg:"" name:"collection" help:"jobOffer, incidental, videoSession or bookingCriteria."`
}

// Run prints columns for what the collection's items hold and their table does not, as lines of a mapping file.
func (c *discoverCommand) Run(ctx context.Context, streams cli.Streams) error {
	c.Mapping.Collections = []string{c.Kind}
	m, err := c.Mapping.Load()
	if err != nil {
		return err
	}
	period, err := c.Period.Since(c.Paging.From)
	if err := cmp.Or(err, c.Paging.Check(), cli.Positive("--bookings", c.Bookings)); err != nil {
		return err
	}
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	client, err := stages.Client(c.API, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	s := sampling{client: client, collection: m.Collections()[0], left: c.Bookings}
	query := booking.Query{From: period.From, To: period.To, PageSize: min(c.Paging.PageSize, c.Bookings)}
	if err := s.pages(ctx, query); err != nil {
		return err
	}
	return s.print(streams.Out, m)
}

// sampling is the items of a collection of some bookings.
type sampling struct {
	client     *upstream.Client
	collection mapping.Collection
	left       int // bookings still to look at
	bookings   int
	items      []jsontext.Value
}

// pages looks at the bookings of pages until there are enough.
func (s *sampling) pages(ctx context.Context, query booking.Query) error {
	for number := 1; ; number++ {
		page, err := s.client.ListPage(ctx, query, number)
		if err != nil {
			return err
		}
		for _, raw := range page.Items {
			if err := s.look(ctx, raw); err != nil {
				return err
			}
			if s.left == 0 {
				return nil
			}
		}
		if number >= page.NumPages {
			return nil
		}
	}
}

// look gets a booking's collection. One that is not to be had is passed over.
func (s *sampling) look(ctx context.Context, raw jsontext.Value) error {
	doc, err := document.Parse(raw)
	if err != nil {
		return nil // a loader would dead-letter it
	}
	link := doc
	for _, step := range s.collection.Link {
		link = link.Get(step)
	}
	if link.Text() == "" {
		return nil
	}
	items, err := s.client.FetchCollection(ctx, link.Text())
	if err != nil && fault.AsAbsent(err) == nil {
		return err
	}
	s.left--
	s.bookings++
	s.items = append(s.items, items...)
	return nil
}

func (s *sampling) print(out io.Writer, m *mapping.Mapping) error {
	table := s.table(m)
	suggestions, err := mapping.Discover(s.items, table)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "# %s of %s in %s; columns for what %s does not hold yet:\n",
		plural(len(s.items), "item"), s.collection.Kind, plural(s.bookings, "booking"), table.Name)
	for _, column := range suggestions {
		fmt.Fprintf(out, "      %s  # in %d\n", cli.OneLine(column.String()), column.Seen)
	}
	return nil
}

// table is the table that the collection's items are rows of.
func (s *sampling) table(m *mapping.Mapping) *mapping.Table {
	at := slices.IndexFunc(m.Tables, func(t *mapping.Table) bool {
		return slices.ContainsFunc(t.Sources, func(source mapping.Source) bool {
			return len(source.Path) > 0 && source.Path[0] == s.collection.Path[0]
		})
	})
	return m.Tables[at] // a collection that is on has one
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}
