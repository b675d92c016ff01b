package loader_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

func TestWhatTheWarehouseRefusesIsBisected(t *testing.T) {
	const n = 64
	tests := []struct {
		name      string
		statement string
		member    string // of the bad records
		bad       []int
		table     string
		most      int // transactions
	}{
		{"a trigger", `CREATE TRIGGER g BEFORE INSERT ON Booking WHEN new.note = 'forbidden' BEGIN SELECT raise(ABORT, 'not on a Sunday'); END`,
			`,"note":"forbidden","rate":"?"`, []int{37}, "Booking", 2*6 + 1},
		{"a trigger of a child", `CREATE TRIGGER g BEFORE INSERT ON BookingRefs WHEN new.ref_id = 13 BEGIN SELECT raise(ABORT, 'unlucky'); END`,
			`,"refs":[{"id":12},{"id":13}]`, []int{1, 64}, "BookingRefs", 4*6 + 1},
		{"a unique index", `CREATE UNIQUE INDEX one_rate ON Booking (rate)`, `,"rate":2.25`, []int{2, 40}, "Booking", 2*6 + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFile(t)
			f.exec(t, test.statement)
			var batch []queue.Message
			for id := 1; id <= n; id++ {
				batch = append(batch, message(t, id, `,"customer":{"id":7}`))
			}
			for _, id := range test.bad {
				batch[id-1] = message(t, id, test.member)
			}
			l := newLoader(f.mapping, f)
			errs := l.Handle(t.Context(), batch)
			var refused []int
			for i, err := range errs {
				if err == nil {
					continue
				}
				refused = append(refused, i+1)
				if p := fault.AsPermanent(err); p == nil || p.Class != fault.ClassConstraint || p.Table != test.table {
					t.Errorf("booking %d: %v", i+1, err)
				}
			}
			want := test.bad
			if strings.Contains(test.name, "unique") {
				want = want[1:] // the first of the two has the rate then
			}
			if diff := cmp.Diff(want, refused); diff != "" {
				t.Errorf("refused: %s", diff)
			}
			if loaded := len(f.ids(t)); loaded != n-len(want) || l.Totals().Bookings != loaded {
				t.Errorf("%d loaded, %d counted", loaded, l.Totals().Bookings)
			}
			if bad := l.Totals().BadValues; len(bad) > 0 {
				t.Errorf("bad values of a record that was not loaded are counted: %v", bad)
			}
			if len(f.batches) > test.most {
				t.Errorf("%d transactions, expected at most %d", len(f.batches), test.most)
			}
		})
	}
}

// refusing is a warehouse that refuses some bookings and fails now and then. It keeps what it took.
type refusing struct {
	bad   map[string]bool
	fails map[int]error // by the number of the load
	loads int
	taken map[string]int
}

func (r *refusing) Load(_ context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	r.loads++
	if err := r.fails[r.loads]; err != nil {
		return warehouse.Result{}, err
	}
	for _, row := range batch.Tables[0].Rows {
		if r.bad[row.Key] {
			return warehouse.Result{}, fmt.Errorf("load: %w", &fault.Permanent{Class: fault.ClassConstraint, Err: errors.New("refused " + row.Key)})
		}
	}
	for _, row := range batch.Tables[0].Rows {
		r.taken[row.Key]++
	}
	return warehouse.Result{Bookings: batch.Bookings}, nil
}

// TestExactlyTheBadOnesAreRefused: whatever is refused and whenever the warehouse is away meanwhile, every sound
// record is committed once, and every other has an error of its own.
func TestExactlyTheBadOnesAreRefused(t *testing.T) {
	m, err := mapping.Load("tables", []byte(tables))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := &refusing{bad: map[string]bool{}, fails: map[int]error{}, taken: map[string]int{}}
		var batch []queue.Message
		for id := 1; id <= rapid.IntRange(1, 20).Draw(rt, "records"); id++ {
			batch = append(batch, message(t, id, ""))
			w.bad[fmt.Sprint(id)] = rapid.IntRange(0, 4).Draw(rt, "bad") == 0
		}
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 40), 0, 5).Draw(rt, "away at") {
			w.fails[n] = errors.New("away")
		}
		for i, err := range newLoader(m, w).Handle(rt.Context(), batch) {
			key := fmt.Sprint(i + 1)
			switch permanent := fault.AsPermanent(err); {
			case w.bad[key] && (permanent == nil || !strings.HasSuffix(err.Error(), "refused "+key)):
				rt.Fatalf("booking %s: %v", key, err)
			case !w.bad[key] && (err != nil || w.taken[key] != 1):
				rt.Fatalf("booking %s was taken %d times, error %v", key, w.taken[key], err)
			}
		}
	})
}

// TestNothingIsTriedAfterAFatalError breaks the warehouse in the midst of a bisection.
func TestNothingIsTriedAfterAFatalError(t *testing.T) {
	m, err := mapping.Load("tables", []byte(tables))
	if err != nil {
		t.Fatal(err)
	}
	w := &refusing{bad: map[string]bool{"1": true}, taken: map[string]int{}, fails: map[int]error{
		3: &fault.Fatal{Err: errors.New("the password has expired")}, // 1: all four, 2: 1 and 2, 3: 1 alone
	}}
	l := newLoader(m, w)
	errs := l.Handle(t.Context(), []queue.Message{message(t, 1, ""), message(t, 2, ""), message(t, 3, ""), message(t, 4, "")})
	if diff := cmp.Diff([]string{"fatal", "fatal", "fatal", "fatal"}, classes(errs)); diff != "" || w.loads != 3 {
		t.Errorf("%d loads: %s", w.loads, diff)
	}
}
