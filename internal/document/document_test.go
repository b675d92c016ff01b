package document

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func parse(t testing.TB, text string) *Node {
	t.Helper()
	n, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func TestParseKeepsEverythingAsWritten(t *testing.T) {
	const text = `{"a":1.50,"b":-0,"c":1e400,"d":12345678901234567890,"e":"\u00e9\n","f":[],"g":{},"h":[null,true,{"x":"<b>"}]}`
	if got := string(parse(t, text).JSON()); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, MostDepth+2) + "1" + strings.Repeat("}", MostDepth+2)
	tests := []struct {
		name, text string
		want       error
	}{
		{"nothing", "", nil},
		{"cut short", `{"a":1`, nil},
		{"two values", `{} {}`, nil},
		{"rubbish after", `{}x`, nil},
		{"a name twice", `{"a":1,"a":2}`, nil},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", nil},
		{"a bare NUL", "{\"a\":\"\x00\"}", nil},
		{"too deep", deep, ErrTooDeep},
		{"too many values", "[" + strings.Repeat("1,", MostNodes) + "1]", ErrTooLarge},
		{"too many members", manyMembers(), ErrTooLarge},
		{"too large", `"` + strings.Repeat("x", MostBytes) + `"`, ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil {
				t.Fatal("no error")
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error is %v, expected %v", err, test.want)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "not valid JSON: it ends where a JSON value is expected"},
		{`{"a":1,}`, `not valid JSON: '}' at byte 7, expected a member's name`},
		{`{"a" 1}`, `not valid JSON: '1' at byte 5, expected a colon`},
		{`{"a":1]`, `not valid JSON: ']' at byte 6, expected a comma or a brace`},
		{`[1}`, `not valid JSON: '}' at byte 2, expected a comma or a bracket`},
		{`[tru]`, `not valid JSON: 't' at byte 1, expected true`},
		{`[-x]`, `not valid JSON: 'x' at byte 2, expected a JSON value`},
		{`{"a":1,"b":2,"a":3}`, `not valid JSON: duplicate name "a" in the object that ends at byte 18`},
		{`["a]`, "not valid JSON: text that begins at byte 1: unexpected EOF"},
		{"[\"a\n\"]", "not valid JSON: text that begins at byte 1: unescaped control character"},
		{"[\"a\xff\"]", "not valid JSON: text that begins at byte 1: invalid UTF-8"},
		{`["\a"]`, "not valid JSON: text that begins at byte 1: jsontext: invalid escape sequence"},
		{`{} {}`, "more than one JSON value, or rubbish after it, at byte 3"},
	}
	for _, test := range tests {
		if _, err := Parse([]byte(test.text)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: error is %v, expected %s", test.text, err, test.want)
		}
	}
}

// manyMembers is an object with one member too many.
func manyMembers() string {
	members := make([]string, MostMembers+1)
	for i := range members {
		members[i] = fmt.Sprintf(`"m%d":0`, i)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestBuilderRefusesTooManyMembers(t *testing.T) {
	var b builder
	for i := range MostMembers {
		if err := b.add(fmt.Sprintf("m%d", i), "0"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.add("one more", "0"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v, expected %v", err, ErrTooLarge)
	}
}

func TestAbsentValuesAreHarmless(t *testing.T) {
	var absent *Node
	if absent.Get("a") != nil || absent.Text() != "" || !absent.IsNull() || absent.Members() != nil || absent.JSON() != nil || absent.Size() != 0 {
		t.Error("a nil node is not an absent value")
	}
}

func TestText(t *testing.T) {
	n := parse(t, `{"s":"a\u0041\n\ud83d\ude00","n":1.50,"b":false,"z":null,"o":{}}`)
	for name, want := range map[string]string{"s": "aA\n😀", "n": "1.50", "b": "false", "z": "", "o": "", "absent": ""} {
		if got := n.Get(name).Text(); got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	tests := []struct{ name, short, detail, want string }{
		{"detail wins", `{"id":1,"name":"short"}`, `{"id":1,"name":"detail"}`, `{"id":1,"name":"detail"}`},
		{"each has its own", `{"id":1,"displayName":"D"}`, `{"id":1,"paymentTerms":"30"}`, `{"id":1,"displayName":"D","paymentTerms":"30"}`},
		{"null is no value", `{"id":1,"a":"x","b":null}`, `{"id":1,"a":null,"b":"y","c":null}`, `{"id":1,"a":"x","b":"y","c":null}`},
		{"objects of one entity merge", `{"id":1,"type":{"id":7,"key":"k"}}`, `{"id":1,"type":{"id":7,"name":"n"}}`, `{"id":1,"type":{"id":7,"key":"k","name":"n"}}`},
		{"objects of two entities never meet", `{"id":1,"type":{"id":7,"key":"k"}}`, `{"id":1,"type":{"id":8,"name":"n"}}`, `{"id":1,"type":{"id":8,"name":"n"}}`},
		{"an object replaces a scalar", `{"id":1,"a":"text"}`, `{"id":1,"a":{"id":2}}`, `{"id":1,"a":{"id":2}}`},
		{"arrays are not merged", `{"id":1,"a":[1,2]}`, `{"id":1,"a":[3]}`, `{"id":1,"a":[3]}`},
		{"null detail", `{"id":1}`, `null`, `{"id":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(Merge(parse(t, test.short), parse(t, test.detail)).JSON())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	n := parse(t, `{"a":{"b":1,"c":2},"d":3}`)
	got := Replace(n, []string{"a", "b"}, parse(t, `"x"`))
	if diff := cmp.Diff(`{"a":{"b":"x","c":2},"d":3}`, string(got.JSON())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{"a":{"b":1,"c":2},"d":3}`, string(n.JSON())); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
	if Replace(n, []string{"x", "y"}, n) != n {
		t.Error("a path that leads nowhere changed the tree")
	}
}

func TestFields(t *testing.T) {
	const text = `{"id":7,"customer":{"name":"A","x":{}},"refs":[{"id":1,"tags":[]},null],"a.b":1,"c\\d":2,"#":3,"":4,"é\"":5,"0":6}`
	const want = `"id":7,"customer.name":"A","customer.x":{},"refs.#":2,"refs.0.id":1,"refs.0.tags.#":0,"refs.1":null,` +
		`"a\\.b":1,"c\\\\d":2,"\\#":3,"":4,"é\"":5,"0":6`
	got := string(AppendFields(nil, parse(t, text)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(text, rebuild(t, got)); diff != "" {
		t.Error(diff)
	}
}

// rebuild reads flat fields back into a document.
func rebuild(t testing.TB, fields string) string {
	t.Helper()
	n, err := new(Arena).ParseFlat([]byte(`{"fields":{`+fields+`}}`), "fields", nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(n.JSON())
}

func TestAMemberWithoutNameStaysApart(t *testing.T) {
	const text = `{"":{"notes":"X","":1},"id":1}`
	fields := string(AppendFields(nil, parse(t, text)))
	if diff := cmp.Diff(`".notes":"X",".":1,"id":1`, fields); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(text, rebuild(t, fields)); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsThatMakeNoDocument(t *testing.T) {
	for name, fields := range map[string]string{
		"twice":                 `"a":1,"a":2`,
		"inside a scalar":       `"a":1,"a.b":2`,
		"elements out of order": `"a.#":2,"a.1":2`,
		"a name in an array":    `"a.#":1,"a.x":2`,
		"an object":             `"a":{"b":1}`,
		"an array":              `"a":[1]`,
		"a length that is none": `"a.#":"1"`,
		"a length that is {}":   `"a.#":{}`,
		"too deep":              `"` + strings.Repeat("a.", MostDepth) + `a":1`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := new(Arena).ParseFlat([]byte(`{"fields":{`+fields+`}}`), "fields", nil)
			if !errors.Is(err, ErrFields) {
				t.Errorf("error is %v, expected one of %v", err, ErrFields)
			}
		})
	}
}

// anyObject draws a JSON object with names and values that are hard on paths.
func anyObject() *rapid.Generator[string] {
	name := rapid.SampledFrom([]string{"id", "a", "b", "", "#", ".", "a.b", `\`, `\#`, `x\`, "0", "1", "*", "$", "é", "漢", "\u2028", `"`})
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			kinds := 3
			if depth > 0 {
				kinds = 5
			}
			switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
			case 0:
				return rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "literal")
			case 1:
				return rapid.SampledFrom([]string{"0", "-1.50", "1e9", "3.0"}).Draw(t, "number")
			case 2:
				return rapid.SampledFrom([]string{`""`, `"a"`, `"\u0000"`, `"<b>é\n"`}).Draw(t, "text")
			case 3:
				elements := rapid.SliceOfN(value(depth-1), 0, 3).Draw(t, "elements")
				return "[" + strings.Join(elements, ",") + "]"
			default:
				names := rapid.SliceOfNDistinct(name, 0, 4, rapid.ID[string]).Draw(t, "names")
				members := make([]string, len(names))
				for i, n := range names {
					quoted, err := jsontext.AppendQuote(nil, n)
					if err != nil {
						t.Fatal(err)
					}
					members[i] = fmt.Sprintf("%s:%s", quoted, value(depth-1).Draw(t, "value"))
				}
				return "{" + strings.Join(members, ",") + "}"
			}
		})
	}
	names := rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string])
	return rapid.Custom(func(t *rapid.T) string {
		var members []string
		for _, n := range names.Draw(t, "top names") {
			quoted, err := jsontext.AppendQuote(nil, n)
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, fmt.Sprintf("%s:%s", quoted, value(3).Draw(t, "top value")))
		}
		return "{" + strings.Join(members, ",") + "}"
	})
}

func TestFieldsRestoreEveryDocument(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := anyObject().Draw(rt, "document")
		fields := string(AppendFields(nil, parse(t, text)))
		if got := rebuild(t, fields); got != text {
			rt.Fatalf("fields %s\ngot  %s\nwant %s", fields, got, text)
		}
	})
}
