package upstream

import "fmt"

// mostLevels is how many levels of an answer are read. No document may have nearly as many (document.MostDepth), and nothing is known of
// what is deeper than 10,000 levels but that jsontext stops reading there.
const mostLevels = 1000

// readable is the body as one whole JSON value. Two faults are mended, for one bad booking must not cost its page, and no repetition
// mends them:
//
//   - control characters that stand in a text as they are (NUL, a line feed): they are escaped, and say the same;
//   - what is nested more than mostLevels deep: null stands for it, and whoever reads the booking refuses it for the other levels.
func readable(body []byte) ([]byte, error) {
	err := wellFormed(body)
	if err == nil {
		return body, nil
	}
	if mended, changed := mend(body); changed && wellFormed(mended) == nil {
		return mended, nil
	}
	return nil, err
}

// mend is the body without the faults that [readable] names, and whether it had any. It need not be JSON.
func mend(body []byte) (mended []byte, changed bool) {
	mended = make([]byte, 0, len(body))
	levels, inText, isEscaped := 0, false, false
	for _, c := range body {
		if !inText && (c == '{' || c == '[') {
			if levels++; levels == mostLevels+1 {
				mended, changed = append(mended, "null"...), true
			}
		}
		switch {
		case levels > mostLevels:
		case inText && !isEscaped && c < ' ':
			mended, changed = fmt.Appendf(mended, `\u%04x`, c), true
		default:
			mended = append(mended, c)
		}
		switch {
		case inText:
			inText, isEscaped = isEscaped || c != '"', !isEscaped && c == '\\'
		case c == '"':
			inText = true
		case c == '}' || c == ']':
			levels--
		}
	}
	return mended, changed
}
