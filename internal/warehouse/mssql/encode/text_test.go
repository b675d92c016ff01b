package encode_test

import (
	"strings"
	"testing"

	"mcis/internal/convert"
	"mcis/internal/warehouse/mssql/schema"
)

const world = "مرحبا \u200f你好\u202e Привет 👩🏽\u200d💻"

func TestUnicodeTexts(t *testing.T) {
	check(t, sized("nvarchar", 5), textType(9), []fitting{
		{value: "", want: ""},
		{value: "abcde", want: "abcde"},
		{value: "  a  ", want: "  a  "},
		{value: "abcdef", want: "abcde", reason: convert.Cut},
		{value: "你好你好你", want: "你好你好你"}, // 15 bytes
		{value: "你好你好你好", want: "你好你好你", reason: convert.Cut},
		{value: "😀😀a", want: "😀😀a"},
		{value: "😀😀😀", want: "😀😀", reason: convert.Cut},
		{value: "abcde\u0301", want: "abcd", reason: convert.Cut}, // a letter keeps its mark or goes with it
		{value: "a\x00b", want: "a\x00b"},
	})
	check(t, sized("nvarchar", 1), textType(9), []fitting{{value: "😀", want: "", reason: convert.Cut}})
	check(t, sized("nvarchar", schema.Max), textType(0), []fitting{
		{value: world, want: world},
		{value: strings.Repeat("é", 100_000), want: strings.Repeat("é", 100_000)},
	})
}

// A part of a number is another one.
func TestNumbersInTextAreNotCut(t *testing.T) {
	check(t, sized("nvarchar", 4), textType(20), []fitting{
		{value: "1234", want: "1234"},
		{value: "12345", reason: convert.OutOfRange},
		{value: "-1.5e3", reason: convert.OutOfRange},
		{value: "false", reason: convert.OutOfRange},
		{value: "12345 ", want: "1234", reason: convert.Cut},
		{value: "01234", want: "0123", reason: convert.Cut}, // no number: it was sent as a text
		{value: "+49 30 1", want: "+49 ", reason: convert.Cut},
		{value: "12 Main Street", want: "12 M", reason: convert.Cut},
		{value: "true story", want: "true", reason: convert.Cut},
		{value: `"text"`, want: `"tex`, reason: convert.Cut},
		{value: "null!", want: "null", reason: convert.Cut},
	})
}

func TestTextsInACodePage(t *testing.T) {
	for _, collation := range []string{"", "SQL_Latin1_General_CP1_CI_AS", "Arabic_CI_AS", "Latin1_General_100_BIN2"} {
		check(t, schema.Type{Name: "varchar", Length: 5, Collation: collation}, textType(9), []fitting{
			{value: "", want: ""},
			{value: "abcde", want: "abcde"},
			{value: "a~\x00\x7f", want: "a~\x00\x7f"},
			{value: "abcdef", want: "abcde", reason: convert.Cut},
			{value: "é", reason: convert.NotInCharset},
			{value: "José Müller", reason: convert.NotInCharset},
			{value: "\u0080", reason: convert.NotInCharset},
		})
	}
	check(t, sized("varchar", schema.Max), textType(0), []fitting{
		{value: strings.Repeat("x", 100_000), want: strings.Repeat("x", 100_000)},
		{value: world, reason: convert.NotInCharset},
	})
}

func TestTextsInUTF8(t *testing.T) {
	check(t, utf8Type("varchar", 5), textType(9), []fitting{
		{value: "abcde", want: "abcde"},
		{value: "你é", want: "你é"},
		{value: "你é!", want: "你é", reason: convert.Cut},
		{value: "你你", want: "你", reason: convert.Cut},
		{value: "a😀", want: "a😀"},
		{value: "ab😀", want: "ab", reason: convert.Cut},
	})
	lower := schema.Type{Name: "varchar", Length: schema.Max, Collation: "latin1_general_100_bin2_utf8"}
	check(t, lower, textType(0), []fitting{{value: world, want: world}})
}

// A column of fixed length fills texts up; then they must be filled up already, or they would be found changed for ever.
func TestTextsOfFixedLength(t *testing.T) {
	check(t, sized("nchar", 5), textType(9), []fitting{
		{value: "", want: "     "},
		{value: "ab", want: "ab   "},
		{value: "ab   ", want: "ab   "},
		{value: "abcde  ", want: "abcde"}, // nothing is lost: the column has no end of a text but its own
		{value: "12345 ", want: "12345"},
		{value: "你好", want: "你好   "},
		{value: "😀😀", want: "😀😀 "},
		{value: "😀😀😀", want: "😀😀 ", reason: convert.Cut},
		{value: "abcdef", want: "abcde", reason: convert.Cut},
	})
	check(t, sized("char", 3), textType(9), []fitting{
		{value: "a", want: "a  "},
		{value: "é", reason: convert.NotInCharset},
	})
	check(t, utf8Type("char", 5), textType(9), []fitting{
		{value: "你", want: "你  "},
		{value: "你你", want: "你  ", reason: convert.Cut},
	})
}
