package document

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyPair draws two objects of which many members have the same names, in different orders.
func anyPair(t *rapid.T) (short, detail string) {
	names := make([]string, 30)
	for i := range names {
		names[i] = fmt.Sprintf("m%d", i)
	}
	names[0] = "id"
	scalar := rapid.SampledFrom([]string{"null", "1", `"1"`, "2", `"x"`, "[1]", "[]", "{}"})
	var object func(depth int, label string) string
	object = func(depth int, label string) string {
		var members []string
		for _, name := range rapid.Permutation(names).Draw(t, label)[:rapid.IntRange(0, len(names)).Draw(t, "members")] {
			value := scalar.Draw(t, name)
			if depth > 0 && rapid.IntRange(0, 3).Draw(t, "nested") == 0 {
				value = object(depth-1, name)
			}
			members = append(members, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	return object(2, "short"), object(2, "detail")
}

func TestMergeAgreesWithTheReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		shortText, detailText := anyPair(rt)
		mergeAgrees(t, shortText, detailText)
	})
}

// mergeAgrees merges two documents on the heap and in an arena, and compares with the reference.
func mergeAgrees(t testing.TB, shortText, detailText string) {
	t.Helper()
	short, formerShort := agrees(t, []byte(shortText))
	detail, formerDetail := agrees(t, []byte(detailText))
	if short == nil || detail == nil {
		return
	}
	want := formerMerge(formerShort, formerDetail)
	arena := NewArena()
	defer arena.Free()
	for name, got := range map[string]*Node{"heap": Merge(short, detail), "arena": arena.Merge(short, detail)} {
		if difference := differ(got, want); difference != "" {
			t.Fatalf("%s and %s, merged on the %s: %s", shortText, detailText, name, difference)
		}
	}
	if difference := differ(short, formerShort) + differ(detail, formerDetail); difference != "" {
		t.Fatalf("%s and %s: merging changed them: %s", shortText, detailText, difference)
	}
}

// One entity's id may be a text in one place and a number in another.
func TestMergeEntityTakesIDsAsTheSame(t *testing.T) {
	short, detail := parse(t, `{"id":"7","a":1,"type":{"id":1,"a":1}}`), parse(t, `{"id":7,"b":2,"type":{"id":"1","b":2}}`)
	if got := string(Merge(short, detail).JSON()); got != `{"id":7,"a":1,"type":{"id":"1","a":1,"b":2},"b":2}` {
		t.Errorf("a text and a number that read the same are merged to %s", got)
	}
	other := parse(t, `{"id":8,"b":2,"type":{"id":2,"b":2}}`)
	if got := string(Merge(short, other).JSON()); got != string(other.JSON()) {
		t.Errorf("two entities are merged to %s", got)
	}
	if got := string(MergeEntity(short, other).JSON()); got != `{"id":8,"a":1,"type":{"id":2,"b":2},"b":2}` {
		t.Errorf("what is one entity is merged to %s", got)
	}
	for _, text := range []string{`null`, `"x"`, `[1]`} {
		if got, want := MergeEntity(short, parse(t, text)), Merge(short, parse(t, text)); string(got.JSON()) != string(want.JSON()) {
			t.Errorf("%s is merged to %s, expected %s", text, got.JSON(), want.JSON())
		}
	}
}

// What comes out as it went in is not made anew.
func TestMergeSharesWhatDoesNotChange(t *testing.T) {
	detail := parse(t, `{"id":1,"name":"detail","status":{"id":2,"name":"s"},"more":[1]}`)
	if short := parse(t, `{"id":1,"name":"short","status":{"id":2,"name":"s"}}`); Merge(short, detail) != detail {
		t.Error("a detail that has all of the short form, in its order, was copied")
	}
	if empty, short := parse(t, `{"name":null}`), parse(t, `{"id":1,"name":"short"}`); Merge(short, empty) != short {
		t.Error("a short form to which the detail adds nothing was copied")
	}
	short := parse(t, `{"own":0,"status":{"id":2}}`)
	if merged := Merge(short, detail); merged.Get("status") != detail.Get("status") || merged.Get("own") != short.Get("own") {
		t.Error("members that did not change were copied")
	}
}

func FuzzMerge(f *testing.F) {
	f.Add(`{"id":1,"a":{"id":"2","x":null}}`, `{"a":{"id":2,"y":[]},"id":"1","b":null}`)
	f.Add(`{"id":null,"a":1}`, `{"a":null,"id":{}}`)
	f.Add(`null`, `[]`)
	f.Fuzz(func(t *testing.T, short, detail string) { mergeAgrees(t, short, detail) })
}
