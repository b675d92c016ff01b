package mapping

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/sharedtest"
)

func TestDefaultCoversEveryColumnOfTheReference(t *testing.T) {
	columns := sharedtest.Columns(t)
	const want = 386
	if len(columns) != want {
		t.Fatalf("%d columns in the reference, expected %d", len(columns), want)
	}
	m := Default()
	for _, c := range columns {
		table := m.Table(c.Table)
		if table == nil {
			t.Errorf("table %s is missing", c.Table)
			continue
		}
		column := columnOf(table, c.Name)
		if column == nil {
			t.Errorf("%s.%s is missing", c.Table, c.Name)
			continue
		}
		if got := legacyType(column.Type); got != c.Type {
			t.Errorf("%s.%s: type %s, expected %s", c.Table, c.Name, got, c.Type)
		}
		if c.Key == "PK" && !column.InKey {
			t.Errorf("%s.%s: expected in the key", c.Table, c.Name)
		}
	}
}

func columnOf(table *Table, name string) *Column {
	for _, column := range table.Columns {
		if column.Name == name {
			return column
		}
	}
	return nil
}

// legacyType is the type as the existing database has it.
func legacyType(t Type) string {
	text := strings.ToUpper(t.String())
	text = strings.Replace(text, "TEXT", "VARCHAR", 1)
	if t.Kind == UUID {
		return "UNIQUEIDENTIFIER"
	}
	return text
}

func TestDefaultHasATableForEveryID(t *testing.T) {
	want := strings.Fields(`Client Language BookingMode BookingStatus InvoiceStatus PaymentStatus OverflowType
		EmploymentCategory ContractType SuperBooking Consumer CancellationReason RatePlan BusinessUnit CustomerConfig
		RequirementCriteria BookingInvalidFields BookingOverriddenRequirements BookingConsumers`)
	for _, name := range want {
		if Default().Table(name) == nil {
			t.Errorf("table %s is missing", name)
		}
	}
	status := columnOf(Default().Table("Booking"), "status_id")
	if status == nil || status.References != Default().Table("BookingStatus") {
		t.Error("Booking.status_id does not reference BookingStatus")
	}
	config := columnOf(Default().Table("Customer"), "config_id")
	if config.References != Default().Table("CustomerConfig") {
		t.Error("Customer.config_id does not reference CustomerConfig: its ids are not those of Config")
	}
}

func TestLoadOrderPutsReferencedTablesFirst(t *testing.T) {
	for _, table := range Default().Tables {
		for _, column := range table.Columns {
			if column.References != nil && column.References.Index >= table.Index {
				t.Errorf("%s stands at %d, %s, which it references, at %d",
					table.Name, table.Index, column.References.Name, column.References.Index)
			}
		}
	}
}

