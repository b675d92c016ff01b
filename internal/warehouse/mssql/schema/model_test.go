package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// model is a database that understands the statements of this package and of the predecessor's script, and refuses what
// SQL Server refuses: to alter a column that something depends on, to drop a key that is pointed to, foreign keys between
// different types, constraints of one name. It is what plans are tried on without a server.
type model struct {
	collation string
	tables    []*Table
}

func newModel(script ...string) (*model, error) {
	m := &model{collation: "Latin1_General_CI_AS"}
	return m, m.apply(script...)
}

func (m *model) database() *Database { return NewDatabase(m.collation, m.tables...) }

func (m *model) apply(statements ...string) error {
	for _, statement := range statements {
		if err := m.execute(strings.TrimSuffix(strings.TrimSpace(statement), ";")); err != nil {
			return fmt.Errorf("%s\n%w", statement, err)
		}
	}
	return nil
}

var (
	createTablePattern = regexp.MustCompile(`(?s)^CREATE TABLE dbo\.\[(\w+)\] \((.*)\)$`)
	alterPattern       = regexp.MustCompile(`(?s)^ALTER TABLE dbo\.\[(\w+)\] (ADD|ALTER COLUMN|DROP CONSTRAINT) (.*)$`)
	createIndexPattern = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX (\[\w+\]) ON dbo\.\[(\w+)\] \(([^)]*)\)(?: INCLUDE \(([^)]*)\))?$`)
	dropIndexPattern   = regexp.MustCompile(`^DROP INDEX \[(\w+)\] ON dbo\.\[(\w+)\]$`)
	renamePattern      = regexp.MustCompile(`^EXEC sp_rename N'dbo\.\[(\w+)\](?:\.\[(\w+)\])?', N'(\w+)'(?:, N'COLUMN')?$`)
	stubsPattern       = regexp.MustCompile(`(?s)^INSERT INTO dbo\.\[(\w+)\] \(\[(\w+)\]\)\nSELECT DISTINCT s\.\[(\w+)\] FROM dbo\.\[(\w+)\] AS s`)
	forgetPattern      = regexp.MustCompile(`^UPDATE dbo\.\[(\w+)\] SET \[(\w+)\] = 0, \[(\w+)\] = NULL WHERE \[(\w+)\] <> 0$`)
	columnPattern      = regexp.MustCompile(`^\[(\w+)\] (\w+)(?:\(([^)]*)\))?(?: COLLATE (\w+))?(?: (NOT NULL|NULL))?$`)
	constraintPattern  = regexp.MustCompile(`^CONSTRAINT \[?(\w+)\]? (.*)$`)
	foreignKeyPattern  = regexp.MustCompile(`^FOREIGN KEY \(([^)]*)\) REFERENCES dbo\.\[(\w+)\] \(([^)]*)\)$`)
	keyPattern         = regexp.MustCompile(`^(PRIMARY KEY|UNIQUE)(?: NONCLUSTERED)? \(([^)]*)\)$`)
	defaultPattern     = regexp.MustCompile(`^DEFAULT (.*) FOR \[(\w+)\]$`)
)

func (m *model) execute(statement string) error {
	if at := createTablePattern.FindStringSubmatch(statement); at != nil {
		return m.createTable(at[1], at[2])
	}
	if at := alterPattern.FindStringSubmatch(statement); at != nil {
		return m.alterTable(at[1], at[2], at[3])
	}
	if at := createIndexPattern.FindStringSubmatch(statement); at != nil {
		return m.createIndex(at[3], Index{Name: unquoted(at[2])[0], Columns: unquoted(at[4]), Included: unquoted(at[5]), Unique: at[1] != ""})
	}
	if at := dropIndexPattern.FindStringSubmatch(statement); at != nil {
		return m.drop(at[2], at[1])
	}
	if at := renamePattern.FindStringSubmatch(statement); at != nil {
		return m.rename(at[1], at[2], at[3])
	}
	if at := stubsPattern.FindStringSubmatch(statement); at != nil {
		return m.need(at[1]+"."+at[2], at[4]+"."+at[3])
	}
	if at := forgetPattern.FindStringSubmatch(statement); at != nil {
		return m.need(at[1]+"."+at[2], at[1]+"."+at[3], at[1]+"."+at[4])
	}
	return fmt.Errorf("not a statement that is known")
}

func (m *model) table(name string) (*Table, error) {
	if t := m.database().Table(name); t != nil && !t.View {
		return t, nil
	}
	return nil, fmt.Errorf("no table %s", name)
}

// need looks for columns.
func (m *model) need(columns ...string) error {
	for _, name := range columns {
		table, column, _ := strings.Cut(name, ".")
		t, err := m.table(table)
		if err != nil {
			return err
		}
		if t.Column(column) == nil {
			return fmt.Errorf("no column %s", name)
		}
	}
	return nil
}

func (m *model) createTable(name, body string) error {
	if m.database().Table(name) != nil || m.database().others[strings.ToLower(name)] != "" {
		return fmt.Errorf("there is a %s", name)
	}
	t := &Table{Name: name}
	m.tables = append(m.tables, t)
	for line := range strings.Lines(strings.TrimSpace(body)) {
		if err := m.add(t, strings.TrimSuffix(strings.TrimSpace(line), ",")); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) alterTable(table, verb, rest string) error {
	t, err := m.table(table)
	if err != nil {
		return err
	}
	switch verb {
	case "ADD":
		return m.add(t, rest)
	case "DROP CONSTRAINT":
		return m.drop(table, unquoted(rest)[0])
	default:
		return m.alterColumn(t, rest)
	}
}

func (m *model) add(t *Table, definition string) error {
	if at := constraintPattern.FindStringSubmatch(definition); at != nil {
		return m.addConstraint(t, at[1], at[2])
	}
	c, err := parseColumn(definition)
	if err != nil {
		return err
	}
	if t.Column(c.Name) != nil {
		return fmt.Errorf("there is a column %s", c.Name)
	}
	t.Columns = append(t.Columns, c)
	return nil
}

func (m *model) addConstraint(t *Table, name, what string) error {
	if m.database().others[strings.ToLower(name)] != "" || m.database().Table(name) != nil {
		return fmt.Errorf("there is an object %s", name)
	}
	if at := foreignKeyPattern.FindStringSubmatch(what); at != nil {
		fk := ForeignKey{Name: name, Columns: unquoted(at[1]), References: at[2], Referenced: unquoted(at[3])}
		if err := m.checkForeignKey(t, fk); err != nil {
			return err
		}
		t.ForeignKeys = append(t.ForeignKeys, fk)
		return nil
	}
	if at := keyPattern.FindStringSubmatch(what); at != nil {
		return addKey(t, name, at[1], unquoted(at[2]))
	}
	if at := defaultPattern.FindStringSubmatch(what); at != nil {
		t.Expressions = append(t.Expressions, Expression{Kind: DefaultValue, Name: name, Column: at[2], Definition: at[1]})
		return nil
	}
	if check, found := strings.CutPrefix(what, "CHECK "); found {
		t.Expressions = append(t.Expressions, Expression{Kind: CheckRule, Name: name, Definition: check})
		return nil
	}
	return fmt.Errorf("not a constraint: %s", what)
}

func addKey(t *Table, name, kind string, columns []string) error {
	if kind == "UNIQUE" {
		t.Indexes = append(t.Indexes, Index{Name: name, Columns: columns, Unique: true, Constraint: true})
		return nil
	}
	for _, column := range columns {
		if c := t.Column(column); c == nil || !c.NotNull {
			return fmt.Errorf("a key of a nullable or missing column %s", column)
		}
	}
	if t.PrimaryKey != nil {
		return fmt.Errorf("a second primary key")
	}
	t.PrimaryKey = &Key{Name: name, Columns: columns}
	return nil
}

func (m *model) checkForeignKey(t *Table, fk ForeignKey) error {
	other, err := m.table(fk.References)
	if err != nil {
		return err
	}
	if other.PrimaryKey == nil || !sameNames(other.PrimaryKey.Columns, fk.Referenced) {
		return fmt.Errorf("%s has no such key", fk.References)
	}
	from, to := t.Column(fk.Columns[0]), other.Column(fk.Referenced[0])
	if from == nil || to == nil || from.Type != to.Type {
		return fmt.Errorf("not the same type: %v and %v", from, to)
	}
	return nil
}

func (m *model) alterColumn(t *Table, definition string) error {
	altered, err := parseColumn(definition)
	if err != nil {
		return err
	}
	c := t.Column(altered.Name)
	if c == nil {
		return fmt.Errorf("no column %s", altered.Name)
	}
	widening := c.Type.Name == "nvarchar" && altered.Type.Name == "nvarchar" && altered.Type.Collation == c.Type.Collation &&
		(altered.Type.Length == Max || altered.Type.Length >= c.Type.Length)
	p := &planner{db: m.database()}
	if on := p.dependents(t, c.Name, widening); len(on.names) > 0 && altered.Type != c.Type {
		return fmt.Errorf("%s", on.described())
	}
	c.Type, c.NotNull = altered.Type, altered.NotNull
	return nil
}

func (m *model) createIndex(table string, i Index) error {
	for _, column := range slices.Concat(i.Columns, i.Included) {
		if err := m.need(table + "." + column); err != nil {
			return err
		}
	}
	t, err := m.table(table)
	if err != nil {
		return err
	}
	if indexNames(t).taken(i.Name) || !t.Column(i.Columns[0]).Type.indexable() {
		return fmt.Errorf("no index %s can be had", i.Name)
	}
	t.Indexes = append(t.Indexes, i)
	return nil
}

// drop drops a constraint or an index.
func (m *model) drop(table, name string) error {
	t, err := m.table(table)
	if err != nil {
		return err
	}
	before := len(t.ForeignKeys) + len(t.Indexes) + len(t.Expressions)
	t.ForeignKeys = slices.DeleteFunc(t.ForeignKeys, func(fk ForeignKey) bool { return strings.EqualFold(fk.Name, name) })
	t.Indexes = slices.DeleteFunc(t.Indexes, func(i Index) bool { return strings.EqualFold(i.Name, name) })
	t.Expressions = slices.DeleteFunc(t.Expressions, func(e Expression) bool { return strings.EqualFold(e.Name, name) })
	if before > len(t.ForeignKeys)+len(t.Indexes)+len(t.Expressions) {
		return nil
	}
	if t.PrimaryKey == nil || !strings.EqualFold(t.PrimaryKey.Name, name) {
		return fmt.Errorf("no constraint or index %s", name)
	}
	p := &planner{db: m.database()}
	if len(p.pointing(t.Name, t.PrimaryKey.Columns)) > 0 {
		return fmt.Errorf("foreign keys point to it")
	}
	t.PrimaryKey = nil
	return nil
}

func (m *model) rename(table, column, to string) error {
	t, err := m.table(table)
	switch {
	case err != nil:
		return err
	case column == "":
		t.Name = to
	case t.Column(column) == nil:
		return fmt.Errorf("no column %s", column)
	default:
		t.Column(column).Name = to
	}
	return nil
}
