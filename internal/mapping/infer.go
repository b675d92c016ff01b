package mapping

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"mcis/internal/document"
)

// found is what documents hold at one path.
type found struct {
	path Path
	seen int // values but for null
	// how many of them are objects, arrays, truth values, numbers and texts
	objects, arrays, truths, numbers, texts int

	times, uuids int // texts that are
	longest      int // literal or text, in UTF-16 units
	fractions    int // numbers that are not written as whole ones
	whole, scale int // digits before and after the point that numbers have at most
	beyond64     bool
	beyond32     bool
}

func (f *found) add(node *document.Node) {
	if node.IsNull() {
		return
	}
	f.seen++
	switch node.Kind() {
	case document.Object:
		f.objects++
	case document.Array:
		f.arrays++
	case document.Bool:
		f.truths++
	case document.Number:
		f.numbers++
		f.addNumber(string(node.Raw()))
	default:
		f.texts++
		f.addText(node.Text())
	}
	if node.IsScalar() {
		f.longest = max(f.longest, len(utf16.Encode([]rune(node.Text()))))
	}
}

var (
	momentPattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$`)
	uuidPattern   = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

func (f *found) addText(text string) {
	if uuidPattern.MatchString(text) {
		f.uuids++
	}
	if !momentPattern.MatchString(text) {
		return
	}
	const first, last = 1, 9998 // years that stay in a datetime's range whatever the zone
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && t.Year() > first && t.Year() <= last {
		f.times++
	}
}

// mostExponent bounds the digits that an exponent may stand for; beyond it a number is kept as text.
const mostExponent = 100

func (f *found) addNumber(literal string) {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		f.beyond32 = f.beyond32 || n != int64(int32(n))
	} else {
		f.beyond64 = true
	}
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(strings.TrimPrefix(literal, "-")), "e")
	before, after, hasPoint := strings.Cut(mantissa, ".")
	exponent := 0
	if hasExponent {
		n, err := strconv.Atoi(exponentText)
		if err != nil || n > mostExponent || n < -mostExponent {
			n = mostExponent
		}
		exponent = n
	}
	if hasPoint || hasExponent {
		f.fractions++
	}
	f.whole = max(f.whole, len(before)+exponent)
	f.scale = max(f.scale, len(after)-exponent)
}

// column is the type of a column for all that was found. isJSON says that only one with json: true takes it; ok is false
// when there is nothing to take: nothing but nulls, or objects, whose members have columns.
func (f *found) column() (kind Type, isJSON, ok bool) {
	switch f.seen {
	case 0, f.objects:
		return Type{}, false, false
	case f.truths:
		return Type{Kind: Bit}, false, true
	case f.numbers:
		return f.number(), false, true
	case f.texts:
		return f.text(), false, true
	}
	if f.objects+f.arrays > 0 {
		return Type{Kind: Text}, true, true
	}
	return f.sized(), false, true // scalars of several kinds
}

// number is the type of numbers, with room for two more digits before the point.
func (f *found) number() Type {
	const scale, room, precision = 2, 2, 9 // at least
	switch digits := f.whole + max(f.scale, scale); {
	case f.fractions == 0 && !f.beyond64 && !f.beyond32:
		return Type{Kind: Int}
	case f.fractions == 0 && !f.beyond64:
		return Type{Kind: BigInt}
	case digits > mostDigits:
		return f.sized()
	default:
		return Type{Kind: Decimal, Precision: min(max(digits+room, precision), mostDigits), Scale: max(f.scale, scale)}
	}
}

func (f *found) text() Type {
	switch f.texts {
	case f.times:
		return Type{Kind: DateTime}
	case f.uuids:
		return Type{Kind: UUID}
	}
	return f.sized()
}

// sized is text of twice the length that was met, rounded up to a usual one.
func (f *found) sized() Type {
	for _, length := range []int{20, 50, 100, 255, 500, 1000, 2000, mostText} {
		if 2*f.longest <= length {
			return Type{Kind: Text, Length: length}
		}
	}
	return Type{Kind: Text}
}
