package convert

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/mapping"
)

// unquote returns the characters of a JSON string: in place when it has no escapes, else appended to scratch. whole is
// false when it holds invalid UTF-8 or half a surrogate pair (\ud800 alone), which UTF-8 cannot hold: U+FFFD stands
// there. U+0000 is a character like any other; SQL Server keeps it.
func unquote(scratch, raw []byte) (content []byte, whole bool) {
	closed := len(raw) >= 2 && raw[len(raw)-1] == '"'
	if closed && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw[1 : len(raw)-1], true
	}
	content, err := jsontext.AppendUnquote(scratch, raw)
	return content, err == nil
}

// text converts to a string of at most t.Length UTF-16 code units. Longer strings are cut, see [Shorten]; the
// literals of numbers and truth values are not, as they would say something else then.
func text(t mapping.Type, s scalar) (any, *Problem) {
	kept, problem := s.text, (*Problem)(nil)
	if t.Length > 0 && len(kept) > t.Length { // no character has more UTF-16 units than UTF-8 bytes
		units, end := measure(kept, t.Length, utf16.RuneLen)
		switch {
		case units <= t.Length:
		case s.kind != jsontext.KindString:
			return nil, problemf(OutOfRange, "%s of %d units is longer than %v", literalName(s.kind), units, t)
		default:
			kept = kept[:boundary(kept, end)]
			problem = problemf(Cut, "text of %d units is longer than %v: cut", units, t)
		}
	}
	if s.damaged {
		problem = damage(problem)
	}
	return string(kept), problem
}

func literalName(kind jsontext.Kind) string {
	if kind == jsontext.KindNumber {
		return "number"
	}
	return "truth value"
}

// damage is the problem of text that UTF-8 cannot hold, and that was perhaps cut as well.
func damage(cut *Problem) *Problem {
	message := "not valid text: U+FFFD stands for what is not Unicode"
	if cut != nil {
		message += "; " + cut.Message
	}
	return &Problem{Reason: NotText, Message: message}
}

// Shorten returns the beginning of valid text that has at most limit units, of which unit says how many a character has:
// [utf16.RuneLen] for NVARCHAR, [utf8.RuneLen] for VARCHAR. It ends where what readers see as one character ends, if
// that gives up no more than a few dozen bytes. size is what all of text has; up to limit, kept is text.
func Shorten(text string, limit int, unit func(rune) int) (kept string, size int) {
	size, end := measure([]byte(text), limit, unit)
	if size <= limit {
		return text, size
	}
	return text[:boundary([]byte(text), end)], size
}

// measure counts text in units, and returns where in bytes the last whole character within limit units ends.
func measure(text []byte, limit int, unit func(rune) int) (units, end int) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		units += unit(r)
		if units <= limit {
			end = i
		}
	}
	return units, end
}
