package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/deadletter"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/oracletest"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/status"
	"mcis/internal/stream"
)

// listed is what dlq list says.
func listedLetters(t *testing.T, args ...string) (list struct {
	Letters int
	Groups  []deadletter.Group
}) {
	t.Helper()
	code, out, stderr := call(t, append([]string{"dlq", "list", "--json"}, args...)...)
	if code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	decode(t, out, &list)
	return list
}

// TestMappingMistakeIsMendedAndRetried: a column with a wrong path dead-letters bookings; with the mapping mended, a retry completes the
// warehouse.
func TestMappingMistakeIsMendedAndRetried(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: scaled(600), Seed: 71})
	want := oracletest.Expect(t, p.bookings(), p.detail)
	root, err := os.Getwd() // where the oracle finds what it compares with
	if err != nil {
		t.Fatal(err)
	}
	p.environment()
	wrong := bytes.Replace(mapping.Embedded(), []byte("path: placeOfAppointment"), []byte("path: company"), 1)
	file := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(file, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.run(func(s *pipelineSettings) { s.Mapping.File, s.Loading.OnBadValue = file, "reject" })
	if out.err != nil {
		t.Fatal(out.err)
	}
	dead := int(out.dead["mcis.dead.loader.value"])
	if loaded := p.ids("SELECT booking_id FROM Booking"); dead == 0 || len(loaded) != len(p.api.IDs())-dead {
		t.Fatalf("%d letters, %d bookings loaded", dead, len(loaded))
	}
	list := listedLetters(t)
	if g := list.Groups[0]; list.Letters != dead || len(list.Groups) != 1 || g.Count != dead || g.Column != "place_of_appointment" || g.Sample.Booking == 0 ||
		!strings.HasPrefix(g.Message, "an object where text belongs (row #;") {
		t.Errorf("%d letters in groups %+v", list.Letters, list.Groups)
	}
	code, text, _ := call(t, "dlq", "retry", "--all", "--dry-run")
	if says(t, text, "^would retry "+strconv.Itoa(dead)+", refused 0$"); code != cli.ExitDone || listedLetters(t).Letters != dead {
		t.Errorf("exit code %d of a dry run", code)
	}

	code, text, stderr := call(t, "dlq", "retry", "--all")
	if says(t, text, "^retried "+strconv.Itoa(dead)+", refused 0$"); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	var report status.Report
	if _, text, _ = call(t, "status", "--json"); text != "" {
		decode(t, text, &report)
	}
	if report.Dead.Total != 0 || report.At.IsZero() {
		t.Errorf("the status still counts %d dead letters", report.Dead.Total)
	}
	p.drain()
	t.Chdir(root)
	compare(t, want, oracletest.Read(t.Context(), t, p.open()), anyExtra)
	if n := listedLetters(t).Letters; n != 0 {
		t.Errorf("%d letters are left", n)
	}
	if code, report := verified(t); code != cli.ExitDone || report.Same != len(p.api.IDs()) {
		t.Errorf("verify: exit code %d, %+v", code, countsOf(report))
	}
}

// TestLettersThatDieAgainAreNotRetriedForEver: they are new letters, behind the end of the retry.
func TestLettersThatDieAgainAreNotRetriedForEver(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 60, Seed: 72, Faults: simapi.Faults{BadValue: 0.3, BadBooking: 0.1}})
	p.environment()
	reject := func(s *pipelineSettings) { s.Loading.OnBadValue = "reject" }
	out := p.run(reject)
	values, keys := int(out.dead["mcis.dead.loader.value"]), int(out.dead["mcis.dead.producer.key"])+int(out.dead["mcis.dead.loader.key"])
	if values == 0 || keys == 0 {
		t.Fatalf("dead are %v", out.dead)
	}
	code, text, _ := call(t, "dlq", "retry", "--class", "value")
	if says(t, text, "^retried "+strconv.Itoa(values)+", refused 0$"); code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	if n := listedLetters(t, "--class", "value").Letters; n != 0 {
		t.Errorf("%d of the letters are left before anything ran", n)
	}
	before := p.deadLetters()
	settings := defaults(t)
	reject(&settings)
	if err := p.assemble(t.Context(), settings).run(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := listedLetters(t, "--class", "value").Letters; n != values {
		t.Errorf("%d died again, expected %d", n, values)
	}
	last := before[len(before)-1].Sequence
	for _, letter := range p.deadLetters() {
		if letter.Header[queue.HeaderClass] == "value" && letter.Sequence <= last {
			t.Errorf("letter %d is one of before", letter.Sequence)
		}
	}
	code, text, _ = call(t, "dlq", "retry", "--stage", "producer")
	if says(t, text, `^retried 0, refused \d+$`, `without a usable id`); code != cli.ExitRejects {
		t.Errorf("items without an id: exit code %d", code)
	}
}

