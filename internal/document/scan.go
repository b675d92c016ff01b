package document

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// What a byte may be in JSON.
const (
	space     = 1 << iota
	digit     // 0 to 9
	inText    // stands for itself in a text
	notInStep // may have to be escaped in a step of a field's path
)

// classes says what each byte may be.
var classes = func() (table [256]byte) {
	for c := range table {
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			table[c] |= inText
		}
		if table[c]&inText == 0 || strings.ContainsRune(lengthStep+string(separator), rune(c)) {
			table[c] |= notInStep
		}
	}
	for _, c := range " \t\n\r" {
		table[c] |= space
	}
	for _, c := range "0123456789" {
		table[c] |= digit
	}
	return table
}()

// name reads a member's name and the colon after it.
func (p *parser) name() (string, error) {
	if p.next() != '"' {
		return "", p.unexpected("a member's name")
	}
	start := p.at
	escaped, err := p.skipText()
	if err != nil {
		return "", err
	}
	name := p.text[start+1 : p.at-1]
	if escaped {
		name = string(p.scratch)
	}
	if p.next() != ':' {
		return "", p.unexpected("a colon")
	}
	p.at++
	return name, nil
}

// skipText passes over a text, p.at being at its quote. Of an escaped one p.scratch is then what it means.
func (p *parser) skipText() (escaped bool, err error) {
	end := afterPlain(p.data, p.at+1)
	if end < len(p.data) && p.data[end] == '"' {
		p.at = end + 1
		return false, nil
	}
	return p.skipHardText(end)
}

// afterPlain is the index of the first byte from i on that does not stand for itself in a text: a quote, a backslash, a
// control character or a part of a character beyond ASCII. It looks at eight bytes at once.
func afterPlain(data []byte, i int) int {
	const (
		each    = 0x0101010101010101 // times a byte: that byte eight times
		highest = each << 7
	)
	for ; i+8 <= len(data); i += 8 {
		word := binary.LittleEndian.Uint64(data[i:])
		// Where a byte is below what is subtracted from it its highest bit is set, and above the first one perhaps in
		// bytes that are none: only the first counts.
		quotes, backslashes := word^(each*'"'), word^(each*'\\')
		if hits := (word | (word - each*' ') | (quotes - each) | (backslashes - each)) & highest; hits != 0 {
			return i + bits.TrailingZeros64(hits)/8
		}
	}
	for i < len(data) && classes[data[i]]&inText != 0 {
		i++
	}
	return i
}

// skipHardText passes over a text that is not plain from the byte i on.
func (p *parser) skipHardText(i int) (escaped bool, err error) {
	for ; i < len(p.data) && p.data[i] != '"'; i = afterPlain(p.data, i) {
		switch c := p.data[i]; {
		case c == '\\':
			escaped = true
			i += 2
		case c < ' ':
			return false, p.invalidText(errControl)
		default:
			i = afterWide(p.data, i)
		}
	}
	if i >= len(p.data) {
		return false, p.invalidText(io.ErrUnexpectedEOF)
	}
	literal := p.data[p.at : i+1]
	if !utf8.Valid(literal) {
		return false, p.invalidText(errUTF8)
	}
	if escaped {
		if p.scratch, err = jsontext.AppendUnquote(p.scratch[:0], literal); err != nil {
			return false, p.invalidText(err)
		}
	}
	p.at = i + 1
	return escaped, nil
}

// What may be wrong with a text, besides its escapes.
var (
	errControl = errors.New("unescaped control character")
	errUTF8    = errors.New("invalid UTF-8")
)

// afterWide is the index of the first ASCII byte from i on.
func afterWide(data []byte, i int) int {
	for i < len(data) && data[i] >= utf8.RuneSelf {
		i++
	}
	return i
}

// skipWord passes over true, false or null.
func (p *parser) skipWord(word string) error {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return p.unexpected(word)
	}
	p.at += len(word)
	return nil
}

// skipNumber passes over a number, and reports what is no value at all.
func (p *parser) skipNumber() error {
	end, ok := afterNumber(p.data, p.at)
	if p.at = end; !ok {
		return p.unexpected("a JSON value")
	}
	return nil
}

// afterNumber is the index behind the number at i: an optional minus, a whole number without zeros before it, an
// optional fraction, an optional exponent. It is where the number goes wrong when it is not ok.
func afterNumber(data []byte, i int) (end int, ok bool) {
	if i < len(data) && data[i] == '-' {
		i++
	}
	end = afterDigits(data, i)
	if end == i || data[i] == '0' && end > i+1 {
		return i, false
	}
	if end < len(data) && data[end] == '.' {
		i, end = end+1, afterDigits(data, end+1)
		if end == i {
			return i, false
		}
	}
	if end < len(data) && data[end]|0x20 == 'e' {
		i = end + 1
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		end = afterDigits(data, i)
		return end, end > i
	}
	return end, true
}

func afterDigits(data []byte, i int) int {
	for i < len(data) && classes[data[i]]&digit != 0 {
		i++
	}
	return i
}

func (p *parser) unexpected(wanted string) error {
	if p.at >= len(p.data) {
		return fmt.Errorf("not valid JSON: it ends where %s is expected", wanted)
	}
	return fmt.Errorf("not valid JSON: %q at byte %d, expected %s", p.data[p.at], p.at, wanted)
}

func (p *parser) invalidText(err error) error {
	return fmt.Errorf("not valid JSON: text that begins at byte %d: %w", p.at, err)
}
