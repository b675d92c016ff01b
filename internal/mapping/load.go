package mapping

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Schema is the version of the mapping file's form that this program reads.
const Schema = 1

//go:embed mapping.yaml
var embedded []byte

// Default is the mapping that is built in.
var Default = sync.OnceValue(func() *Mapping {
	m, err := Load("mapping.yaml", embedded)
	if err != nil {
		panic(err) // a test loads it: cannot happen in a build that was tested
	}
	return m
})

// Embedded is the text of the built-in mapping file, to begin one's own with.
func Embedded() []byte { return append([]byte(nil), embedded...) }

// Load reads and checks a mapping file. The error holds every mistake that was found, each with "name:line".
//
// collections are the kinds of the booking's collections that are switched on (jobOffer); an *[UnknownCollectionError] says
// that the file does not have one of them. A table whose only source is a collection that is off does not exist.
func Load(name string, data []byte, collections ...string) (*Mapping, error) {
	f, err := parseFile(data)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", name, err)
	}
	l := &loading{name: name, byName: make(map[string]*Table), lifetimes: make(map[string]Lifetime)}
	m := l.all(f)
	if len(l.problems) == 0 {
		err = l.switchOn(m, collections)
	}
	if len(l.problems) == 0 && err == nil {
		l.checkReferences(m) // again: a place that only a collection fills may be gone
	}
	if err = errors.Join(append(l.problems, err)...); err != nil {
		return nil, err
	}
	if bookings := m.Bookings(); bookings != nil {
		bookings.IsBookings = true
	}
	return m, nil
}

// all is the mapping with every collection.
func (l *loading) all(f *file) *Mapping {
	if f.Schema != Schema {
		l.wrong(1, "schema is %d, expected %d", f.Schema, Schema)
	}
	if len(f.Tables) == 0 {
		l.wrong(1, "tables: expected at least one")
	}
	for i := range f.Tables {
		l.declare(&f.Tables[i])
	}
	for i := range f.Tables {
		l.fill(&f.Tables[i])
	}
	l.addResources(f.Resources)
	m := l.ordered()
	if len(l.problems) == 0 {
		l.checkReferences(m)
		l.checkGaps(m)
	}
	return m
}

// loading gathers tables and problems while a file is read.
type loading struct {
	name        string
	tables      []*Table
	byName      map[string]*Table // by lower-case name: databases fold case
	lifetimes   map[string]Lifetime
	collections []declaredCollection
	omits       bool // some column is left out
	problems    []error
}

func (l *loading) wrong(line int, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("mapping %s:%d: %s", l.name, line, fmt.Sprintf(format, args...)))
}

const reservedTable = "rejectedvalue"

// declare enters a table by name, so that tables can refer to each other whatever their order.
func (l *loading) declare(def *tableDef) {
	folded := strings.ToLower(def.Name)
	switch {
	case !isName(def.Name):
		l.wrong(def.line, "table name %q: expected letters, digits and underscores, at most 100, a letter first", def.Name)
	case folded == reservedTable:
		l.wrong(def.line, "table %s: the name is reserved", def.Name)
	case l.byName[folded] != nil:
		l.wrong(def.line, "table %s: declared before, on line %d", def.Name, l.byName[folded].Line)
	}
	table := &Table{Name: def.Name, ShortForm: def.ShortForm, Line: def.line}
	l.byName[folded] = table
	l.tables = append(l.tables, table)
}

func (l *loading) fill(def *tableDef) {
	table := l.byName[strings.ToLower(def.Name)]
	if len(table.Columns) > 0 {
		return // a second declaration of the name: reported already
	}
	for i := range def.Sources {
		l.addSource(table, &def.Sources[i])
	}
	l.mergeSources(table)
	for i := range def.Columns {
		l.addColumn(table, &def.Columns[i])
	}
	if len(table.Sources) == 0 {
		l.wrong(def.line, "table %s: expected at least one source", def.Name)
	}
	if len(table.Key) == 0 {
		l.wrong(def.line, "table %s: expected a column with key: true", def.Name)
	}
	if def.Parent != "" {
		l.setParent(table, def)
	}
}

func (l *loading) addSource(table *Table, def *sourceDef) {
	path, err := ParsePath(def.Path)
	if err != nil {
		l.wrong(def.line, "table %s: source: %v", table.Name, err)
		return
	}
	if path[0] == Root {
		path = path[1:]
	}
	if strings.Count("."+path.String()+".", ".*.") > 1 {
		l.wrong(def.line, "table %s: source %s: expected at most one *", table.Name, def.Path)
	}
	if def.Detail != "" && path.HasWildcard() {
		l.wrong(def.line, "table %s: source %s: a detail cannot be fetched for the elements of an array", table.Name, def.Path)
	}
	switch {
	case def.Collection != "":
		l.addCollection(table, def, path)
	case def.Link != "":
		l.wrong(def.line, "table %s: source %s: link is for collections", table.Name, def.Path)
	}
	table.Sources = append(table.Sources, Source{Path: path, Detail: def.Detail, Short: def.Short, Collection: def.Collection})
}

// mergeSources takes a collection's source away where the booking holds an array at the same place anyway, which the
// fetched items replace: it is one place all the same.
func (l *loading) mergeSources(table *Table) {
	held := func(s Source) bool {
		return slices.ContainsFunc(table.Sources, func(other Source) bool {
			return other.Collection == "" && slices.Equal(other.Path, s.Path)
		})
	}
	kept := table.Sources[:0:0]
	for _, source := range table.Sources {
		if source.Collection == "" || !held(source) {
			kept = append(kept, source)
		}
	}
	table.Sources = kept
}

func (l *loading) setParent(table *Table, def *tableDef) {
	parent := l.byName[strings.ToLower(def.Parent)]
	if parent == nil || parent == table {
		l.wrong(def.line, "table %s: parent %q: expected another table of this file", def.Name, def.Parent)
		return
	}
	table.Parent = parent
	for _, column := range table.Key {
		if column.References == parent && column.Paths[0][0] == Root {
			table.ParentKey = append(table.ParentKey, column)
		}
	}
	if len(table.ParentKey) != 1 {
		l.wrong(def.line, "table %s: expected one key column that references %s by a path from the booking ($.id)", def.Name, def.Parent)
	}
	if len(table.Sources) != 1 || table.Sources[0].Path.Collection() == nil {
		l.wrong(def.line, "table %s: expected one source, an array of the booking such as refs.*", def.Name)
	}
}

// mostName is how long the name of a table or column may be.
const mostName = 100

func isName(name string) bool {
	for i, r := range name {
		letter := r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && len(name) <= mostName && name[0] != '_'
}
