package booking

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/document"
)

func TestIdentify(t *testing.T) {
	tests := []struct {
		name, raw string
		want      Identity
	}{
		{"all of it", `{"id":7,"versionValue":3,"lastModifiedDate":"2026-01-31T09:00:00Z"}`, Identity{7, 3, "2026-01-31T09:00:00Z"}},
		{"id alone", `{"id":7}`, Identity{7, -1, ""}},
		{"the greatest id", `{"id":9223372036854775807}`, Identity{9223372036854775807, -1, ""}},
		{"version 0", `{"id":7,"versionValue":0}`, Identity{7, 0, ""}},
		{"version null", `{"id":7,"versionValue":null}`, Identity{7, -1, ""}},
		{"version a text", `{"id":7,"versionValue":"four"}`, Identity{7, -1, ""}},
		{"version not whole", `{"id":7,"versionValue":1.5}`, Identity{7, -1, ""}},
		{"version too large", `{"id":7,"versionValue":9223372036854775808}`, Identity{7, -1, ""}},
		{"last modified null", `{"id":7,"lastModifiedDate":null}`, Identity{7, -1, ""}},
		{"last modified a number", `{"id":7,"lastModifiedDate":1706695200000}`, Identity{7, -1, ""}},
		{"last modified escaped", `{"id":7,"lastModifiedDate":"\u0032026"}`, Identity{7, -1, "2026"}},
		{"white space", " {\n\"id\" : 7 }\n", Identity{7, -1, ""}},
		{"other members", `{"x":{"id":1},"id":7,"ID":8,"y":[{"id":2}]}`, Identity{7, -1, ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Identify([]byte(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			documentAgrees(t, []byte(test.raw))
		})
	}
}

// documentAgrees checks that a booking which can be parsed is identified as the raw one is.
func documentAgrees(t *testing.T, raw []byte) {
	t.Helper()
	doc, err := document.Parse(raw)
	if err != nil {
		return
	}
	want, wantErr := Identify(raw)
	got, err := IdentifyDocument(doc)
	if got != want || (err == nil) != (wantErr == nil) {
		t.Errorf("%q parsed is %+v with error %v, raw it is %+v with error %v", raw, got, err, want, wantErr)
	}
	// An object or array in place of the id is told compactly, and what is no object otherwise.
	if id := doc.Get("id").Kind(); err != nil && doc.Kind() == document.Object && id < document.Array && err.Error() != wantErr.Error() {
		t.Errorf("%q parsed has error %q, raw %q", raw, err, wantErr)
	}
}

func TestIdentifyRefuses(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"no id", `{"versionValue":3}`, "booking id is absent"},
		{"id null", `{"id":null}`, "booking id is null"},
		{"id a text", `{"id":"7"}`, `booking id is "7"`},
		{"id not whole", `{"id":12.5}`, "booking id is 12.5"},
		{"id with an exponent", `{"id":1e2}`, "booking id is 1e2"},
		{"id 0", `{"id":0}`, "booking id is 0"},
		{"id minus 0", `{"id":-0}`, "booking id is -0"},
		{"id negative", `{"id":-7}`, "booking id is -7"},
		{"id beyond 64 bits", `{"id":9223372036854775808}`, "booking id is 9223372036854775808"},
		{"id an object", `{"id":{"id":1}}`, `booking id is {"id":1}`},
		{"a very long id", `{"id":` + strings.Repeat("9", 1000) + `}`, strings.Repeat("9", 60) + "…,"},
		{"id twice", `{"id":1,"id":2}`, "not a booking"},
		{"a name twice further down", `{"id":1,"x":{"a":1,"a":2}}`, "not a booking"},
		{"an array", `[{"id":1}]`, "not a booking"},
		{"null", `null`, "booking id is absent"},
		{"nothing", ``, "not a booking"},
		{"cut short", `{"id":1`, "not a booking"},
		{"more after it", `{"id":1}{}`, "not a booking"},
		{"invalid UTF-8", "{\"id\":1,\"x\":\"\xff\"}", "not a booking"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Identify([]byte(test.raw))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, error %v, expected one that holds %q", got, err, test.want)
			}
			documentAgrees(t, []byte(test.raw))
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add([]byte(`{"id":7,"versionValue":3,"lastModifiedDate":"2026-01-31T09:00:00Z"}`))
	f.Add([]byte(`{"id":-0,"versionValue":[1],"lastModifiedDate":"\ud800"}`))
	f.Add([]byte(`{"id":{"id": 1}}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`[7]`))
	f.Add([]byte(`{"id":7,"lastModifiedDate":"tomorrow\n or /é"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		identity, err := Identify(raw)
		if string(raw) != before {
			t.Fatal("the booking was changed")
		}
		documentAgrees(t, raw)
		if (err == nil) != (identity.ID > 0) {
			t.Errorf("%+v with error %v", identity, err)
		}
		if id := identity.MessageID("run"); strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q does not fit a header", id)
		}
	})
}

func TestMessageID(t *testing.T) {
	tests := []struct {
		identity  Identity
		run, want string
	}{
		{Identity{123, 4, "2026-01-31T09:00:00Z"}, "backfill-1", "123/4/2026-01-31T09:00:00Z/backfill-1"},
		{Identity{123, -1, ""}, "", "123/-1//"},
		{Identity{123, 4, "a/b\r\n"}, "ü 1/2\x00", "123/4/a%2Fb%0D%0A/%C3%BC%201%2F2%00"},
	}
	for _, test := range tests {
		if got := test.identity.MessageID(test.run); got != test.want {
			t.Errorf("%s, expected %s", got, test.want)
		}
	}
}

// Parts that read the same when they are strung together must still give different ids.
func TestMessageIDTellsEveryPartApart(t *testing.T) {
	type version struct {
		Identity
		run string
	}
	draw := func(t *rapid.T, label string) version {
		text := rapid.StringMatching(`[12/%\-\n ]{0,4}`)
		number := rapid.Int64Range(-12, 12)
		return version{
			Identity{number.Draw(t, label+" id"), number.Draw(t, label+" version"), text.Draw(t, label+" modified")},
			text.Draw(t, label+" run"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "first"), draw(t, "second")
		same := a == b
		if idA, idB := a.MessageID(a.run), b.MessageID(b.run); (idA == idB) != same {
			t.Fatalf("%+v has %s, %+v has %s", a, idA, b, idB)
		}
	})
}

// Each part alone makes a difference.
func TestMessageIDDiffersByEachPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Identity{rapid.Int64().Draw(t, "id"), rapid.Int64().Draw(t, "version"), rapid.String().Draw(t, "modified")}
		run := rapid.String().Draw(t, "run")
		more := rapid.StringN(1, 5, -1).Draw(t, "more")
		for name, other := range map[string]string{
			"id":       Identity{i.ID + 1, i.Version, i.LastModified}.MessageID(run),
			"version":  Identity{i.ID, i.Version + 1, i.LastModified}.MessageID(run),
			"modified": Identity{i.ID, i.Version, i.LastModified + more}.MessageID(run),
			"run":      i.MessageID(more + run),
			"moved":    Identity{i.ID, i.Version, i.LastModified + "/" + more}.MessageID(strings.TrimPrefix(run, more)),
		} {
			if other == i.MessageID(run) {
				t.Fatalf("another %s gives the same id %s", name, other)
			}
		}
	})
}

