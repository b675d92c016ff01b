package convert_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"mcis/internal/convert"
)

func TestText(t *testing.T) {
	check(t, textType(0), []conversion{
		{raw: `"مرحبا 你好 Привет 😀"`, want: "مرحبا 你好 Привет 😀"},
		{raw: `"a\"\\\/\b\f\n\r\tb"`, want: "a\"\\/\b\f\n\r\tb"},
		{raw: `"\u00e9\ud83d\ude00"`, want: "é😀"},
		{raw: `"nul\u0000nul"`, want: "nul\x00nul"},
		{raw: `"  kept  "`, want: "  kept  "},
		{raw: `"` + strings.Repeat("x", 100_000) + `"`, want: strings.Repeat("x", 100_000)},
		{raw: `"` + strings.Repeat(`\n`, 10_000) + `"`, want: strings.Repeat("\n", 10_000)},
		{raw: `12`, want: "12"},
		{raw: ` -1.50E+2 `, want: "-1.50E+2"},
		{raw: `true`, want: "true"},
		{raw: `false`, want: "false"},
	})
}

func TestTextLimits(t *testing.T) {
	check(t, textType(5), []conversion{
		{raw: `"abcde"`, want: "abcde"},
		{raw: `"abcdef"`, want: "abcde", reason: convert.Cut},
		{raw: `"\u0061bcdef"`, want: "abcde", reason: convert.Cut},
		{raw: `"你好你好你"`, want: "你好你好你"},
		{raw: `"你好你好你好"`, want: "你好你好你", reason: convert.Cut},
		{raw: `"😀😀a"`, want: "😀😀a"},
		{raw: `"😀😀😀"`, want: "😀😀", reason: convert.Cut}, // not in the middle of a surrogate pair
		{raw: `"abcd😀"`, want: "abcd", reason: convert.Cut},
		{raw: `12345`, want: "12345"},
		{raw: `123456`, reason: convert.OutOfRange},
		{raw: `false`, want: "false"},
	})
	check(t, textType(4), []conversion{{raw: `false`, reason: convert.OutOfRange}})
	check(t, textType(1), []conversion{{raw: `"😀"`, want: "", reason: convert.Cut}})
	check(t, textType(255), []conversion{
		{raw: `"` + strings.Repeat("é", 255) + `"`, want: strings.Repeat("é", 255)},
		{raw: `"` + strings.Repeat("é", 256) + `"`, want: strings.Repeat("é", 255), reason: convert.Cut},
	})
}

// Lone surrogates and invalid UTF-8 become U+FFFD, and the problem keeps the raw value.
func TestTextThatUnicodeDoesNotHave(t *testing.T) {
	check(t, textType(3), []conversion{
		{raw: `"\ud800"`, want: "\ufffd", reason: convert.NotText},
		{raw: `"a\udc00b"`, want: "a\ufffdb", reason: convert.NotText},
		{raw: `"\ud83dx"`, want: "\ufffdx", reason: convert.NotText},
		{raw: `"\ude00\ud83d"`, want: "\ufffd\ufffd", reason: convert.NotText},
		{raw: `"\ud800\ud83d\ude00"`, want: "\ufffd😀", reason: convert.NotText},
		{raw: `"\ud800abc"`, want: "\ufffdab", reason: convert.NotText},
		{raw: "\"a\xffb\"", want: "a\ufffdb", reason: convert.NotText},
		{raw: "\"\xe2\x82\"", want: "\ufffd\ufffd", reason: convert.NotText},
		{raw: `"\ufffd"`, want: "\ufffd"}, // sent as such
	})
}

func TestCutKeepsCharactersWhole(t *testing.T) {
	const (
		family   = "👨\u200d👩\u200d👧\u200d👦"         // 11 units
		couple   = "👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏽" // 15 units
		scotland = "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"
		zalgo    = "a" + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308"
	)
	cases := []struct {
		name, text string
		limit      int
		want       string
	}{
		{"mark", "xe\u0301y", 2, "x"},
		{"mark kept", "xe\u0301y", 3, "xe\u0301"},
		{"two marks", "xe\u0323\u0301y", 3, "x"},
		{"Arabic vowel", "xب\u064ey", 2, "x"},
		{"Devanagari vowel", "xक\u093fy", 2, "x"},
		{"variation selector", "x❤\ufe0fy", 2, "x"},
		{"keycap", "x1\ufe0f\u20e3y", 3, "x"},
		{"skin tone", "x👍🏽y", 3, "x"},
		{"line break", "x\r\ny", 2, "x"},
		{"family", "x" + family + "y", 9, "x"},
		{"family, after a joiner", "x" + family + "y", 4, "x"},
		{"family, before a joiner", "x" + family + "y", 3, "x"},
		{"family kept", "x" + family + "y", 12, "x" + family},
		{"couple", "x" + couple + "y", 15, "x"},
		{"flag of tags", "x" + scotland + "y", 14, "x"},
		{"flag", "x🇩🇪🇫🇷", 3, "x"},
		{"second flag", "x🇩🇪🇫🇷", 7, "x🇩🇪"},
		{"between flags", "x🇩🇪🇫🇷", 5, "x🇩🇪"},
		{"nothing would be left", "e\u0301y", 1, "e"},
		{"nothing of an emoji would be left", family, 5, "👨\u200d👩"},
		{"too many marks", "x" + zalgo + strings.Repeat("\u0301", 60), 50, "x" + zalgo + strings.Repeat("\u0301", 40)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check(t, textType(c.limit), []conversion{{raw: `"` + strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(c.text) + `"`, want: c.want, reason: convert.Cut}})
		})
	}
}

func TestShorten(t *testing.T) {
	cases := []struct {
		name, text string
		limit      int
		unit       func(rune) int
		kept       string
		size       int
	}{
		{"fits", "aé😀", 4, utf16.RuneLen, "aé😀", 4},
		{"too long in units", "aé😀", 3, utf16.RuneLen, "aé", 4},
		{"fits in bytes", "aé😀", 7, utf8.RuneLen, "aé😀", 7},
		{"too long in bytes", "aé😀", 6, utf8.RuneLen, "aé", 7},
		{"not inside a character", "aé", 2, utf8.RuneLen, "a", 3},
		{"not between a letter and its mark", "xe\u0301", 2, utf16.RuneLen, "x", 3},
		{"nothing of it", "😀", 1, utf16.RuneLen, "", 2},
		{"empty", "", 0, utf16.RuneLen, "", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			kept, size := convert.Shorten(c.text, c.limit, c.unit)
			if kept != c.kept || size != c.size {
				t.Errorf("%q of %d, want %q of %d", kept, size, c.kept, c.size)
			}
		})
	}
}
