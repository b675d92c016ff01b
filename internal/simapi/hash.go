package simapi

import "math"

// mix is the finaliser of splitmix64: every bit of the result depends on every bit of x.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// mixAll folds several numbers into one, in order.
func mixAll(numbers ...uint64) uint64 {
	var h uint64
	for _, n := range numbers {
		h = mix(h ^ n)
	}
	return h
}

// hashText is FNV-1a, for the names of fields and salts.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// golden is 2^64 divided by the golden ratio: multiples of it, taken modulo 2^64, spread over the range as evenly as
// any number of them can. A share drawn so is met among a handful of neighbours, not only in the long run.
const golden = 0x9E3779B97F4A7C15

// within reports whether h, taken as a fraction of 2^64, is below the share (0..1).
func within(h uint64, share float64) bool {
	return share > 0 && (share >= 1 || float64(h) < share*math.MaxUint64)
}

// upTo is a number in [0, n) that follows from h.
func upTo(h uint64, n int) int {
	if n <= 1 {
		return 0
	}
	return int((h >> 1) % uint64(n))
}