// bury publishes a booking and dead-letters it, as a stage does, and returns the letter's sequence.
func (p *processes) bury(stage string, m queue.Message, cause *fault.Permanent) uint64 {
	p.t.Helper()
	if m.Stream == "" {
		if err := p.conn.Publish(p.t.Context(), []queue.Message{m}); err != nil {
			p.t.Fatal(err)
		}
		stat, err := p.conn.Stat(p.t.Context(), stream.Bookings)
		if err != nil {
			p.t.Fatal(err)
		}
		m.Stream, m.Sequence, m.Delivered = stream.Bookings, stat.Last, 2
	}
	if err := p.conn.DeadLetter(p.t.Context(), stage, m, cause); err != nil {
		p.t.Fatal(err)
	}
	stat, err := p.conn.Stat(p.t.Context(), stream.Dead)
	if err != nil {
		p.t.Fatal(err)
	}
	return stat.Last
}

func aBooking(id int64, notes string) queue.Message {
	text := strconv.FormatInt(id, 10)
	return queue.Message{
		Subject: queue.BookingSubject(queue.Backfill, id), ID: text + "/1//run-1", Data: []byte(`{"id":` + text + `,"notes":"` + notes + `"}`),
		Header: map[string]string{queue.HeaderRun: "run-1", queue.HeaderWindow: "2024-01-01/2024-02-01"},
	}
}

func TestListAndShow(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 1})
	p.environment()
	long := strings.Repeat("é", 6000)
	p.bury(enricher.Stage, aBooking(11, "short"), fault.Permanentf(fault.ClassExhausted, "given up after 500 deliveries"))
	p.bury(enricher.Stage, aBooking(12, long), fault.Permanentf(fault.ClassExhausted, "given up after 501 deliveries"))
	p.bury(loader.Stage, aBooking(13, "x"), &fault.Permanent{Class: fault.ClassKey, Table: "Visit", Column: "visit_id", Err: os.ErrInvalid})
	if err := p.conn.Delete(t.Context(), stream.Bookings, 2); err != nil {
		t.Fatal(err)
	}

	_, text, _ := call(t, "dlq", "list")
	says(t, text, `^2 × enricher exhausted: given up after # deliveries$`, `sequence 1, 2; booking 11$`, `^1 × loader key Visit\.visit_id: invalid argument$`, `^3 dead letters in all$`)
	_, text, _ = call(t, "dlq", "list", "--each", "--booking", "12")
	if says(t, text, `^2 \S+ \S+ enricher exhausted booking 12: given up after 501 deliveries$`); strings.Count(text, "\n") != 1 {
		t.Errorf("more than the letters of booking 12:\n%s", text)
	}
	_, text, _ = call(t, "dlq", "list", "--each", "--json", "--table", "visit")
	var line letterLine
	if err := json.Unmarshal([]byte(text), &line); err != nil || line.Sequence != 3 || line.Booking != 13 || !line.Whole || line.Stream != "BOOKINGS" {
		t.Errorf("%v: %s", err, text)
	}
	p.bury(loader.Stage, aBooking(14, "x\u009b31m"), fault.Permanentf(fault.ClassPanic, "a \x1b[31mred name"))
	for _, args := range [][]string{{"list", "--booking", "14"}, {"list", "--each", "--booking", "14"}, {"show", "4"}} {
		if _, text, _ = call(t, append([]string{"dlq"}, args...)...); strings.ContainsAny(text, "\x1b\u009b") || !strings.Contains(text, `\x1b[`) {
			t.Errorf("%v lets control characters through to a terminal:\n%q", args, text)
		}
	}
	if _, text, _ = call(t, "dlq", "list", "--match", "no such"); text != "no dead letters\n" {
		t.Errorf("%q", text)
	}

	code, text, _ := call(t, "dlq", "show", "1", "2")
	if code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	says(t, text, `^letter 1, stored `, `origin +BOOKINGS 1, mcis\.bookings\.11: it still stands there$`, `BOOKINGS 2, mcis\.bookings\.12: it is not there any more$`,
		`deliveries +2$`, `^    "notes": "short"$`, `Mcis-Origin-Msg-Id: +11/1//run-1$`, `more bytes, shown with --full$`)
	if strings.Contains(text, long) {
		t.Error("all of a long document is shown without --full")
	}
	if _, text, _ = call(t, "dlq", "show", "2", "--full"); !strings.Contains(text, long) {
		t.Error("not all of the document is shown with --full")
	}
	if code, _, stderr := call(t, "dlq", "show", "99"); code != cli.ExitFailed || !strings.Contains(stderr, "letter 99: there is no such letter") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

