package cli

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable is a text of somebody else's as it may be shown on a terminal: control characters but newlines and tabs are
// written out, so that the API, or a name in a booking, cannot colour, move or overwrite what is there.
func Printable(text string) string {
	if !strings.ContainsFunc(text, isCommand) && utf8.ValidString(text) {
		return text
	}
	var shown strings.Builder
	for _, r := range strings.ToValidUTF8(text, "?") {
		if isCommand(r) {
			shown.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			shown.WriteRune(r)
		}
	}
	return shown.String()
}

// PrintableJSON is JSON as it may be shown on a terminal. Its values are the same: what a terminal obeys is written in JSON's own way.
func PrintableJSON(text string) string {
	if !strings.ContainsFunc(text, isCommand) {
		return text
	}
	var shown strings.Builder
	for _, r := range text {
		if isCommand(r) { // in a string, for it stands nowhere else; all of them have four digits
			fmt.Fprintf(&shown, `\u%04x`, r)
		} else {
			shown.WriteRune(r)
		}
	}
	return shown.String()
}

// isCommand reports what a terminal obeys instead of showing it: control characters, and those that turn the direction of writing.
func isCommand(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// plain makes an attribute one that tint writes as a text on one line. By itself it writes messages as they are, newlines
// included, lets escape codes in values through to a terminal, even those that are spelled out as \x1b, and elsewhere
// drops them and whatever follows a character that is not UTF-8 (tint v1.2.1, handler.go: Handle, appendString and cut).
func plain(groups []string, attr slog.Attr) slog.Attr {
	switch {
	case len(groups) == 0 && attr.Key == slog.MessageKey && attr.Value.Kind() == slog.KindString:
		return slog.String(attr.Key, OneLine(attr.Value.String()))
	case attr.Value.Kind() == slog.KindString:
		return slog.String(attr.Key, spelled(attr.Value.String()))
	case attr.Value.Kind() == slog.KindAny && !isLevel(attr.Value):
		return slog.String(attr.Key, spelled(fmt.Sprintf("%+v", attr.Value.Any())))
	}
	return attr
}

func isLevel(value slog.Value) bool {
	_, is := value.Any().(slog.Level)
	return is
}

// OneLine is [Printable] for a text that must not begin lines of its own: newlines and tabs are written out too.
func OneLine(text string) string { return lineSigns.Replace(Printable(text)) }

// spelled is a text in which tint finds nothing to let through or drop: it quotes what is left, newlines too.
func spelled(text string) string {
	if !strings.ContainsAny(text, "\x1b\x7f\uFFFD") && !strings.Contains(text, `\x1b`) && utf8.ValidString(text) {
		return text
	}
	return terminalSigns.Replace(strings.ToValidUTF8(text, "?"))
}

var lineSigns = strings.NewReplacer("\n", `\n`, "\t", `\t`)

var terminalSigns = strings.NewReplacer("\x1b", "␛", "\x7f", "␡", "\uFFFD", "?", `\x1b`, `\x1B`)
