package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/verifier"
)

// verified is what a verification found, and its exit code.
func verified(t *testing.T, args ...string) (code int, report verifier.Report) {
	t.Helper()
	code, out, stderr := call(t, append([]string{"verify", "--json"}, args...)...)
	if code != cli.ExitDone && code != cli.ExitRejects {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	decode(t, out, &report)
	return code, report
}

// counts are those of a report that a test compares.
type counts struct{ Listed, Same, Missing, Older, Dead, NotBookings, Surplus, Marked, Unclear, Repaired int }

func countsOf(r verifier.Report) counts {
	return counts{r.Listed, r.Same, r.Missing, r.Older, r.Dead, r.NotBookings, r.Surplus, r.Marked, r.Unclear, r.Repaired}
}

// expect verifies and compares.
func expect(t *testing.T, code int, want counts, args ...string) verifier.Report {
	t.Helper()
	got, report := verified(t, args...)
	if diff := cmp.Diff(want, countsOf(report)); diff != "" || got != code {
		t.Errorf("verify %v: exit code %d, expected %d\n%s", args, got, code, diff)
	}
	return report
}

// damage is what was done to a warehouse that was complete.
type damage struct {
	surplus, missing, dead int64
	older                  []int64
}

func TestVerifyFindsAndMends(t *testing.T) {
	const bookings = 120
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 93})
	p.environment()
	if out := p.run(nil); out.err != nil {
		t.Fatal(out.err)
	}
	expect(t, cli.ExitDone, counts{Listed: bookings, Same: bookings})
	code, text, stderr := call(t, "verify")
	if says(t, text, `^ *listed +120\b`, `^ *missing +0\b`, `^nothing is off`); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, stderr)
	}

	done := p.damage()
	const listed, off = bookings - 1, 4
	found := counts{Listed: listed, Same: listed - off, Missing: 1, Older: 2, Dead: 1, Surplus: 1}
	done.named(t, expect(t, cli.ExitRejects, found))
	p.damageInText(done)

	repaired, before := found, p.published()
	repaired.Repaired = off
	expect(t, cli.ExitRejects, repaired, "--repair")
	if again := p.publishedAfter(before); !slices.Equal(again, done.toRepair()) {
		t.Errorf("%v were published again, expected %v", again, done.toRepair())
	}
	p.drain()
	expect(t, cli.ExitRejects, counts{Listed: listed, Same: listed, Surplus: 1})

	expect(t, cli.ExitDone, counts{Listed: listed, Same: listed, Surplus: 1, Marked: 1}, "--mark-deleted")
	if marked := p.ids("SELECT booking_id FROM Booking WHERE _deleted_at IS NOT NULL"); len(marked) != 1 || !marked[done.surplus] {
		t.Errorf("marked are %v, expected %d", marked, done.surplus)
	}
	if rows := p.ids("SELECT booking_id FROM Booking"); len(rows) != bookings {
		t.Errorf("%d bookings are in the warehouse: nothing is to be deleted", len(rows))
	}
	expect(t, cli.ExitDone, counts{Listed: listed, Same: listed})
}

// damage makes a warehouse differ from the source in every way.
func (p *processes) damage() (done damage) {
	p.t.Helper()
	done.surplus = p.api.Delete(1)[0]
	done.older = p.api.Mutate(2, time.Now())
	slices.Sort(done.older)
	for _, id := range p.api.IDs() {
		switch {
		case slices.Contains(done.older, id):
		case done.missing == 0:
			done.missing = id
		case done.dead == 0:
			done.dead = id
		}
	}
	p.remove(done.missing)
	p.remove(done.dead)
	p.kill(done.dead)
	return done
}

// remove takes a booking out of the warehouse, its children first.
func (p *processes) remove(id int64) {
	p.t.Helper()
	db := p.database()
	for _, table := range []string{
		"BookingRefs", "BookingRequirements", "BookingInvalidFields", "BookingOverriddenRequirements", "BookingConsumers", "Booking",
	} {
		if _, err := db.Exec(`DELETE FROM "`+table+`" WHERE booking_id = ?`, id); err != nil {
			p.t.Fatal(err)
		}
	}
}

// kill dead-letters the message of a booking.
func (p *processes) kill(id int64) {
	p.t.Helper()
	cause := &fault.Permanent{Class: fault.ClassExhausted, Err: errors.New("will not do")}
	killed := 0
	err := p.conn.Read(p.t.Context(), stream.Bookings, stream.Span{}, func(m queue.Message) error {
		if m.Subject != queue.BookingSubject(queue.Backfill, id) {
			return nil
		}
		killed++
		return p.conn.DeadLetter(p.t.Context(), enricher.Stage, m, cause)
	})
	if err != nil || killed != 1 {
		p.t.Fatalf("%d messages of booking %d: %v", killed, id, err)
	}
}

// toRepair are the bookings that are to be published again.
func (d damage) toRepair() []int64 {
	ids := append([]int64{d.missing, d.dead}, d.older...)
	slices.Sort(ids)
	return ids
}

