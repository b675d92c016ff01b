package convert

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/mapping"
)

// truth converts to bool. The strings "0" and "1" are not taken: nothing says that they mean a truth value.
func truth(t mapping.Type, s scalar) (any, *Problem) {
	switch s.kind {
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	case jsontext.KindString:
		switch {
		case bytes.EqualFold(s.text, []byte("true")):
			return true, nil
		case bytes.EqualFold(s.text, []byte("false")):
			return false, nil
		}
	case jsontext.KindNumber:
		n, ok := readNumber(s)
		switch {
		case ok && n.count == 0:
			return false, nil
		case ok && n.count == 1 && n.point == 1 && n.digit(0) == '1' && !n.negative:
			return true, nil
		}
	}
	return nil, unfit(t, "")
}
