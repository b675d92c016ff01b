package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEditor(t *testing.T) {
	const text = `{"a":{"b":1,"c":{"d":2}},"e":[3],"f":null}`
	type edit struct {
		set   bool
		path  []string
		value string
	}
	tests := []struct {
		name  string
		edits []edit
		want  string
	}{
		{"nothing", nil, text},
		{"replaced", []edit{{false, []string{"a", "b"}, `"x"`}}, `{"a":{"b":"x","c":{"d":2}},"e":[3],"f":null}`},
		{"several", []edit{{false, []string{"a", "b"}, `"x"`}, {false, []string{"a", "c", "d"}, `9`}, {false, []string{"f"}, `{}`}},
			`{"a":{"b":"x","c":{"d":9}},"e":[3],"f":{}}`},
		{"the same twice", []edit{{false, []string{"a"}, `1`}, {false, []string{"a"}, `2`}}, `{"a":2,"e":[3],"f":null}`},
		{"into what was put in", []edit{{false, []string{"f"}, `{"g":{}}`}, {true, []string{"f", "g", "h"}, `1`}},
			`{"a":{"b":1,"c":{"d":2}},"e":[3],"f":{"g":{"h":1}}}`},
		{"replacing what is not there", []edit{{false, []string{"x"}, `1`}, {false, []string{"a", "x"}, `1`}, {false, []string{"e", "0"}, `1`}}, text},
		{"below what is not there", []edit{{true, []string{"x", "y"}, `1`}, {true, []string{"e", "y"}, `1`}, {true, []string{"f", "y"}, `1`}}, text},
		{"set where it is", []edit{{true, []string{"a", "b"}, `[]`}}, `{"a":{"b":[],"c":{"d":2}},"e":[3],"f":null}`},
		{"set where it is not", []edit{{true, []string{"g"}, `1`}, {true, []string{"a", "x"}, `2`}}, `{"a":{"b":1,"c":{"d":2},"x":2},"e":[3],"f":null,"g":1}`},
		{"many are set", []edit{{true, []string{"1"}, `1`}, {true, []string{"2"}, `2`}, {true, []string{"3"}, `3`}, {true, []string{"4"}, `4`}, {true, []string{"5"}, `5`}},
			`{"a":{"b":1,"c":{"d":2}},"e":[3],"f":null,"1":1,"2":2,"3":3,"4":4,"5":5}`},
		{"all of it", []edit{{false, nil, `1`}}, `1`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			arena := NewArena()
			defer arena.Free()
			for _, editor := range []*Editor{Edit(parse(t, text)), arena.Edit(parse(t, text))} {
				before := editor.root
				for _, e := range test.edits {
					if e.set {
						editor.Set(e.path, parse(t, e.value))
					} else {
						editor.Replace(e.path, parse(t, e.value))
					}
				}
				if diff := cmp.Diff(test.want, string(editor.Document().JSON())); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(text, string(before.JSON())); diff != "" {
					t.Errorf("the tree that it began with changed: %s", diff)
				}
			}
		})
	}
}

func TestEditorPutsNothingWhereThereIsNoValue(t *testing.T) {
	n := parse(t, `{"a":1}`)
	editor := Edit(n)
	editor.Replace([]string{"a"}, nil)
	editor.Set([]string{"b"}, nil)
	if editor.Document() != n {
		t.Errorf("an absent value made %s", editor.Document().JSON())
	}
}

func TestEditorTellsWhatIsThereNow(t *testing.T) {
	editor := Edit(parse(t, `{"a":{"b":1}}`))
	editor.Replace([]string{"a", "b"}, parse(t, "2"))
	editor.Set([]string{"a", "c"}, parse(t, "3"))
	for path, want := range map[string]string{"": `{"a":{"b":2,"c":3}}`, "a": `{"b":2,"c":3}`, "a.c": "3", "a.x": "", "a.b.x": ""} {
		steps := strings.FieldsFunc(path, func(r rune) bool { return r == '.' })
		if got := string(editor.At(steps).JSON()); got != want {
			t.Errorf("at %q is %s, expected %s", path, got, want)
		}
	}
}

func TestDocumentsOfAnEditorStayAsTheyWere(t *testing.T) {
	editor := Edit(parse(t, `{"a":1}`))
	editor.Set([]string{"b"}, parse(t, "2"))
	first := editor.Document()
	editor.Set([]string{"a"}, parse(t, "3"))
	editor.Set([]string{"c"}, parse(t, "4"))
	if diff := cmp.Diff(`{"a":1,"b":2}`, string(first.JSON())); diff != "" {
		t.Errorf("the first document changed: %s", diff)
	}
	if diff := cmp.Diff(`{"a":3,"b":2,"c":4}`, string(editor.Document().JSON())); diff != "" {
		t.Error(diff)
	}
}
