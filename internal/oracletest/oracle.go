// Package oracletest says what a warehouse must hold for given bookings, cell by cell, straight from the JSON and the
// reference table of columns. It shares no code with the mapping, the converter or the document tree: that is its point.
package oracletest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mcis/internal/sharedtest"
)

// Tables are the expected cells: table → key → column → canonical text, see [Canonical]; a nil cell is NULL.
type Tables map[string]map[string]map[string]*string

// entity is a table's place in a booking, as the reference describes it.
type entity struct {
	table string
	path  string // from the booking; [] goes through an array
	short bool   // stands there in the short form only
	child bool   // belongs to the booking: the booking's id is part of the key
	kind  string // of the related resource whose detail is merged
}

// entities are the rows of the reference's table of entities.
var entities = []entity{
	{table: "Company", path: "company"},
	{table: "Company", path: "refs[].company"},
	{table: "Company", path: "requirements[].company"},
	{table: "Company", path: "customer.company"},
	{table: "Company", path: "billingCustomer.company"},
	{table: "Config", path: "refs[].config"},
	{table: "Integration", path: "integration"},
	{table: "Address", path: "location", kind: "address"},
	{table: "Address", path: "actualLocation", kind: "address"},
	{table: "Address", path: "billingLocation", kind: "address"},
	{table: "Address", path: "subLocation", kind: "address"},
	{table: "Customer", path: "refs[].customer", short: true},
	{table: "Customer", path: "customer", kind: "customer"},
	{table: "Customer", path: "billingCustomer", kind: "customer"},
	{table: "Interpreter", path: "interpreter", kind: "contact"},
	{table: "Interpreter", path: "preferredInterpreter", kind: "contact"},
	{table: "Requestor", path: "requestor", kind: "requestor"},
	{table: "Visit", path: "visit", kind: "visit"},
	{table: "Booking", path: ""},
	{table: "BookingRefs", path: "refs[]", child: true},
	{table: "BookingRequirements", path: "requirements[]", child: true},
}

// Expect derives the cells of the reference's tables from bookings. detail answers a resource's URI with its
// document, or nil when the API does not give it.
func Expect(t testing.TB, bookings [][]byte, detail func(uri string) []byte) Tables {
	t.Helper()
	o := oracle{t: t, detail: detail, columns: make(map[string][]sharedtest.Column), expected: make(Tables), full: make(map[string]bool)}
	for _, column := range sharedtest.Columns(t) {
		o.columns[column.Table] = append(o.columns[column.Table], column)
	}
	for _, raw := range bookings {
		booking, isObject := decode(t, raw).(map[string]any)
		if !isObject {
			t.Fatalf("not a booking: %.80s", raw)
		}
		for _, e := range entities {
			o.add(e, booking)
		}
	}
	return o.expected
}

type oracle struct {
	t        testing.TB
	detail   func(uri string) []byte
	columns  map[string][]sharedtest.Column
	expected Tables
	full     map[string]bool // table/key seen with its detail
}

func decode(t testing.TB, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("decode %.80s: %v", raw, err)
	}
	return value
}

// seen is an entity as it was found: its short form and its detail, either of which may be nil.
type seen struct {
	short, detail map[string]any
	whole         bool // no detail is missing
}

func (o *oracle) add(e entity, booking map[string]any) {
	for _, found := range o.find(e, booking) {
		row := make(map[string]*string)
		for _, column := range o.columns[e.table] {
			row[column.Name] = o.cell(column, found, booking)
		}
		key := o.key(e, row)
		id := e.table + "/" + key
		if o.expected[e.table] == nil {
			o.expected[e.table] = make(map[string]map[string]*string)
		}
		whole := found.whole && !e.short
		if _, known := o.expected[e.table][key]; known && o.full[id] && !whole {
			continue // a short form adds nothing to what was seen whole
		}
		o.full[id] = o.full[id] || whole
		o.expected[e.table][key] = row
	}
}

func (o *oracle) key(e entity, row map[string]*string) string {
	var key *string
	for _, column := range o.columns[e.table] {
		if column.Key == "PK" {
			key = row[column.Name]
		}
	}
	if key == nil {
		o.t.Fatalf("%s without a key: %v", e.table, row)
	}
	if e.child {
		return *row["booking_id"] + "/" + *key
	}
	return *key
}

