package upstream

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"mcis/internal/document"
)

func nested(levels int) string {
	return strings.Repeat("[", levels) + "1" + strings.Repeat("]", levels)
}

func TestReadableMendsWhatNoRepetitionDoes(t *testing.T) {
	cut := nested(mostLevels)
	cut = strings.Replace(cut, "1", "null", 1)
	tests := map[string]struct{ body, want string }{
		"sound":                         {`{"a":[1, "\n"]}`, `{"a":[1, "\n"]}`},
		"NUL in a text":                 {"{\"a\":\"x\x00y\"}", `{"a":"x\u0000y"}`},
		"line feed behind an escape":    {"[\"\\\\\n\",\"\\\"\t\"]", `["\\\u000a","\"\u0009"]`},
		"deeper than is read":           {nested(10_500), cut},
		"texts that look like brackets": {"[" + nested(10_500) + ",\"]]\x01\"]", "[" + strings.Replace(nested(mostLevels-1), "1", "null", 1) + `,"]]\u0001"]`},
		"both in an object":             {`{"a":` + strings.Repeat(`{"x":"}",`+`"y":`, 10_500) + `"{"` + strings.Repeat("}", 10_500) + "}", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readable([]byte(test.body))
			if err != nil || test.want != "" && string(got) != test.want {
				t.Errorf("%.200s, %v, expected %.200s", got, err, test.want)
			}
			if _, err := document.Parse(got); len(test.body) > 10_000 && !errors.Is(err, document.ErrTooDeep) {
				t.Errorf("what was cut off is not noticed: %v", err)
			}
		})
	}
}

func TestReadableRefusesTheRest(t *testing.T) {
	for _, body := range []string{"", "{", `{"a":`, "\x00", "[\x00]", "\"\\\n\"", "\"a\x00", `{"a":NaN}`, nested(10_500)[:15_000], "{}\x01", nested(10_500) + "]"} {
		if got, err := readable([]byte(body)); err == nil {
			t.Errorf("%.60q became %.60q", body, got)
		}
	}
}

// FuzzReadable: what is read is JSON, and sound JSON stays the same bytes.
func FuzzReadable(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\n"]}`, "{\"a\":\"x\x00y\"}", "[\"\\\\\n\"]", nested(40), `{"a":`, "\"\xff\"", ` {"id":1} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sound := wellFormed(body) == nil
		got, err := readable(body)
		switch {
		case err != nil && sound:
			t.Errorf("refused: %v", err)
		case err == nil && wellFormed(got) != nil:
			t.Errorf("became %q, which is no JSON", got)
		case sound && !bytes.Equal(got, body):
			t.Errorf("sound JSON became %q", got)
		}
	})
}
