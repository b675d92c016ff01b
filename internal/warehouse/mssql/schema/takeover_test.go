package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
)

// invented is a value for a cell, as T-SQL: text of the code page 1252 with the column's name in it, whole numbers that
// are the keys of the rows, for most of them are references.
func invented(c Column, row int) string {
	switch c.Type.Name {
	case "varchar":
		text := []rune(fmt.Sprintf("Ænne Müßig €%d, %s", row, c.Name))
		if c.Type.Length != Max && len(text) > c.Type.Length {
			text = text[:c.Type.Length]
		}
		return literal(string(text))
	case "int":
		return fmt.Sprint(row)
	case "bit":
		return fmt.Sprint(row % 2)
	case "decimal":
		return fmt.Sprintf("%d.25", row)
	case "datetime":
		return fmt.Sprintf("'2024-02-29T12:34:%02d.123'", row)
	default:
		return fmt.Sprintf("'0A1B2C3D-0000-4000-8000-%012d'", row)
	}
}

// fill puts rows into every table: three full ones, the last of them with NULL where that is allowed.
func (s *server) fill(tables []*Table) {
	s.Helper()
	for _, t := range tables {
		for row := 1; row <= 3; row++ {
			var columns, values []string
			for _, c := range t.Columns {
				if row < 3 || c.NotNull {
					columns = append(columns, c.Name)
					values = append(values, invented(c, row))
				}
			}
			s.exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", Qualified(t.Name), quoteAll(columns), strings.Join(values, ", ")))
		}
	}
}

// cells are the values of the columns that a table had before, row by row.
func (s *server) cells(t *Table) [][]any {
	s.Helper()
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, c.Name)
	}
	found, err := s.db.QueryContext(s.Context(), fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
		quoteAll(columns), Qualified(t.Name), quoteAll(t.PrimaryKey.Columns)))
	if err != nil {
		s.Fatal(err)
	}
	defer found.Close()
	var rows [][]any
	for found.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			s.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		s.Fatal(err)
	}
	return rows
}

// ask scans one row.
func (s *server) ask(query string, into ...any) {
	s.Helper()
	if err := s.db.QueryRowContext(s.Context(), query).Scan(into...); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
}

// ownObjects are what a DBA may have added to the predecessor's database.
var ownObjects = []string{
	"CREATE TABLE dbo.[OurTeam] ([id] INT NOT NULL, [name] VARCHAR(50) NULL, CONSTRAINT [PK_OurTeam] PRIMARY KEY ([id]))",
	"INSERT INTO dbo.[OurTeam] ([id], [name]) VALUES (1, 'one'), (2, 'two')",
	"ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_our_team] FOREIGN KEY ([team_id]) REFERENCES dbo.[OurTeam] ([id])",
	"CREATE TABLE dbo.[OurNote] ([id] INT NOT NULL, [booking_id] INT NULL, CONSTRAINT [FK_our_note] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id]))",
	"INSERT INTO dbo.[OurNote] ([id], [booking_id]) VALUES (1, 2)",
	"ALTER TABLE dbo.[Booking] ADD [our_flag] BIT NOT NULL DEFAULT 1",
	"CREATE INDEX [IX_our_jobs] ON dbo.[Booking] ([num_jobs], [team_size])",
	"CREATE VIEW dbo.[OurView] AS SELECT [booking_id], [customer_id] FROM dbo.[Booking] WHERE [num_jobs] > 1",
}

func TestServerTakesOverVersion4(t *testing.T) {
	script := predecessor(t)
	former, err := newModel(script...)
	if err != nil {
		t.Fatal(err)
	}
	s, m := start(t), mapping.Default()
	s.exec(script...)
	s.fill(former.tables)
	s.exec(ownObjects...)
	before := make(map[string][][]any)
	for _, table := range former.tables {
		before[table.Name] = s.cells(table)
	}
	s.migrate(m)
	for _, table := range former.tables {
		if diff := cmp.Diff(before[table.Name], s.cells(table)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", table.Name, diff)
		}
	}
	s.wantNothing(m)
	s.wantNewDatabase()
	s.wantOwnObjects()
}

