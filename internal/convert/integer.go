package convert

import (
	"math"

	"mcis/internal/mapping"
)

// integer converts to int64 within the range of the column.
func integer(t mapping.Type, s scalar) (any, *Problem) {
	n, ok := readNumber(s)
	switch {
	case !ok:
		return nil, unfit(t, "")
	case !n.isWhole():
		return nil, &Problem{Reason: NotWhole, Message: string(NotWhole)}
	}
	value, ok := n.int64()
	if !ok || (t.Kind == mapping.Int && value != int64(int32(value))) {
		return nil, problemf(OutOfRange, "out of range of %v", t)
	}
	return value, nil
}

// int64 returns a whole n; ok is false when it is beyond 64 bits.
func (n *number) int64() (value int64, ok bool) {
	const mostDigits = 19 // of an int64; as many nines still fit uint64
	if n.point > mostDigits {
		return 0, false
	}
	var magnitude uint64
	for i := range n.point {
		magnitude = magnitude*10 + uint64(n.digit(i)-'0')
	}
	if n.negative {
		return -int64(magnitude), magnitude <= -math.MinInt64
	}
	return int64(magnitude), magnitude <= math.MaxInt64
}
