package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// forgeries are values that look like lines of a log, or that a terminal obeys.
var forgeries = []string{
	"Ann\n2026-01-01 00:00:00 ERR all was deleted",
	"Ann\r2026-01-01 00:00:00 ERR all was deleted",
	"\x1b[2J\x1b]0;title\x07", "\x1b[31mred", `\x1b[2J`, `a \x1b[2J b`, `a \\x1b[2J b`, "\u009b2J", "\x7f\b\b\b", "\x1b",
	"bad \xff\n UTF-8 \x1b[2J end", "\u202egnirts", "x\u2028y", "\v\f\x00",
}

// TestNothingForgesLines logs forgeries in every place where a text of somebody else's may stand, in every format.
func TestNothingForgesLines(t *testing.T) {
	formats := map[string]func(*bytes.Buffer) slog.Handler{
		"file":     func(out *bytes.Buffer) slog.Handler { return textHandler(out, slog.LevelDebug, false) },
		"terminal": func(out *bytes.Buffer) slog.Handler { return textHandler(out, slog.LevelDebug, true) },
		"json":     func(out *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(out, nil) },
	}
	for format, handler := range formats {
		for _, text := range forgeries {
			var out bytes.Buffer
			logger := slog.New(handler(&out)).With("with", text)
			logger.Info("nats: "+text, "text", text, "error", fmt.Errorf("wrapped: %w", errors.New(text)), "any", struct{ Text string }{text},
				slog.Group("group", "text", text), "last", "end")
			shown := out.String()
			for _, own := range []string{"\x1b[2m", "\x1b[0m", "\x1b[92m"} { // tint's colours
				shown = strings.ReplaceAll(shown, own, "")
			}
			if strings.Count(shown, "\n") != 1 || !strings.HasSuffix(shown, "\n") {
				t.Errorf("%s: %q is not on one line: %q", format, text, shown)
			}
			if at := strings.IndexFunc(strings.TrimSuffix(shown, "\n"), func(r rune) bool { return format != "json" && isCommand(r) || r == '\x1b' }); at >= 0 {
				t.Errorf("%s: %q leaves a control character: %q", format, text, shown[at:])
			}
			if !strings.Contains(shown, "end") {
				t.Errorf("%s: %q hides what follows: %q", format, text, shown)
			}
		}
	}
}

func TestValuesStayReadable(t *testing.T) {
	var out bytes.Buffer
	slog.New(textHandler(&out, slog.LevelDebug, false)).Warn("refused", "n", 7, "name", "Zoë O'Neil", "error", errors.New("one\ntwo"), "secret", Secret("sesame"), "none", nil)
	if want := `WRN refused n=7 name="Zoë O'Neil" error="one\ntwo" secret=[secret] none=<nil>`; !strings.HasSuffix(out.String(), want+"\n") {
		t.Errorf("got %s", out.String())
	}
}

func TestPrintableJSON(t *testing.T) {
	for _, text := range forgeries {
		written, err := json.MarshalIndent(map[string]string{"reason": text}, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		var before, after map[string]string
		shown := PrintableJSON(string(written))
		if err := errors.Join(json.Unmarshal(written, &before), json.Unmarshal([]byte(shown), &after)); err != nil || before["reason"] != after["reason"] {
			t.Errorf("%q became %q, %v", before, after, err)
		}
		if strings.ContainsFunc(shown, isCommand) {
			t.Errorf("%q leaves a control character: %q", text, shown)
		}
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"as it is: Zoë\n\ttwo": "as it is: Zoë\n\ttwo",
		"a\x1b[2Jb\rc\x07":     `a\x1b[2Jb\rc\a`,
		"\u009b \u202e \x7f":   `\u009b \u202e \x7f`,
		"bad \xff end":         "bad ? end",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
