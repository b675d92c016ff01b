package convert

import (
	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/mapping"
)

const uuidLength = len("00000000-0000-0000-0000-000000000000")

// uuid converts to 8-4-4-4-12 lower-case hexadecimal digits. Braces around it, as Microsoft's tools write them, are
// dropped; other forms (without hyphens, urn:uuid:) are refused.
func uuid(t mapping.Type, s scalar) (any, *Problem) {
	digits := s.text
	if len(digits) == uuidLength+2 && digits[0] == '{' && digits[len(digits)-1] == '}' {
		digits = digits[1 : len(digits)-1]
	}
	if s.kind != jsontext.KindString || len(digits) != uuidLength {
		return nil, unfit(t, "")
	}
	var lower [uuidLength]byte
	for i, c := range digits {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return nil, unfit(t, "")
			}
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case !isDigit(c) && (c < 'a' || c > 'f'):
			return nil, unfit(t, "")
		}
		lower[i] = c
	}
	return string(lower[:]), nil
}
