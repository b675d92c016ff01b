package simapi

import (
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Text beyond ASCII stays as it is, U+2028 included, as JSON allows.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[start:i]...), escape(c)...)
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

func escape(c byte) string {
	switch c {
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	return `\u00` + string([]byte{hexDigits[c>>4], hexDigits[c&15]})
}

// appendEscaped appends s as a JSON string in pure ASCII: the other spelling of the same text, with surrogate
// pairs beyond the basic plane.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	for _, r := range string(s) {
		switch {
		case r >= utf8.RuneSelf && r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			b = appendUnit(appendUnit(b, high), low)
		case r >= utf8.RuneSelf:
			b = appendUnit(b, r)
		case r < 0x20 || r == '"' || r == '\\':
			b = append(b, escape(byte(r))...)
		default:
			b = append(b, byte(r))
		}
	}
	return append(b, '"')
}

func appendUnit(b []byte, unit rune) []byte {
	return append(b, '\\', 'u', hexDigits[unit>>12&15], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
}

// appendTime appends seconds since 1970 as the API writes timestamps, in UTC and in quotes.
func appendTime(b []byte, unix int64) []byte {
	b = append(b, '"')
	b = time.Unix(unix, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"')
}

// appendUUID appends a version 4 UUID in quotes that follows from h.
func appendUUID(b []byte, h uint64) []byte {
	high, low := mix(h)&^0xF000|0x4000, mix(h+1)&^(3<<62)|2<<62
	b = append(b, '"')
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		half := high
		if i >= 16 {
			half = low
		}
		b = append(b, hexDigits[half>>(60-4*(i%16))&15])
	}
	return append(b, '"')
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }
