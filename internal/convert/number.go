package convert

import "github.com/go-json-experiment/json/jsontext"

// mostExponent bounds exponents: beyond it they all mean the same, as no column and no literal in memory has so many
// digits. It leaves room to add a literal's length without overflow.
const mostExponent = 1 << 40

// number is an exact decimal number: the significant digits, of which the first and the last are not zero, and where
// the decimal point stands. Zero has no digits. The digits stay where they were read.
type number struct {
	negative        bool
	whole, fraction []byte // the literal's digits before and after its point
	first           int    // index of the first significant digit in whole and fraction together
	count           int    // of significant digits
	// point is how many digits stand before the decimal point, counted from the first significant one:
	// 2 for 12.5, -1 for 0.012, 5 for 12e3.
	point int
}

// readNumber reads a number, or a string that is exactly a number by JSON's grammar: no white space, plus sign,
// leading zeros, hexadecimal digits or NaN.
func readNumber(s scalar) (number, bool) {
	if s.kind == jsontext.KindTrue || s.kind == jsontext.KindFalse {
		return number{}, false
	}
	var n number
	rest := s.text
	if len(rest) > 0 && rest[0] == '-' {
		n.negative, rest = true, rest[1:]
	}
	n.whole, rest = leadingDigits(rest)
	if len(n.whole) == 0 || (n.whole[0] == '0' && len(n.whole) > 1) {
		return number{}, false
	}
	if len(rest) > 0 && rest[0] == '.' {
		n.fraction, rest = leadingDigits(rest[1:])
		if len(n.fraction) == 0 {
			return number{}, false
		}
	}
	exponent, ok := readExponent(rest)
	if !ok {
		return number{}, false
	}
	n.normalise(exponent)
	return n, true
}

func leadingDigits(b []byte) (digits, rest []byte) {
	for i, c := range b {
		if !isDigit(c) {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// readExponent reads all of b as an exponent, such as e3 or E-02; empty is 0. Huge ones come back as mostExponent.
func readExponent(b []byte) (exponent int, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != 'e' && b[0] != 'E' {
		return 0, false
	}
	b = b[1:]
	sign := 1
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	digits, rest := leadingDigits(b)
	for _, c := range digits {
		exponent = min(exponent*10+int(c-'0'), mostExponent)
	}
	return sign * exponent, len(digits) > 0 && len(rest) == 0
}

// normalise finds the significant digits of whole and fraction together, and the decimal point from them.
func (n *number) normalise(exponent int) {
	end := len(n.whole) + len(n.fraction)
	for n.first < end && n.literal(n.first) == '0' {
		n.first++
	}
	for end > n.first && n.literal(end-1) == '0' {
		end--
	}
	n.count = end - n.first
	n.point = len(n.whole) - n.first + exponent
	if n.count == 0 {
		n.point = 0 // 0e5 is 0
	}
}

func (n *number) literal(i int) byte {
	if i < len(n.whole) {
		return n.whole[i]
	}
	return n.fraction[i-len(n.whole)]
}

// digit returns the significant digit i, and zero for every place before and after them.
func (n *number) digit(i int) byte {
	if i < 0 || i >= n.count {
		return '0'
	}
	return n.literal(n.first + i)
}

// isWhole reports whether n has no fraction: 3, 3.0, 3e2.
func (n *number) isWhole() bool { return n.point >= n.count }