func TestRelationsOfDefault(t *testing.T) {
	var got []string
	for _, relation := range Default().Relations() {
		got = append(got, relation.Path.String()+"="+relation.Kind)
	}
	want := []string{
		"location=address", "actualLocation=address", "billingLocation=address", "subLocation=address",
		"customer=customer", "billingCustomer=customer", "interpreter=contact", "preferredInterpreter=contact",
		"requestor=requestor", "visit=visit",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// small is a mapping that uses most of what a file may say.
const small = `schema: 1
tables:
  - name: Customer
    short_form: [id, name]
    sources:
      - {path: customer, detail: customer}
    columns:
      - {name: customer_id, type: int, path: id, key: true}
      - {name: name, type: text(50), path: name}
      - {name: note, type: text(max), path: [note, notes], omit: true}
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
      - {name: customer_id, type: int, path: customer.id, references: Customer}
  - name: Ref
    parent: Booking
    sources: [{path: refs.*}]
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: ref_id, type: bigint, path: id, key: true}
`

func TestARelationThatFeedsNoColumnIsNotNeeded(t *testing.T) {
	m, err := Load("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Relations(); len(got) != 0 {
		t.Errorf("needs %v: id and name are in the short form, note is omitted", got)
	}
	m, err = Load("small.yaml", []byte(strings.Replace(small, ", omit: true", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Relations(); len(got) != 1 || got[0].Kind != "customer" {
		t.Errorf("needs %v, expected the customer: note is only in its detail", got)
	}
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ name, old, replacement, want string }{
		{"schema", "schema: 1", "schema: 7", "small.yaml:1: schema is 7, expected 1"},
		{"unknown member", "key: true}", "keey: true}", `unknown field "keey"`},
		{"type", "type: text(50)", "type: varchar", `small.yaml:9: Customer.name: type "varchar": expected int, bigint`},
		{"text too long", "text(50)", "text(4001)", "small.yaml:9: Customer.name: type"},
		{"decimal", "text(50)", "'decimal(3,4)'", "small.yaml:9: Customer.name: type"},
		{"path", "path: name}", "path: a..b}", `small.yaml:9: Customer.name: path "a..b"`},
		{"wildcard in a column", "path: name}", "path: a.*.b}", "small.yaml:9: Customer.name: path a.*.b: * is for sources"},
		{"reference to nothing", "references: Customer", "references: Client", `small.yaml:15: Booking.customer_id: references "Client"`},
		{"reference without a source", "path: customer.id", "path: payer.id",
			"small.yaml:15: Booking.customer_id: references Customer, which has no source payer"},
		{"type of the reference", "{name: customer_id, type: int, path: customer.id", "{name: customer_id, type: bigint, path: customer.id",
			"small.yaml:15: Booking.customer_id: references Customer, whose key is not one column of the type bigint"},
		{"no key", "path: id, key: true}\n      - {name: name", "path: id}\n      - {name: name",
			"small.yaml:3: table Customer: expected a column with key: true"},
		{"column twice", "name: name,", "name: Customer_ID,", "small.yaml:9: Customer.Customer_ID: declared before, on line 8"},
		{"table twice", "name: Booking\n", "name: customer\n", "table customer: declared before, on line 3"},
		{"reserved", "name: Ref\n", "name: RejectedValue\n", "the name is reserved"},
		{"lineage name", "name: name,", "name: _loaded_at,", `Customer: column name "_loaded_at"`},
		{"parent", "parent: Booking", "parent: Visit", `table Ref: parent "Visit"`},
		{"child source", "path: refs.*", "path: refs", "table Ref: expected one source, an array"},
		{"equals", "path: name}", "path: name, equals: x}", "Customer.name: equals needs the type bit"},
		{"hash too short", "path: name}", "path: name, hash: true}", "Customer.name: hash needs the type text(64)"},
		{"only", "path: name}", "path: name, only: number}", `Customer.name: only: "number": expected text`},
		{"detail of elements", "{path: refs.*}", "{path: refs.*, detail: ref}", "a detail cannot be fetched"},
		{"cycle", "{name: name, type: text(50), path: name}", "{name: b, type: int, path: $.id, references: Booking}",
			"references that lead back to itself"},
		{"no YAML", "schema: 1", "schema: [", "mapping small.yaml:"},
		{"a tag alone", small, "tables:\n !\r", "mapping small.yaml: not valid YAML"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(small, test.old, test.replacement, 1)
			if text == small {
				t.Fatal("the test changes nothing")
			}
			_, err := Load("small.yaml", []byte(text))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is\n%v\nexpected to hold\n%s", err, test.want)
			}
		})
	}
}

func TestTypeRoundTrip(t *testing.T) {
	for _, text := range []string{"int", "bigint", "bit", "datetime", "uuid", "text(1)", "text(4000)", "text(max)", "decimal(9,6)", "decimal(38,0)"} {
		parsed, err := ParseType(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if parsed.String() != text {
			t.Errorf("%s reads as %s", text, parsed)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small)) // the built-in mapping is too long: the fuzzer would do nothing but shorten it
	f.Add([]byte("schema: 1\ntables: [{name: A, sources: [{path: $}], columns: [{name: a, type: int, path: [id, '#'], key: true}]}]"))
	f.Add([]byte(offers))
	f.Add([]byte(small + gapTable))
	f.Add([]byte(withLifetimes("{kind: customer, ttl: 1h, absent_ttl: 1m}")))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := Load("fuzz", data, "no such collection")
		var unknown *UnknownCollectionError
		switch {
		case err == nil:
			t.Fatal("an unknown collection was accepted")
		case !errors.As(err, &unknown):
			if m, err := Load("fuzz", data); err == nil {
				t.Fatalf("a mapping of %v was accepted only without collections", m.Tables)
			}
			return
		}
		for _, on := range [][]string{nil, unknown.Known} {
			if m, err := Load("fuzz", data, on...); err == nil {
				checkLoaded(t, m, on)
			}
		}
	})
}

func checkLoaded(t *testing.T, m *Mapping, collections []string) {
	t.Helper()
	for i, table := range m.Tables {
		if table.Index != i || len(table.Key) == 0 || len(table.Sources) == 0 || m.Table(table.Name) != table {
			t.Errorf("table %s was accepted at %d without key, source or place", table.Name, i)
		}
		for _, column := range table.Columns {
			if other := column.References; other != nil && m.Table(other.Name) != other {
				t.Errorf("%s.%s references %s, which does not exist", table.Name, column.Name, other.Name)
			}
		}
	}
	for _, relation := range m.Relations() {
		if relation.TTL < 0 || relation.AbsentTTL < 0 {
			t.Errorf("%s: %+v", relation.Kind, relation.Lifetime)
		}
	}
	if len(m.Collections()) != len(collections) {
		t.Errorf("collections %v, expected %v", m.Collections(), collections)
	}
	if gaps := m.Gaps(); gaps != nil && (gaps.Parent != m.Bookings() || gaps.ColumnOf(GapStatus) == nil) {
		t.Errorf("gaps in %+v", gaps)
	}
}
