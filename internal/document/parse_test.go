package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseAgreesWithTheReference(t *testing.T) {
	names := func(n int) string {
		members := make([]string, n)
		for i := range members {
			members[i] = fmt.Sprintf(`"member number %d":%d`, i, i)
		}
		return strings.Join(members, ",")
	}
	texts := []string{
		"", " ", "\n\t\r {\n\t\r }\n\t\r ", "\v{}", "\ufeff{}", "\u00a0{}", "{}\x00",
		"0", "-0", "01", "-", "-01", "+1", "1.", ".5", "1.5", "1e", "1e+", "1E-5", "1e5.5", "0x1", "00", "1 2", "--1", "1.e5", "-a", "0e0",
		"true", "tru", "truE", "trueish", "false", "null", "nul", "NaN", "t", "[true,false,null]", "[nulll]",
		`"`, `""`, `"a`, `"\`, `"\"`, `"\""`, `"\\"`, `"\/\b\f\n\r\t"`, `"\a"`, `"\u00e9"`, `"\u00E9"`, `"\u00g9"`, `"\u00"`, `"\u"`,
		`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"\u0000"`, `"` + "\x1f" + `"`, `"` + "\x7f" + `"`,
		`"12345678"`, `"1234567`, `"12345678901234567890é"`, `"é"`, `"éé12345678"`, `"漢字"`, `"😀"`, `"` + "\xff" + `"`, `"12345678` + "\xc3" + `"`, `"` + "\xed\xa0\x80" + `"`,
		`"` + "\xc0\x80" + `"`, `"` + "\ufffd" + `"`, `"\` + "\xc3\xa9" + `"`, `"\` + "\n" + `"`, `"é\n` + "\x01" + `"`, "\"1234567\x00\"", "\"\x80\"",
		"[", "]", "[]", "[,]", "[1,]", "[1 2]", "[1}", "[1", "[1,", "[[]", "[ ]", "[1 , 2 ]",
		"{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `{1:1}`, `{"a":1]`, `{"a":1 "b":2}`, `{"a":1,"b"`, `{ "a" : 1 , "b" : 2 }`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"é":1,"\u00e9":2}`, `{"a":{"a":1},"b":{"a":1,"a":2}}`, `{"":1,"":2}`, `{"":1}`,
		"{" + names(fewMembers) + "}", "{" + names(fewMembers+1) + "}", "{" + names(172) + "}", "{" + names(172) + `,"member number 7":0}`,
		"{" + names(fewMembers) + `,"member number 0":0}`, "{" + names(172) + `,"x":{` + names(20) + `,"member number 19":0}}`,
		strings.Repeat("[", MostDepth+1) + strings.Repeat("]", MostDepth+1), strings.Repeat("[", MostDepth+2) + strings.Repeat("]", MostDepth+2),
		strings.Repeat("[", MostDepth+1), strings.Repeat(`{"a":`, MostDepth+1) + "1" + strings.Repeat("}", MostDepth+1),
		strings.Repeat(`{"a":`, MostDepth) + "1" + strings.Repeat("}", MostDepth),
		"[" + strings.Repeat("1,", MostNodes-2) + "1]", "[" + strings.Repeat("1,", MostNodes-1) + "1]", "[" + strings.Repeat("1,", MostNodes-1) + "x",
		"{" + names(MostMembers) + "}", "{" + names(MostMembers+1) + "}", "{" + names(MostMembers) + `,"member number 1":1}`,
		`"` + strings.Repeat("x", MostBytes-2) + `"`, `"` + strings.Repeat("x", MostBytes-1) + `"`,
	}
	for _, text := range texts {
		agrees(t, []byte(text))
	}
}

// Every byte at every place of a text and of a document.
func TestParseAgreesWithTheReferenceOnEveryByte(t *testing.T) {
	const text = `{"name":"0123456789ab","é\n":[-1.5e+3,true,null,{}]}`
	for at := range len(text) {
		for c := range 256 {
			data := []byte(text)
			data[at] = byte(c)
			agrees(t, data)
		}
	}
}

// A document that was cut short is refused, wherever that was.
func TestParseRefusesWhatWasCutShort(t *testing.T) {
	const text = `{"name":"0123456789ab","é\n\u00e9":[-1.5e+3,true,null,{}]}`
	for length := range len(text) {
		if _, err := Parse([]byte(text[:length])); err == nil {
			t.Errorf("%s is accepted", text[:length])
		}
		agrees(t, []byte(text[:length]))
	}
}

func TestParseAgreesWithTheReferenceOnEveryDocument(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := anyObject().Draw(rt, "document")
		node, want := agrees(t, []byte(text))
		if diff := cmp.Diff(formerFields(want), string(AppendFields(nil, node))); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestNoTwoNamesAreTakenForOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[ab]{0,6}`), 0, 60).Draw(rt, "names")
		seen := make(map[string]bool)
		members := make([]string, len(names))
		for i, name := range names {
			seen[name] = true
			members[i] = fmt.Sprintf("%q:0", name)
		}
		if _, err := Parse([]byte("{" + strings.Join(members, ",") + "}")); (err == nil) != (len(seen) == len(names)) {
			rt.Fatalf("error is %v, there are %d different names of %d", err, len(seen), len(names))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"c.d":"\u00e9"}`))
	f.Add([]byte(`[[[[]]]]`))
	f.Add([]byte(`{"#":-0.5E+10,"\ud83d\ude00":"é漢\\","a":{"a":true,"":false}} `))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, want := agrees(t, data)
		if n == nil {
			return
		}
		again, err := Parse(n.JSON())
		if err != nil {
			t.Fatalf("its own JSON is refused: %v", err)
		}
		if diff := cmp.Diff(string(n.JSON()), string(again.JSON())); diff != "" {
			t.Error(diff)
		}
		if n.Kind() == Object {
			fields := string(AppendFields(nil, n))
			if diff := cmp.Diff(formerFields(want), fields); diff != "" {
				t.Error(diff)
			}
			rebuild(t, fields)
		}
	})
}
