package schema

import (
	"strings"
	"testing"

	"mcis/internal/goldentest"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/warehousetest"
)

// edit is a change of a database that no plan can undo.
type edit func(t *testing.T, m *model)

func retype(table, column string, to Type) edit {
	return edited(table, column, func(c *Column) { c.Type = to })
}

func edited(table, column string, change func(*Column)) edit {
	return func(t *testing.T, m *model) { change(m.database().Table(table).Column(column)) }
}

func with(statements ...string) edit {
	return func(t *testing.T, m *model) {
		t.Helper()
		if err := m.apply(statements...); err != nil {
			t.Fatal(err)
		}
	}
}

func all(edits ...edit) edit {
	return func(t *testing.T, m *model) {
		t.Helper()
		for _, e := range edits {
			e(t, m)
		}
	}
}

var varchar = Type{Name: "varchar", Length: 300}

// conflicts: mended tells whether the database is as wanted once the statements were run by hand and it was migrated again.
var conflicts = []struct {
	name   string
	edit   edit
	mended bool
}{
	{"view", func(t *testing.T, m *model) { m.database().Table("Rate").View = true }, false},
	{"column too short", retype("Company", "name", Type{Name: "nvarchar", Length: 10}), true},
	{"column too short, with an index", all(retype("Company", "name", Type{Name: "nvarchar", Length: 10, Collation: "Turkish_CI_AS"}),
		with("CREATE INDEX [IX_own] ON dbo.[Company] ([name])")), true},
	{"too few digits", retype("Sample", "a_latitude", Type{Name: "decimal", Precision: 6, Scale: 4}), true},
	{"more digits than any column has", retype("Sample", "a_long_decimal", Type{Name: "decimal", Precision: 38, Scale: 30}), true},
	{"int for bigint", retype("Sample", "a_bigint", Type{Name: "int"}), true},
	{"float", retype("Sample", "a_price", Type{Name: "float"}), true},
	{"money", retype("Sample", "a_price", Type{Name: "money"}), true},
	{"text", retype("Sample", "a_text", Type{Name: "ntext"}), true},
	{"xml", retype("Sample", "a_long_text", Type{Name: "xml"}), true},
	{"date", retype("Sample", "a_datetime", Type{Name: "date"}), true},
	{"uuid in text", retype("Sample", "a_uuid", Type{Name: "varchar", Length: 32}), true},
	{"key of another type", retype("Sample", "sample_id", Type{Name: "uniqueidentifier"}), false},
	{"stamp without microseconds", retype("Sample", "_observed_at", Type{Name: "datetime"}), true},
	{"varchar with an index", all(retype("Company", "name", varchar),
		with("CREATE UNIQUE INDEX [IX_own] ON dbo.[Company] ([company_id], [name]) INCLUDE ([_full])")), true},
	{"varchar with constraints", all(retype("Company", "name", varchar), with(
		"ALTER TABLE dbo.[Company] ADD CONSTRAINT [UQ_own] UNIQUE ([name])",
		"ALTER TABLE dbo.[Company] ADD CONSTRAINT [CK_own] CHECK ([name]<>'')",
		"ALTER TABLE dbo.[Company] ADD CONSTRAINT [DF_own] DEFAULT ('none') FOR [name]")), true},
	{"varchar with an index that is more than columns", all(retype("Company", "name", varchar),
		func(t *testing.T, m *model) {
			m.database().Table("Company").Indexes = []Index{{Name: "IX_filtered", Columns: []string{"name"}, Special: true}}
		}), false},
	{"varchar under a mask", edited("Company", "name", func(c *Column) { c.Type, c.Guarded = varchar, true }), false},
	{"varchar key", retype("Rate", "code", Type{Name: "varchar", Length: 10}), true},
	{"varchar key that is referenced", all(retype("Language", "code", Type{Name: "varchar", Length: 20}),
		retype("Booking", "language_code", Type{Name: "varchar", Length: 20})), false},
	{"key that folds case", retype("Rate", "code", Type{Name: "nvarchar", Length: 20}), true},
	{"no primary key", func(t *testing.T, m *model) { m.database().Table("Rate").PrimaryKey = nil }, true},
	{"another primary key", all(with("ALTER TABLE dbo.[Rate] DROP CONSTRAINT [PK_Rate]"), edited("Rate", "note", func(c *Column) { c.NotNull = true }),
		with("ALTER TABLE dbo.[Rate] ADD CONSTRAINT [PK_old] PRIMARY KEY ([note])", "ALTER TABLE dbo.[Rate] ALTER COLUMN [note] NVARCHAR(50)")), true},
	{"narrow primary key that is referenced", all(narrowKey, with("CREATE TABLE dbo.[Own] (\n[ref_id] INT NULL,\n"+
		"CONSTRAINT [FK_Own] FOREIGN KEY ([ref_id]) REFERENCES dbo.[BookingRefs] ([ref_id])\n)")), true},
	{"narrow primary key and a nullable column", all(narrowKey, edited("BookingRefs", "booking_id", func(c *Column) { c.NotNull = false })), true},
	{"key column missing", all(narrowKey, func(t *testing.T, m *model) {
		refs := m.database().Table("BookingRefs")
		refs.Columns, refs.ForeignKeys = refs.Columns[1:], nil
	}), false},
	{"computed", edited("Company", "name", func(c *Column) { c.Computed = true }), true},
	{"identity", edited("Company", "company_id", func(c *Column) { c.Identity = true }), false},
	{"not null", edited("Company", "name", func(c *Column) { c.NotNull = true }), true},
	{"unknown column that is not null", func(t *testing.T, m *model) {
		company := m.database().Table("Company")
		company.Columns = append(company.Columns, Column{Name: "our_note", Type: varchar, NotNull: true})
	}, true},
	{"reference of another type", all(with("ALTER TABLE dbo.[Booking] DROP CONSTRAINT [FK_Booking_company_id]",
		"DROP INDEX [IX_Booking_company_id] ON dbo.[Booking]"), retype("Booking", "company_id", Type{Name: "bigint"})), true},
	{"reference under another collation", all(with("ALTER TABLE dbo.[Booking] DROP CONSTRAINT [FK_Booking_language_code]",
		"DROP INDEX [IX_Booking_language_code] ON dbo.[Booking]"), retype("Booking", "language_code", Type{Name: "nvarchar", Length: 20})), true},
	{"names that differ in case", func(t *testing.T, m *model) {
		m.collation = "Latin1_General_CS_AS"
		m.database().Table("Rate").Name = "RATE"
		m.database().Table("Company").Column("name").Name = "Name"
	}, true},
}