func TestDrop(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 1})
	p.environment()
	for id := range int64(4) {
		p.bury(loader.Stage, aBooking(id+1, "x"), fault.Permanentf(fault.ClassValue, "not a date"))
	}
	p.bury(enricher.Stage, aBooking(9, "x"), fault.Permanentf(fault.ClassPanic, "handler panicked"))
	for _, args := range [][]string{{"--all"}, {"--class", "value"}, {"1", "--all", "--yes"}, {"--yes"}, {"1", "--stage", "loader", "--yes"}} {
		if code, out, stderr := call(t, append([]string{"dlq", "drop"}, args...)...); code != cli.ExitUsage {
			t.Errorf("drop %v: exit code %d\n%s%s", args, code, out, stderr)
		}
	}
	if n := listedLetters(t).Letters; n != 5 {
		t.Fatalf("%d letters are left", n)
	}
	code, text, _ := call(t, "dlq", "drop", "--yes", "2", "77")
	if says(t, text, `^1 × loader value`, `^letter 77: there is no such letter`, `^dropped 1$`); code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	code, text, _ = call(t, "dlq", "drop", "--yes", "--class", "value", "--erase")
	if says(t, text, `^3 × loader value: not a date$`, `^3 dead letters in all$`, `^dropped 3$`); code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	if list := listedLetters(t); list.Letters != 1 || list.Groups[0].Class != "panic" {
		t.Errorf("%+v", list)
	}
	if code, text, _ = call(t, "dlq", "drop", "--yes", "--class", "value"); code != cli.ExitDone || text != "no dead letters\n" {
		t.Errorf("exit code %d, %q", code, text)
	}
}

func TestConfirmation(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\r\n": true, " YES ": true, "\n": false, "": false, "n\n": false, "yesterday\n": false} {
		var out bytes.Buffer
		if got := confirmed(strings.NewReader(answer), &out, "Drop 3 letters for good?"); got != want || out.String() != "Drop 3 letters for good? [y/N] " {
			t.Errorf("%q is %v, %q", answer, got, out.String())
		}
	}
}

func TestRetryChoosesLetters(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 1})
	p.environment()
	for id := range int64(3) {
		p.bury(enricher.Stage, aBooking(id+1, "x"), fault.Permanentf(fault.ClassExhausted, "no luck"))
	}
	for _, args := range [][]string{nil, {"1", "--all"}, {"--all", "--class", "x"}} {
		if code, _, _ := call(t, append([]string{"dlq", "retry"}, args...)...); code != cli.ExitUsage {
			t.Errorf("retry %v: exit code %d", args, code)
		}
	}
	code, text, stderr := call(t, "dlq", "retry", "2", "88")
	if says(t, text, `^retried 1, refused 1$`, `^  1 × there is no such letter \(any more\) \(letter 88\)$`); code != cli.ExitRejects {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	code, text, _ = call(t, "dlq", "retry", "--booking", "3")
	if says(t, text, `^retried 1, refused 0$`); code != cli.ExitDone || listedLetters(t).Groups[0].Sample.Booking != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestDeadLettersWithoutAServer(t *testing.T) {
	clear(t)
	if code, _, stderr := call(t, "dlq", "list"); code != cli.ExitUsage || !strings.Contains(stderr, "NATS_URL is missing") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if code, _, stderr := call(t, "dlq", "retry", "--all", "--nats-url", "nats://"+deadPort(t)); code != cli.ExitUnreachable {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}
