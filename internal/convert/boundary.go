package convert

import (
	"unicode"
	"unicode/utf8"
)

// mostBackOff is how many bytes of text a cut may give up to keep what readers see as one character whole. The longest
// emoji sequences (a couple with two skin tones) take 35; marks piled higher than this are split.
const mostBackOff = 64

const zeroWidthJoiner = '\u200d'

// boundary moves the end of a cut, which is at the end of a code point inside text, back to the end of the user-perceived
// character before it, so that no base loses its marks and no emoji falls apart. It is a simple form of the
// grapheme cluster boundaries of Unicode Standard Annex 29: Hangul in conjoining letters and Indic
// conjuncts may still be split. Where it would give up more than [mostBackOff] bytes or all there is, end stays.
func boundary(text []byte, end int) int {
	at := end
	for at > 0 && end-at <= mostBackOff && joined(text, at) {
		_, size := utf8.DecodeLastRune(text[:at])
		at -= size
	}
	if at == 0 || end-at > mostBackOff {
		return end
	}
	return at
}

// joined reports whether the code points before and after at are parts of one character.
func joined(text []byte, at int) bool {
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	switch {
	case before == '\r' && after == '\n':
		return true
	case before < 0x300 && after < 0x300: // neither marks nor joiners: most text
		return false
	case before == zeroWidthJoiner || extends(after):
		return true
	default:
		return isRegional(after) && regionalsBefore(text[:at])%2 == 1
	}
}

// extends reports whether r belongs to the character before it: combining marks, variation selectors and enclosing
// keycaps (category M), joiners, skin tones, and the tags of regional flags.
func extends(r rune) bool {
	return r == zeroWidthJoiner || unicode.Is(unicode.M, r) ||
		(r >= 0x1F3FB && r <= 0x1F3FF) || (r >= 0xE0020 && r <= 0xE007F)
}

// isRegional reports whether r is a regional indicator: two of them are a flag.
func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// regionalsBefore counts the regional indicators at the end of text.
func regionalsBefore(text []byte) int {
	count := 0
	for len(text) > 0 {
		r, size := utf8.DecodeLastRune(text)
		if !isRegional(r) {
			break
		}
		count++
		text = text[:len(text)-size]
	}
	return count
}