var narrowKey = with("ALTER TABLE dbo.[BookingRefs] DROP CONSTRAINT [PK_BookingRefs]",
	"ALTER TABLE dbo.[BookingRefs] ADD CONSTRAINT [PK_BookingRefs] PRIMARY KEY ([ref_id])")

func TestConflicts(t *testing.T) {
	m := warehousetest.Mapping(t)
	var text strings.Builder
	for _, c := range conflicts {
		t.Run(c.name, func(t *testing.T) {
			db, err := newModel(DDL(m)...)
			if err != nil {
				t.Fatal(err)
			}
			c.edit(t, db)
			plan := Compare(m, db.database())
			if len(plan.Conflicts) == 0 {
				t.Fatal("no conflict")
			}
			text.WriteString("## " + c.name + "\n")
			for _, conflict := range plan.Conflicts {
				text.WriteString(conflict.String() + "\n")
				if err := db.apply(conflict.Statements...); err != nil {
					t.Fatalf("what is to be run by hand does not run: %v", err)
				}
			}
			if c.mended {
				applied(t, db, m)
				wantNothing(t, db, m)
			} else if len(Compare(m, db.database()).Conflicts) == 0 {
				t.Error("it was mended")
			}
		})
	}
	goldentest.Compare(t, "conflicts.txt", text.String())
}

func TestConflictsOfTheMappingItself(t *testing.T) {
	for name, c := range map[string]struct{ columns, want string }{
		"index on text without limit": {"{name: note, type: text(max), path: note, index: true}", "T.note"},
		"index on long text":          {"{name: note, type: text(851), path: note, index: true}", "T.note"},
		"key without limit":           {"{name: note, type: text(max), path: note, key: true}", "table T"},
		"key that is too wide":        {"{name: note, type: text(850), path: note, key: true}", "table T"},
	} {
		t.Run(name, func(t *testing.T) {
			m := oneTable(t, c.columns)
			plan := Compare(m, NewDatabase(""))
			if len(plan.Conflicts) != 1 || !strings.Contains(plan.Conflicts[0].String(), c.want) {
				t.Errorf("conflicts %v, want one of %s", plan.Conflicts, c.want)
			}
		})
	}
	m := oneTable(t, "{name: note, type: text(850), path: note, index: true}")
	if plan := Compare(m, NewDatabase("")); len(plan.Conflicts) > 0 {
		t.Errorf("1,700 bytes fit into an index: %v", plan.Conflicts)
	}
}

func oneTable(t *testing.T, columns string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("one.yaml", []byte("schema: 1\ntables:\n  - name: T\n    sources: [{path: $}]\n    columns:\n"+
		"      - {name: id, type: int, path: id, key: true}\n      - "+columns+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNamesThatAreTaken(t *testing.T) {
	m := warehousetest.Mapping(t)
	db := NewDatabase("Latin1_General_CI_AS")
	db.reserve("Rate", "synonym")
	db.reserve("pk_company", "procedure")
	plan := Compare(m, db)
	if len(plan.Conflicts) != 1 || !strings.Contains(plan.Conflicts[0].String(), "table Rate: a synonym has the name") {
		t.Errorf("conflicts %v, want one of the synonym Rate", plan.Conflicts)
	}
	if all := script(plan.Statements); !strings.Contains(all, "CONSTRAINT [PK_Company_2] PRIMARY KEY") {
		t.Errorf("no other name for the key of Company:\n%.300s", all)
	}
}