func TestParseMessageID(t *testing.T) {
	tests := []struct {
		text     string
		identity Identity
		run      string
		ok       bool
	}{
		{"123/4/2026-01-31T09:00:00Z/backfill-1", Identity{123, 4, "2026-01-31T09:00:00Z"}, "backfill-1", true},
		{"123/-1//", Identity{123, -1, ""}, "", true},
		{"123/4/a%2Fb%0D%0A/%C3%BC%201%2F2%00", Identity{123, 4, "a/b\r\n"}, "ü 1/2\x00", true},
		{"123/4/2026-01-31T09:00:00Z/run/retry/7", Identity{123, 4, "2026-01-31T09:00:00Z"}, "run", true},
		{"123/4//run/retry/7/retry/19", Identity{123, 4, ""}, "run", true},
		{"123/4/2026-01-31T09:00:00Z", Identity{}, "", false},
		{"123/4", Identity{}, "", false},
		{"", Identity{}, "", false},
		{"dead-run-0011223344556677", Identity{}, "", false},
		{"+123/4//run", Identity{}, "", false},
		{"0123/4//run", Identity{}, "", false},
		{"x/4//run", Identity{}, "", false},
		{"123/x//run", Identity{}, "", false},
		{"123/4/%zz/run", Identity{}, "", false},
		{"123/4/a%2fb/run", Identity{}, "", false},
		{"123/4/a b/run", Identity{}, "", false},
		{"99999999999999999999/4//run", Identity{}, "", false},
	}
	for _, test := range tests {
		identity, run, ok := ParseMessageID(test.text)
		if identity != test.identity || run != test.run || ok != test.ok {
			t.Errorf("%q gives %+v, run %q, %v; expected %+v, run %q, %v", test.text, identity, run, ok, test.identity, test.run, test.ok)
		}
	}
}

// Whatever identity and run a message's id is made of, they are read from it again.
func TestMessageIDsAreReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Identity{rapid.Int64().Draw(t, "id"), rapid.Int64().Draw(t, "version"), rapid.String().Draw(t, "modified")}
		run := rapid.String().Draw(t, "run")
		text := i.MessageID(run) + rapid.SampledFrom([]string{"", "/retry/7", "/"}).Draw(t, "what follows")
		if got, gotRun, ok := ParseMessageID(text); !ok || got != i || gotRun != run {
			t.Fatalf("%q of %+v, run %q, was read as %+v, run %q, %v", text, i, run, got, gotRun, ok)
		}
	})
}

func FuzzParseMessageID(f *testing.F) {
	f.Add("123/4/2026-01-31T09:00:00Z/backfill-1")
	f.Add("123/-1//%C3%BC/retry/7")
	f.Add("+1/2/%2f/%")
	f.Fuzz(func(t *testing.T, text string) {
		identity, run, ok := ParseMessageID(text)
		if !ok {
			if identity != (Identity{}) || run != "" {
				t.Errorf("%q is refused and yet gives %+v, run %q", text, identity, run)
			}
			return
		}
		if rest, found := strings.CutPrefix(text, identity.MessageID(run)); !found || rest != "" && rest[0] != '/' {
			t.Errorf("%q is read as %+v, run %q, whose id is %q", text, identity, run, identity.MessageID(run))
		}
	})
}
