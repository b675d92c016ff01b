package simapi_test

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"mcis/internal/simapi"
)

// shared reads a file of the hand-over, which stands beside the repository; without it the test is skipped.
func shared(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", name))
	if err != nil {
		t.Skipf("the hand-over is not here: %v", err)
	}
	return string(content)
}

// column is a row of columns.tsv.
type column struct {
	table, name, typ, path string
	alternatives           []string // its paths, without what says when one applies
}

func columns(t *testing.T) []*column {
	var all []*column
	for _, line := range strings.Split(shared(t, "schema/columns.tsv"), "\n")[1:] {
		parts := strings.Split(line, "\t")
		if len(parts) == 5 && !strings.Contains(parts[4], " = ") { // what is worked out has no type of its own here
			all = append(all, &column{parts[0], parts[1], parts[2], parts[4], alternatives(parts[4])})
		}
	}
	return all
}

func alternatives(path string) []string {
	var paths []string
	for alternative := range strings.SplitSeq(strings.TrimPrefix(path, "(booking) "), ", or ") {
		paths = append(paths, strings.Fields(alternative)[0])
	}
	return paths
}

// places are where a table's entities stand in a booking; a dot descends, [] goes through an array.
var places = map[string][]string{
	"Booking": {""}, "Company": {"company"}, "Config": {"refs.[].config"}, "Integration": {"integration"},
	"Address":     {"location", "actualLocation", "billingLocation", "subLocation"},
	"Customer":    {"customer", "billingCustomer"},
	"Interpreter": {"interpreter", "preferredInterpreter"}, "Requestor": {"requestor"}, "Visit": {"visit"},
	"BookingRefs": {"refs.[]"}, "BookingRequirements": {"requirements.[]"},
}

// reach returns the values at a path.
func reach(v any, path string) []any {
	if path == "" {
		return []any{v}
	}
	head, rest, _ := strings.Cut(path, ".")
	var found []any
	switch v := v.(type) {
	case map[string]any:
		found = reach(v[head], rest)
	case []any:
		if head == "[]" {
			for _, item := range v {
				found = append(found, reach(item, rest)...)
			}
		}
	}
	return found
}

// parse decodes with exact numbers.
func parse(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return v
}

// entities are a table's entities in a booking, each as the short form and, when it is met first, as its detail.
func entities(t *testing.T, s *simapi.Server, booking any, table string, details map[string]bool) []any {
	var all []any
	for _, place := range places[table] {
		for _, entity := range reach(booking, place) {
			fields, ok := entity.(map[string]any)
			if !ok {
				continue
			}
			all = append(all, entity)
			path := fields["uri"].(string)
			path = path[strings.Index(path, simapi.PathPrefix)+len(simapi.PathPrefix):]
			if table == "Booking" || details[path] {
				continue
			}
			details[path] = true
			all = append(all, parse(t, s.Resource(path)))
		}
	}
	return all
}

func TestEveryColumnIsFilledAndFits(t *testing.T) {
	t.Parallel()
	s, err := simapi.New(simapi.Config{Bookings: 2000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	all, details := columns(t), map[string]bool{}
	filled, misfits := map[*column]map[string]bool{}, 0
	every := 4 // a quarter of 2,000 has to do
	if raceEnabled {
		every = 40 // which fit, but do not fill every column
	}
	for i, id := range s.IDs() {
		if i%every != 0 {
			continue
		}
		booking := parse(t, s.Booking(id))
		perTable := map[string][]any{}
		for table := range places {
			perTable[table] = entities(t, s, booking, table, details)
		}
		for _, c := range all {
			for _, path := range c.alternatives {
				for _, entity := range perTable[c.table] {
					for _, v := range reach(entity, path) {
						note(filled, c, path, v)
						if reason := c.misfit(v); reason != "" && misfits < 20 {
							misfits++
							t.Errorf("booking %d: %s.%s: %s: %.80v", id, c.table, c.name, reason, v)
						}
					}
				}
			}
		}
	}
	if !raceEnabled {
		allFilled(t, all, filled)
	}
}

func allFilled(t *testing.T, all []*column, filled map[*column]map[string]bool) {
	t.Helper()
	for _, c := range all {
		for _, path := range c.alternatives {
			if !filled[c][path] {
				t.Errorf("%s.%s is never filled from %s", c.table, c.name, path)
			}
		}
		if strings.Contains(c.path, "only when it is a string") && !filled[c]["string"] ||
			strings.Contains(c.path, ".name where it is an object") && !filled[c]["string"] {
			t.Errorf("%s.%s is never a string", c.table, c.name)
		}
	}
}

func note(filled map[*column]map[string]bool, c *column, path string, v any) {
	if v == nil {
		return
	}
	if filled[c] == nil {
		filled[c] = map[string]bool{}
	}
	filled[c][path] = true
	if _, is := v.(string); is {
		filled[c]["string"] = true
	}
}

var typeArguments = regexp.MustCompile(`\((\w+)(?:,(\d+))?\)`)

// misfit says why a value does not fit the column, "" when it does. Objects and arrays are judged by what reads them.
func (c *column) misfit(v any) string {
	argument := typeArguments.FindStringSubmatch(c.typ)
	kind, _, _ := strings.Cut(c.typ, "(")
	switch v := v.(type) {
	case bool:
		if kind != "BIT" {
			return "a boolean in " + c.typ
		}
	case json.Number:
		return misfitNumber(v, kind, argument)
	case string:
		return misfitText(v, kind, argument)
	}
	return ""
}

func misfitNumber(v json.Number, kind string, argument []string) string {
	n, ok := new(big.Rat).SetString(v.String())
	switch {
	case !ok:
		return "not a number"
	case kind == "INT" && (!n.IsInt() || n.Num().BitLen() > 31):
		return "not an INT"
	case kind == "DECIMAL":
		digits, _ := strconv.Atoi(argument[1])
		scale, _ := strconv.Atoi(argument[2])
		shifted := n.Mul(n, new(big.Rat).SetInt64(pow10(scale)))
		if !shifted.IsInt() || len(new(big.Int).Abs(shifted.Num()).String()) > digits {
			return "does not fit " + argument[0]
		}
	case kind != "INT" && kind != "DECIMAL":
		return "a number in " + kind
	}
	return ""
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func misfitText(v, kind string, argument []string) string {
	switch kind {
	case "VARCHAR":
		if most, err := strconv.Atoi(argument[1]); err == nil && (len(utf16.Encode([]rune(v))) > most || len(v) > most) {
			return "too long"
		}
	case "DATETIME":
		if _, err := time.Parse("2006-01-02T15:04:05Z", v); err != nil {
			return err.Error()
		}
	case "UNIQUEIDENTIFIER":
		if !uuidPattern.MatchString(v) {
			return "not a UUID"
		}
	default:
		return "text in " + kind
	}
	return ""
}