// find follows the entity's path, through arrays, and into details where the path leads through a related resource.
func (o *oracle) find(e entity, booking map[string]any) []seen {
	level := []seen{{short: booking, whole: true}}
	if e.path == "" {
		return level
	}
	for depth, step := range strings.Split(e.path, ".") {
		name, isArray := strings.CutSuffix(step, "[]")
		fetched := depth == 0 && detailed[name]
		var next []seen
		for _, at := range level {
			next = append(next, o.descend(at, name, isArray, fetched)...)
		}
		level = next
	}
	return level
}

// detailed are the members of a booking that are fetched, as the reference lists them.
var detailed = map[string]bool{
	"customer": true, "billingCustomer": true, "interpreter": true, "preferredInterpreter": true, "requestor": true,
	"visit": true, "location": true, "actualLocation": true, "billingLocation": true, "subLocation": true,
}

// IsDetailed reports a member of a booking whose detail is fetched.
func IsDetailed(member string) bool { return detailed[member] }

// descend goes to a member. fetched says that it is a related resource of the booking, whose detail counts too.
func (o *oracle) descend(at seen, name string, isArray, fetched bool) []seen {
	if isArray {
		var elements []seen
		array, _ := at.short[name].([]any)
		for _, element := range array {
			if object, isObject := element.(map[string]any); isObject {
				elements = append(elements, seen{short: object, whole: true})
			}
		}
		return elements
	}
	short, _ := at.short[name].(map[string]any)
	inDetail, _ := at.detail[name].(map[string]any)
	if short == nil && inDetail == nil {
		return nil
	}
	found := seen{short: short, detail: inDetail, whole: true}
	if uri, hasURI := short["uri"].(string); fetched && hasURI {
		raw := o.detail(uri)
		found.whole = raw != nil
		if raw != nil {
			found.detail, _ = decode(o.t, raw).(map[string]any)
		}
	}
	return []seen{found}
}

// cell is the expected value of a column.
func (o *oracle) cell(column sharedtest.Column, at seen, booking map[string]any) *string {
	path := column.Path
	if path == "(booking) id" {
		return Canonical(o.t, column.Type, booking["id"])
	}
	if left, text, isTest := strings.Cut(path, " = "); isTest {
		value := at.value(left)
		if value == nil {
			return nil
		}
		return Canonical(o.t, "BIT", value == strings.Trim(text, "'"))
	}
	if name, onlyText := strings.CutSuffix(path, " (only when it is a string)"); onlyText {
		text, isText := at.value(name).(string)
		if !isText {
			return nil
		}
		return &text
	}
	for _, alternative := range strings.Split(path, ", or ") {
		name, _, _ := strings.Cut(alternative, " where ")
		value := at.value(name)
		if _, isObject := value.(map[string]any); value != nil && !isObject {
			return Canonical(o.t, column.Type, value)
		}
	}
	return nil
}

// value follows a dotted path in the detail, and where that holds nothing in the short form.
func (s seen) value(path string) any {
	if value := follow(s.detail, path); value != nil {
		return value
	}
	return follow(s.short, path)
}

func follow(object map[string]any, path string) any {
	var at any = object
	for _, step := range strings.Split(path, ".") {
		inside, isObject := at.(map[string]any)
		if !isObject {
			return nil
		}
		at = inside[step]
	}
	return at
}

// Differences compares the expected tables with what a warehouse holds and names at most limit of the cells that
// differ. extra decides whether a key that is not expected is a difference.
func Differences(want, got Tables, limit int, extra func(table, key string) bool) []string {
	var found []string
	for table, rows := range want {
		for key, row := range rows {
			held, present := got[table][key]
			if !present {
				found = append(found, fmt.Sprintf("%s %s: no row", table, key))
				continue
			}
			for column, value := range row {
				if !same(value, held[column]) {
					found = append(found, fmt.Sprintf("%s %s %s: %s, expected %s", table, key, column, show(held[column]), show(value)))
				}
			}
		}
		for key := range got[table] {
			if _, expected := rows[key]; !expected && extra(table, key) {
				found = append(found, fmt.Sprintf("%s %s: a row too many", table, key))
			}
		}
	}
	return found[:min(len(found), limit)]
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func show(text *string) string {
	const most = 60
	if text == nil {
		return "NULL"
	}
	return fmt.Sprintf("%.*q", most, *text)
}

// Cells counts the cells.
func (t Tables) Cells() int {
	n := 0
	for _, rows := range t {
		for _, row := range rows {
			n += len(row)
		}
	}
	return n
}
