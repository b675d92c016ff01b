package schema

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/goldentest"
	"mcis/internal/mapping"
	"mcis/internal/sharedtest"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/warehousetest"
)

func script(statements []string) string { return strings.Join(statements, ";\n\n") + ";\n" }

func TestDDL(t *testing.T) {
	goldentest.Compare(t, "ddl_default.sql", script(DDL(mapping.Default())))
	goldentest.Compare(t, "ddl_suite.sql", script(DDL(warehousetest.Mapping(t))))
}

// applied is the model after the plan, which must be without conflicts.
func applied(t fataler, db *model, m *mapping.Mapping) *Plan {
	t.Helper()
	plan := Compare(m, db.database())
	if len(plan.Conflicts) > 0 {
		t.Fatalf("conflicts: %v", plan.Conflicts)
	}
	if err := db.apply(plan.Statements...); err != nil {
		t.Fatalf("%v", err)
	}
	return plan
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func wantNothing(t fataler, db *model, m *mapping.Mapping) {
	t.Helper()
	if diff := cmp.Diff(&Plan{}, Compare(m, db.database())); diff != "" {
		t.Fatalf("there is still something to do (-want +got):\n%s", diff)
	}
}

// collections is the built-in mapping with the tables of all collections.
func collections(t testing.TB) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("mapping.yaml", mapping.Embedded(), "jobOffer", "incidental", "videoSession", "bookingCriteria")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNothingIsLeftToDoAfterDDL(t *testing.T) {
	for name, m := range map[string]*mapping.Mapping{"default": mapping.Default(), "collections": collections(t), "suite": warehousetest.Mapping(t)} {
		t.Run(name, func(t *testing.T) {
			db, err := newModel(DDL(m)...)
			if err != nil {
				t.Fatal(err)
			}
			wantNothing(t, db, m)
		})
	}
}

func predecessor(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile(sharedtest.Path(t, "schema/v4.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var statements []string
	for statement := range strings.SplitSeq(string(data), ";\n") {
		var lines []string
		for line := range strings.Lines(statement) {
			if !strings.HasPrefix(line, "--") {
				lines = append(lines, line)
			}
		}
		if statement = strings.TrimSpace(strings.Join(lines, "")); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements
}

func TestTakeoverOfVersion4(t *testing.T) {
	db, err := newModel(predecessor(t)...)
	if err != nil {
		t.Fatal(err)
	}
	plan := applied(t, db, mapping.Default())
	goldentest.Compare(t, "takeover_v4.sql", script(plan.Statements)+"\n-- missing:\n-- "+strings.Join(plan.Missing, "\n-- ")+"\n")
	wantNothing(t, db, mapping.Default())
}

// TestCollectionsAreAdded: a database without their tables gets them, and keeps them when they are switched off.
func TestCollectionsAreAdded(t *testing.T) {
	db, err := newModel(DDL(mapping.Default())...)
	if err != nil {
		t.Fatal(err)
	}
	plan := applied(t, db, collections(t))
	var tables []string
	for _, name := range []string{"BookingJobOffers", "BookingIncidentals", "BookingSessions"} {
		tables = append(tables, "table "+name)
	}
	if diff := cmp.Diff(tables, plan.Missing); diff != "" {
		t.Errorf("what was missing (-want +got):\n%s", diff)
	}
	wantNothing(t, db, collections(t))
	wantNothing(t, db, mapping.Default())
}

// TestEveryPartOfADatabaseIsCompleted: whatever tables, columns, keys, foreign keys and indexes a database of this
// program or of its predecessor lacks, one plan brings all of it, in an order in which every statement can run.
func TestEveryPartOfADatabaseIsCompleted(t *testing.T) {
	mappings := []*mapping.Mapping{mapping.Default(), warehousetest.Mapping(t), collections(t)}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(mappings).Draw(t, "mapping")
		db, err := newModel(DDL(m)...)
		if err != nil {
			t.Fatal(err)
		}
		dismantle(t, db, m)
		applied(t, db, m)
		wantNothing(t, db, m)
	})
}

// dismantle takes parts away that a plan can bring again.
func dismantle(t *rapid.T, db *model, m *mapping.Mapping) {
	some := rapid.IntRange(0, 9)
	var kept []*Table
	for _, table := range db.tables {
		if some.Draw(t, "table") > 0 {
			kept = append(kept, table)
		}
	}
	db.tables = kept
	for _, table := range kept {
		var foreignKeys []ForeignKey
		after := db.database()
		for _, fk := range table.ForeignKeys {
			if after.Table(fk.References) != nil && some.Draw(t, "foreign key") > 1 {
				foreignKeys = append(foreignKeys, fk)
			}
		}
		table.ForeignKeys = foreignKeys
		dismantleColumns(t, db, table)
	}
}

// dismantleColumns drops columns that nothing needs, or makes them what the predecessor's were.
func dismantleColumns(t *rapid.T, db *model, table *Table) {
	some := rapid.IntRange(0, 5)
	if some.Draw(t, "indexes") == 0 {
		table.Indexes = nil
	}
	var columns []Column
	p := &planner{db: db.database()}
	for _, c := range table.Columns {
		free := len(p.dependents(table, c.Name, false).names) == 0
		switch {
		case free && some.Draw(t, "column") == 0:
			continue
		case free && c.Type.Name == "nvarchar" && c.Type.Collation == "" && some.Draw(t, "type") == 0:
			c.Type.Name = rapid.SampledFrom([]string{"char", "varchar", "nchar"}).Draw(t, "former")
			c.Type.Length = rapid.SampledFrom([]int{1, 100, 8000, Max}).Draw(t, "length")
		}
		columns = append(columns, c)
	}
	table.Columns = columns
}

func TestMissingNamesWhatALoaderNeeds(t *testing.T) {
	m := warehousetest.Mapping(t)
	db, err := newModel(DDL(m)...)
	if err != nil {
		t.Fatal(err)
	}
	db.tables = slicesWithout(db.tables, "Rate")
	booking := db.database().Table("Booking")
	booking.Columns = booking.Columns[:len(booking.Columns)-1]
	booking.Indexes = nil // costs time only
	got := Compare(m, db.database()).Missing
	if diff := cmp.Diff([]string{"column Booking." + warehouse.ColumnDeletedAt, "table Rate"}, got); diff != "" {
		t.Error(diff)
	}
}

func slicesWithout(tables []*Table, name string) []*Table {
	var kept []*Table
	for _, t := range tables {
		if t.Name != name {
			kept = append(kept, t)
		}
	}
	return kept
}

// TestWhoseForeignKeyItIs: those of the program and its predecessor make room for what the mapping says, wherever they point
// to; those of somebody else stay.
func TestWhoseForeignKeyItIs(t *testing.T) {
	m := warehousetest.Mapping(t)
	db, err := newModel(DDL(m)...)
	if err == nil {
		err = db.apply(
			"CREATE TABLE dbo.[Former] (\n[id] INT NOT NULL,\nCONSTRAINT [PK_Former] PRIMARY KEY ([id])\n)",
			"ALTER TABLE dbo.[Booking] DROP CONSTRAINT [FK_Booking_company_id]",
			"ALTER TABLE dbo.[Booking] ADD CONSTRAINT [fk_booking_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Former] ([id])",
			"ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_theirs] FOREIGN KEY ([company_id]) REFERENCES dbo.[Former] ([id])",
			"ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_wrong] FOREIGN KEY ([company_id]) REFERENCES dbo.[Office] ([office_id])",
		)
	}
	if err != nil {
		t.Fatal(err)
	}
	plan := applied(t, db, m)
	want := []string{
		"ALTER TABLE dbo.[Booking] DROP CONSTRAINT [fk_booking_company_id]",
		"ALTER TABLE dbo.[Booking] DROP CONSTRAINT [FK_wrong]",
		insertStubs("Booking", "company_id", reference{"Company", "company_id"}),
		"ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id])",
	}
	if diff := cmp.Diff(want, plan.Statements); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	wantNothing(t, db, m)
}

// TestNewReferencesHaveTheTypeOfTheKey: a key that somebody made wider is a key all the same.
func TestNewReferencesHaveTheTypeOfTheKey(t *testing.T) {
	m := warehousetest.Mapping(t)
	db, err := newModel("CREATE TABLE dbo.[company] (\n[Company_ID] BIGINT NOT NULL,\nCONSTRAINT [PK_own] PRIMARY KEY ([Company_ID])\n)",
		"CREATE TABLE dbo.[Booking] (\n[booking_id] BIGINT NOT NULL,\nCONSTRAINT [PK_booking_own] PRIMARY KEY ([booking_id])\n)")
	if err != nil {
		t.Fatal(err)
	}
	applied(t, db, m)
	wantNothing(t, db, m)
	for table, column := range map[string]string{"Booking": "company_id", "BookingRefs": "booking_id"} {
		if got := db.database().Table(table).Column(column).Type; got.Name != "bigint" {
			t.Errorf("%s.%s is %s, want that of the key, BIGINT", table, column, got)
		}
	}
}
