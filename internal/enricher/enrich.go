package enricher

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/resource"
)

// longestGather is how long a booking may wait for its details, at the API's gate above all, before it comes again.
const longestGather = 10 * time.Minute

// found is what was found out about one place of a booking.
type found struct {
	*place
	node *document.Node // what the booking holds there
	resource.Resource
}

// gather gets what all places link to, side by side. When one fails the others are waited for all the same: their requests are under
// way, and when the booking comes again their answers are there.
//
// It does not wait longer than longestGather: whoever holds a worker for hours is taken for stuck, and what came meanwhile is in the
// cache when the booking comes again.
func (e *Enricher) gather(ctx context.Context, doc *document.Node, terms resource.Want) ([]found, error) {
	all := make([]found, 0, len(e.places))
	for i := range e.places {
		p := &e.places[i]
		if node := at(doc, p.link); p.linked(node) {
			all = append(all, found{place: p, node: node})
		}
	}
	if len(all) == 0 {
		return all, nil
	}
	ctx, cancel := context.WithTimeout(ctx, longestGather)
	defer cancel()
	var group errgroup.Group
	for i := range all {
		f := &all[i]
		want := f.want(f.node, terms)
		if resource, isCached := e.cached(f.place, want); isCached {
			f.Resource = resource
			continue
		}
		group.Go(func() error { return e.get(ctx, f, want) })
	}
	return all, group.Wait()
}

// cached spares a goroutine for what the process has.
func (e *Enricher) cached(p *place, want resource.Want) (resource.Resource, bool) {
	if p.isCollection {
		return resource.Resource{}, false
	}
	return e.resources.Cached(want)
}

// get gets what one place links to. A panic is its booking's fault, as one in the handler itself is, and not the process's end.
func (e *Enricher) get(ctx context.Context, f *found, want resource.Want) (err error) {
	defer func() {
		if v := recover(); v != nil {
			e.logger.Error("fetching panicked", "uri", want.URI, "error", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fault.Permanentf(fault.ClassPanic, "%s: fetching panicked: %v", f.name, v)
		}
	}()
	get := e.resources.Get
	if f.isCollection {
		get = e.resources.Collection
	}
	if f.Resource, err = get(ctx, want); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}
