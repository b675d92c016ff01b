package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/replay"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
)

// hostileText is what the API or the database may answer to a person's terminal.
const hostileText = "\x1b[mred\u009bJ \u202egnirts\x7f\nno dead letters"

// isTame makes sure that what was printed of it commands no terminal, and begins no line of its own.
func isTame(t *testing.T, what, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\x1b\u009b\u202e\x7f") || strings.Contains(text, "\nno dead") {
		t.Errorf("%s: %q", what, text)
	}
	if !strings.Contains(text, "[mred") {
		t.Errorf("%s does not show it at all: %q", what, text)
	}
}

// TestNothingOfOthersCommandsATerminal: what is printed of the API's and the database's texts by each command that prints any.
func TestNothingOfOthersCommandsATerminal(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 1})
	p.environment()
	p.bury(loader.Stage, aBooking(14, "x\u009b31m"), fault.Permanentf(fault.ClassPanic, "%s", hostileText))
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"list", "--each"}, {"list", "--each", "--json"}, {"show", "1"}} {
		_, text, _ := call(t, append([]string{"dlq"}, args...)...)
		isTame(t, strings.Join(args, " "), text)
	}

	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inside := sqliteScheme + filepath.Join("file", hostileText)
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"check"}} {
		_, text, _ := call(t, append(args, "--warehouse-url", inside)...)
		isTame(t, strings.Join(args, " "), text)
	}
	_, _, stderr := call(t, "replay", "--warehouse-url", inside)
	isTame(t, "an error", strings.ReplaceAll(stderr, "\n  ", " ")) // lines behind the first stand under it

	var out bytes.Buffer
	refused := replay.Summary{Refused: []replay.Refused{{Class: fault.ClassConstraint, Table: "Booking", Records: 1, Subject: "mcis.records.1", Error: hostileText}}}
	if err := reportReplay(&out, refused, 0, false); err != nil {
		t.Fatal(err)
	}
	isTame(t, "replay", out.String())
}

func TestNothingInAVerificationCommandsATerminal(t *testing.T) {
	report := &verifier.Report{Dead: 1, Partial: 1, Samples: verifier.Samples{
		verifier.Dead:    {{ID: 1, API: &verifier.Listed{LastModified: hostileText}, Stage: "loader", Class: "constraint", Reason: hostileText}},
		verifier.Partial: {{ID: 2, Gaps: []verifier.Gap{{Relation: hostileText, Reason: hostileText}}}},
	}}
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		if err := (&verifyCommand{JSON: asJSON}).print(report, cli.Streams{Out: &out}); err != nil {
			t.Fatal(err)
		}
		isTame(t, "verify", out.String())
		if !asJSON {
			continue
		}
		var back verifier.Report
		if decode(t, out.String(), &back); !cmp.Equal(report.Samples, back.Samples) {
			t.Errorf("read back as %+v", back.Samples)
		}
	}
}