// named makes sure that the report names what was damaged.
func (d damage) named(t *testing.T, report verifier.Report) {
	t.Helper()
	named := make(map[verifier.Kind][]int64)
	for kind, samples := range report.Samples {
		for _, sample := range samples {
			named[kind] = append(named[kind], sample.ID)
		}
		slices.Sort(named[kind])
	}
	want := map[verifier.Kind][]int64{
		verifier.Missing: {d.missing}, verifier.Older: d.older, verifier.Dead: {d.dead}, verifier.Surplus: {d.surplus},
	}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Error(diff)
	}
	if dead := report.Samples[verifier.Dead]; len(dead) == 1 && (dead[0].Stage != enricher.Stage || dead[0].Reason != "will not do") {
		t.Errorf("the dead letter is %+v", dead[0])
	}
	if !report.DeadLookedAt || !report.SurplusLookedFor || report.OnTheirWay == nil || *report.OnTheirWay != 0 {
		t.Errorf("DEAD looked at %v, surplus looked for %v, on their way %v", report.DeadLookedAt, report.SurplusLookedFor, report.OnTheirWay)
	}
}

// damageInText makes sure that people are told as much as machines, and how many letters are dead only where NATS is there.
func (p *processes) damageInText(done damage) {
	p.t.Helper()
	code, text, stderr := call(p.t, "verify", "--samples", "1")
	if code != cli.ExitRejects || !strings.Contains(stderr, "see the report") {
		p.t.Errorf("exit code %d\n%s", code, stderr)
	}
	id := func(id int64) string { return "^  " + strconv.FormatInt(id, 10) + " .*" }
	says(p.t, text, `^ *listed +119\b`, `^ *same +115\b`, `^ *missing +1\b`, `^ *older +2\b`, `^ *dead +1\b`, `^ *surplus +1\b`, `^ *unclear +0\b`,
		`^older, 1 of 2`, id(done.missing), id(done.older[0])+"version", id(done.dead)+`enricher\.\S+: will not do`, id(done.surplus)+"version",
		`^--repair publishes the 1 missing, 2 older and 1 dead bookings again`, `^--mark-deleted marks the 1 surplus`)
	p.t.Setenv("NATS_URL", "")
	if code, text, stderr = call(p.t, "verify"); code != cli.ExitRejects {
		p.t.Errorf("without NATS: exit code %d\n%s", code, stderr)
	}
	says(p.t, text, `^DEAD was not looked at`, `^ *missing +2\b`, `^ *dead +0\b`)
	if code, _, stderr = call(p.t, "verify", "--repair"); code != cli.ExitUsage || !strings.Contains(stderr, "NATS_URL is missing") {
		p.t.Errorf("--repair without NATS: exit code %d\n%s", code, stderr)
	}
	p.t.Setenv("NATS_URL", p.natsURL)
}

// publishedAfter are the bookings that were published after so many.
func (p *processes) publishedAfter(before int) (ids []int64) {
	p.t.Helper()
	seen := 0
	err := p.conn.Read(p.t.Context(), stream.Bookings, stream.Span{}, func(m queue.Message) error {
		if seen++; seen <= before {
			return nil
		}
		id, err := strconv.ParseInt(strings.TrimPrefix(m.Subject, queue.SubjectBookings+"."), 10, 64)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// drain lets enricher and loader get through.
func (p *processes) drain() {
	p.t.Helper()
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := p.assemble(ctx, defaults(p.t)).run(ctx, func(context.Context) error { return nil }); err != nil {
		p.t.Fatal(err)
	}
}

func TestVerifyCountsWhatIsNoBooking(t *testing.T) {
	const bookings = 80
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 94, Faults: simapi.Faults{BadBooking: 0.1}})
	p.environment()
	bad, beyond := 0, 0 // beyond the column, that is: such an id is a booking's all the same
	for _, id := range p.api.IDs() {
		if p.api.Defect(id).Kind != simapi.DefectKey {
			continue
		}
		if bad++; hasID(p.api.Booking(id)) {
			beyond++
		}
	}
	if out := p.run(nil); bad == beyond || beyond == 0 || !errors.Is(out.err, cli.ErrRejects) {
		t.Fatalf("%d bookings have a bad id, %d of them one beyond the column: %v", bad, beyond, out.err)
	}
	want := counts{Listed: bookings, Same: bookings - bad, Dead: bad, NotBookings: bad - beyond}
	expect(t, cli.ExitRejects, want)
	_, text, _ := call(t, "verify")
	says(t, text, `^`+strconv.Itoa(bad-beyond)+` items? without a usable id: only the source can mend that`,
		`^--repair publishes the `+strconv.Itoa(beyond)+` dead bookings again`)
	before := p.published()
	want.Repaired = beyond
	expect(t, cli.ExitRejects, want, "--repair")
	if after := p.published(); after != before+beyond {
		t.Errorf("%d messages were published, expected %d: only the source can mend what has no id", after-before, beyond)
	}
}

func hasID(raw []byte) bool {
	_, err := booking.Identify(raw)
	return err == nil
}

func TestVerifyWithoutAWarehouse(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 5})
	p.environment()
	for _, args := range [][]string{{"verify"}, {"verify", "--mark-deleted"}, {"verify", "--repair"}} {
		code, out, stderr := call(t, append(args, "--warehouse-url", "sqlite:w.db")...)
		if code != cli.ExitUsage || !strings.Contains(stderr, "WAREHOUSE_URL names a file that is not there") {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, stderr)
		}
	}
	if _, err := os.Stat("w.db"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	if err := os.WriteFile("w.db", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := call(t, "verify", "--warehouse-url", "sqlite:w.db")
	if code == cli.ExitDone || !strings.Contains(stderr, "needs") || !strings.Contains(stderr, "mcis schema migrate") {
		t.Errorf("exit code %d\n%s%s", code, out, stderr)
	}
	if info, err := os.Stat("w.db"); err != nil || info.Size() > 0 {
		t.Errorf("the file was changed: %v, %v", info, err)
	}
	if p.listed() > 0 {
		t.Errorf("%d pages were listed in vain", p.listed())
	}
}
