package resource_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/resource"
)

const offers = "/booking/1/jobOffer/"

func (p *process) offers(t *testing.T) (resource.Resource, error) {
	t.Helper()
	return p.Collection(t.Context(), resource.Want{URI: offers, Kind: "jobOffer"})
}

func TestCollection(t *testing.T) {
	tests := map[string]struct{ items, want string }{
		"none": {"", `[]`},
		"one":  {`{"id":1}`, `[{"id":1}]`},
		"many": {`{"id":1,"rate":1.50} null {"id":2}`, `[{"id":1,"rate":1.50},null,{"id":2}]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFleet(newAPI(map[string]string{offers: test.items}))
			p := f.process(t, resource.Config{})
			for range 2 {
				r, err := p.offers(t)
				if got := string(r.Document.JSON()); err != nil || got != test.want {
					t.Errorf("%s, %v", got, err)
				}
			}
			if asked := f.api.count(offers); asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			if len(f.shared.values) != 1 || f.claims.taken > 0 {
				t.Errorf("shared %v, %d claims: it belongs to one booking, which one process has in hand at a time", f.shared.values, f.claims.taken)
			}
			wantCounts(t, p, "jobOffer", resource.Counts{API: 1, Process: 1})
			other := f.process(t, resource.Config{}) // which has the booking in hand when the next sync repeats it
			if r, err := other.offers(t); err != nil || string(r.Document.JSON()) != test.want {
				t.Errorf("another process: %s, %v", r.Document.JSON(), err)
			}
			wantCounts(t, other, "jobOffer", resource.Counts{Shared: 1})
		})
	}
}

func TestCollectionsThatAreNotToBeHad(t *testing.T) {
	tests := map[string]struct {
		err    error
		items  string
		reason resource.Reason
		status int
	}{
		"404":            {err: refusal(404), reason: resource.Refused, status: 404},
		"foreign":        {err: errForeign, reason: resource.Foreign},
		"a member twice": {items: `{"id":1} {"id":2,"id":2}`, reason: resource.Unusable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := alone(t, newAPI(map[string]string{offers: test.items}))
			p.api.set(offers, test.err)
			for range 2 {
				if r, err := p.offers(t); err != nil || r.Document != nil || r.Reason != test.reason || r.Status != test.status {
					t.Errorf("%+v, %v", r, err)
				}
			}
			if asked := p.api.count(offers); asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// TestCollectionIsNoResource: one link in both places is two things.
func TestCollectionIsNoResource(t *testing.T) {
	p := alone(t, newAPI(map[string]string{offers: `{"id":1}`}))
	single := p.mustGet(t, resource.Want{URI: offers})
	all, err := p.offers(t)
	if err != nil || string(single.Document.JSON()) != `{"id":1}` || string(all.Document.JSON()) != `[{"id":1}]` {
		t.Errorf("%s, %s, %v", single.Document.JSON(), all.Document.JSON(), err)
	}
}

func TestCollectionIsAskedForOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, newAPI(map[string]string{offers: `{"id":1}`}))
		p.api.before = func(context.Context, string, int) error { time.Sleep(time.Second); return nil }
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if r, err := p.offers(t); err != nil || r.Document == nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if asked := p.api.count(offers); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		wantCounts(t, p, "jobOffer", resource.Counts{API: 1, Waited: 19})
	})
}

func TestCollectionThatFailsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		p.mustGet(t, resource.Want{URI: uri5}) // the control, which is a resource all the same
		p.api.set(offers, errServer)
		for range 10 {
			if _, err := p.offers(t); !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
		}
		if asked := p.api.count(offers); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		for {
			r, err := p.offers(t)
			if err == nil {
				if r.Reason != resource.GaveUp {
					t.Errorf("%+v", r)
				}
				return
			}
			time.Sleep(time.Second)
		}
	})
}

// TestCollectionIsNoControl: what another resource's failure is compared with is a resource.
func TestCollectionIsNoControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, newAPI(map[string]string{offers: `{"id":1}`}))
		p.api.set(uri5, errServer)
		for range 2 { // fetched, then cached
			if _, err := p.offers(t); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if _, err := p.get(t, uri5); !errors.Is(err, errServer) {
				t.Errorf("error is %v", err)
			}
			time.Sleep(time.Minute)
		}
		if diff := cmp.Diff(map[string]int{offers: 1, uri5: 3}, p.api.counts()); diff != "" {
			t.Error(diff)
		}
	})
}
