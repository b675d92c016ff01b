package simapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mcis/internal/simapi"
)

// observed is a row of fields.tsv: what was seen at a path of a resource.
type observed struct {
	resource, path string
	types          []string
}

func observedFields(t *testing.T) []observed {
	var all []observed
	for _, line := range strings.Split(shared(t, "api/fields.tsv"), "\n")[1:] {
		if parts := strings.Split(line, "\t"); len(parts) >= 3 && !strings.Contains(parts[1], "[]") {
			all = append(all, observed{parts[0], parts[1], strings.Fields(parts[2])})
		}
	}
	return all
}

// specimens collects resources by their kind and whether they were embedded or answered by their own URI.
type specimens map[string][]map[string]any

// embedded adds all resources inside v; shapes that are shorter than the short form are told by a field they lack.
func (sp specimens) embedded(v any) {
	switch v := v.(type) {
	case map[string]any:
		if uri, ok := v["uri"].(string); ok && !shorter(v, uri) {
			name := kindOf(uri) + " (embedded)"
			if len(sp[name]) < 3000 {
				sp[name] = append(sp[name], v)
			}
		}
		for _, member := range v {
			sp.embedded(member)
		}
	case []any:
		for _, item := range v {
			sp.embedded(item)
		}
	}
}

func kindOf(uri string) string {
	parts := strings.Split(uri, "/")
	return parts[len(parts)-2]
}

func shorter(v map[string]any, uri string) bool {
	telling := map[string]string{
		"referenceCode": "config", "ratePlan": "company", "bookingStatus": "l10nKey", "contractType": "l10nKey", "paymentMethod": "l10nKey",
	}
	field, known := telling[kindOf(uri)]
	if !known {
		return false
	}
	_, has := v[field]
	return !has
}

func TestEveryObservedFieldIsThere(t *testing.T) {
	t.Parallel()
	rows := observedFields(t)
	bookings := 250
	if raceEnabled {
		bookings = 40 // which have every field, but not every type of it
	}
	s, err := simapi.New(simapi.Config{Bookings: bookings, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	seen := collect(t, s)
	for _, row := range rows {
		found := seen[row.resource]
		if len(found) == 0 {
			if !raceEnabled {
				t.Errorf("%s never occurs", row.resource)
			}
			continue
		}
		var types []string
		for _, fields := range found {
			v, present := fields[row.path]
			if !present && row.path != "promote" { // only the brief form of a ref has it, and its detail
				t.Errorf("%s lacks %s", row.resource, row.path)
				break
			}
			types = append(types, typesOf(v)...)
		}
		for _, want := range row.types {
			if row.path != "promote" && !slices.Contains(types, want) && want != "null" && !raceEnabled {
				t.Errorf("%s.%s is never %s", row.resource, row.path, want)
			}
		}
	}
}

// collect gathers bookings, what they embed, and the details of what they link to.
func collect(t *testing.T, s *simapi.Server) specimens {
	seen, fetched := specimens{}, map[string]bool{}
	for _, id := range s.IDs() {
		booking := parse(t, s.Booking(id)).(map[string]any)
		seen["booking"] = append(seen["booking"], booking)
		seen.embedded(booking)
		for _, name := range []string{"customer", "interpreter", "requestor", "visit", "client"} {
			short, ok := booking[name].(map[string]any)
			if !ok || fetched[short["uri"].(string)] {
				continue
			}
			uri := short["uri"].(string)
			fetched[uri] = true
			detail := parse(t, s.Resource(uri[strings.Index(uri, simapi.PathPrefix)+len(simapi.PathPrefix):])).(map[string]any)
			kind := kindOf(uri) + " (detail)"
			seen[kind] = append(seen[kind], detail)
			for _, member := range detail {
				seen.embedded(member)
			}
		}
	}
	return seen
}

// typesOf names a value's type in every way that fields.tsv may.
func typesOf(v any) []string {
	switch v := v.(type) {
	case bool:
		return []string{"bool"}
	case json.Number:
		return []string{"number", "int"}
	case []any:
		return []string{"array"}
	case string:
		types := []string{"string"}
		if misfitText(v, "DATETIME", nil) == "" {
			types = append(types, "timestamp")
		}
		if strings.Contains(v, "://") {
			types = append(types, "uri")
		}
		if uuidPattern.MatchString(v) {
			types = append(types, "uuid")
		}
		return types
	case map[string]any:
		return []string{"->" + kindOf(v["uri"].(string))}
	}
	return nil
}