// wantNewDatabase: what version 4 could not store can be stored, and references point where they should.
func (s *server) wantNewDatabase() {
	s.Helper()
	const name = "شركة 公司 \U0001F984\u200f"
	var stored, uri *string
	s.exec("UPDATE dbo.[Company] SET [name] = " + literal(name) + " WHERE [company_id] = 1")
	s.ask("SELECT [name] FROM dbo.[Company] WHERE [company_id] = 1", &stored)
	if stored == nil || *stored != name {
		s.Errorf("stored %v, want %q", stored, name)
	}
	s.exec("INSERT INTO dbo.[BookingRefs] ([booking_id], [ref_id]) VALUES (3, 1)") // the ref of another booking
	s.ask("SELECT [uri] FROM dbo.[CustomerConfig] WHERE [config_id] = 2", &uri)
	if uri != nil {
		s.Errorf("the configuration of a customer that was never loaded has the uri %q", *uri)
	}
	s.exec("INSERT INTO dbo.[CustomerConfig] ([config_id]) VALUES (77)", "UPDATE dbo.[Customer] SET [config_id] = 77 WHERE [customer_id] = 1")
	for _, dangling := range []string{
		"UPDATE dbo.[Customer] SET [config_id] = 78 WHERE [customer_id] = 1",
		"UPDATE dbo.[Booking] SET [language_id] = 78 WHERE [booking_id] = 1",
	} {
		if _, err := s.db.ExecContext(s.Context(), dangling); err == nil {
			s.Errorf("%s: no error", dangling)
		}
	}
}

func (s *server) wantOwnObjects() {
	s.Helper()
	db := s.inspect()
	has := func(table, name string) bool {
		return slices.ContainsFunc(db.Table(table).ForeignKeys, func(fk ForeignKey) bool { return strings.EqualFold(fk.Name, name) })
	}
	if !has("Booking", "FK_our_team") || !has("OurNote", "FK_our_note") {
		s.Error("a foreign key of somebody else is gone")
	}
	own := func(i Index) bool { return slices.Equal(i.Columns, []string{"num_jobs", "team_size"}) }
	if !slices.ContainsFunc(db.Table("Booking").Indexes, own) {
		s.Error("an index of somebody else is gone")
	}
	var rows, flags int
	s.ask("SELECT COUNT(*) FROM dbo.[OurView]", &rows)
	s.ask("SELECT COUNT(*) FROM dbo.[Booking] WHERE [our_flag] = 1", &flags)
	if rows != 1 || flags != 3 {
		s.Errorf("their view has %d rows, want 1; their column %d, want 3", rows, flags)
	}
}

// TestServerCompletesTables: what a smaller mapping created is completed for a larger one, a reference to a key of text
// included, whose collation the server may report by another name.
func TestServerCompletesTables(t *testing.T) {
	s := start(t)
	m := oneTable(t, "{name: note, type: text(20), path: note}")
	s.migrate(m)
	larger, err := mapping.Load("larger.yaml", []byte(`schema: 1
tables:
  - name: T
    sources: [{path: $}]
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: note, type: text(20), path: code.code, references: Code, index: true}
      - {name: other, type: text(20), path: code.code, references: Code}
  - name: Code
    sources: [{path: code}]
    columns:
      - {name: code, type: text(20), path: code, key: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	plan := Compare(larger, s.inspect())
	const want = "column T.note: it is NVARCHAR(20)"
	if len(plan.Conflicts) != 1 || !strings.HasPrefix(plan.Conflicts[0].String(), want) {
		t.Fatalf("conflicts %v, want one of the collation: %s", plan.Conflicts, want)
	}
	s.exec("ALTER TABLE dbo.[T] DROP COLUMN [note]")
	s.migrate(larger)
	s.wantNothing(larger)
	s.exec("ALTER TABLE dbo.[T] DROP COLUMN [other]", "INSERT INTO dbo.[T] ([id]) VALUES (1)")
	s.migrate(larger) // with the key there already
	s.wantNothing(larger)
}
