package convert

import (
	"bytes"

	"mcis/internal/mapping"
)

// decimalScratch holds the longest decimal that warehouses know, 38 digits with sign, zero and point, without growing.
const decimalScratch = 48

// decimal converts to fixed text with exactly t.Scale fraction digits, such as "-12.50". Zero has no sign. What is
// more precise than the scale is rounded half away from zero, as SQL Server rounds decimals.
func decimal(t mapping.Type, s scalar) (any, *Problem) {
	n, ok := readNumber(s)
	if !ok {
		return nil, unfit(t, "")
	}
	var scratch [decimalScratch]byte
	digits, ok := n.fixed(scratch[:0], t.Precision, t.Scale)
	if !ok {
		return nil, problemf(OutOfRange, "out of range of %v", t)
	}
	value := pointed(digits, t.Scale, n.negative)
	if n.count > n.point+t.Scale {
		return value, problemf(Rounded, "more than %d fraction digits: rounded to %v", t.Scale, t)
	}
	return value, nil
}

// fixed appends n's digits with scale of them after the point, rounded; the first is one zero that rounding may
// have made a one. ok is false when n then has more than precision-scale digits before the point.
func (n *number) fixed(dst []byte, precision, scale int) (digits []byte, ok bool) {
	before := max(n.point, 0)
	if before > max(precision-scale, 0) {
		return nil, false
	}
	dst = append(dst, '0')
	end := n.point + scale // of the significant digits that are kept; below 0 when the first one is far behind the last place
	for i := n.point - before; i < end; i++ {
		dst = append(dst, n.digit(i))
	}
	if n.digit(end) >= '5' {
		increment(dst)
	}
	return dst, dst[0] == '0' || before < precision-scale
}

// increment adds one to the last place of digits, of which the first is not a nine.
func increment(digits []byte) {
	i := len(digits) - 1
	for digits[i] == '9' {
		digits[i] = '0'
		i--
	}
	digits[i]++
}

// pointed writes digits as a number with scale digits after the point.
func pointed(digits []byte, scale int, negative bool) string {
	var scratch [decimalScratch]byte
	text := scratch[:0]
	if negative && bytes.ContainsAny(digits, "123456789") {
		text = append(text, '-')
	}
	point := len(digits) - scale
	first := 0
	for first < point-1 && digits[first] == '0' {
		first++
	}
	text = append(text, digits[first:point]...)
	if scale > 0 {
		text = append(text, '.')
		text = append(text, digits[point:]...)
	}
	return string(text)
}
