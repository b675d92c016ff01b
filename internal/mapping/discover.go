package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
)

// Suggestion is a column for what documents hold at a path.
type Suggestion struct {
	Name string // the path in snake_case
	Type Type
	Path Path
	JSON bool // arrays, or values of several kinds: a column with json: true
	Seen int  // documents that hold a value there
}

// deepest is how many steps the paths of suggestions have: an entity's own members, and those of the objects in it, such as
// status.name. What is deeper is another entity's affair.
const deepest = 2

// Discover suggests a column for everything that the documents hold and that the table beside them, which may be nil, has no
// column for yet: in the order in which they are met, with types that all of their values fit with some room to grow. What
// was never anything but null is left out, for nothing tells its type.
//
// The error says which document is no JSON object.
func Discover(documents []jsontext.Value, beside *Table) ([]Suggestion, error) {
	d := discovery{at: make(map[string]*found)}
	for i, raw := range documents {
		doc, err := document.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		if doc.Kind() != document.Object {
			return nil, fmt.Errorf("document %d: expected an object, got %.60s", i+1, raw)
		}
		d.members(nil, doc)
	}
	return d.suggestions(beside), nil
}

// discovery is what was found so far, by path.
type discovery struct {
	order []*found
	at    map[string]*found
}

func (d *discovery) members(path Path, object *document.Node) {
	for _, member := range object.Members() {
		if strings.Contains(member.Name, ".") || member.Name == "" || isSpecial(member.Name) {
			continue // no path leads to it
		}
		place := append(slices.Clone(path), member.Name)
		d.found(place).add(member.Value)
		if member.Value.Kind() == document.Object && len(place) < deepest {
			d.members(place, member.Value)
		}
	}
}

func (d *discovery) found(path Path) *found {
	key := path.String()
	if d.at[key] == nil {
		d.at[key] = &found{path: path}
		d.order = append(d.order, d.at[key])
	}
	return d.at[key]
}

func (d *discovery) suggestions(beside *Table) []Suggestion {
	var list []Suggestion
	taken := columnNames(beside)
	for _, f := range d.order {
		kind, isJSON, ok := f.column()
		if !ok || d.insideMixed(f.path) || reads(beside, f.path) {
			continue
		}
		name := unique(snake(f.path), taken)
		taken[name] = true
		list = append(list, Suggestion{Name: name, Type: kind, Path: f.path, JSON: isJSON, Seen: f.seen})
	}
	return list
}

// insideMixed reports whether the path leads through something that is not always an object: a column with json: true takes that.
func (d *discovery) insideMixed(path Path) bool {
	for length := 1; length < len(path); length++ {
		if _, isJSON, _ := d.at[path[:length].String()].column(); isJSON {
			return true
		}
	}
	return false
}

// reads reports whether a column of the table, but for those with json: true, reads the path.
func reads(table *Table, path Path) bool {
	if table == nil {
		return false
	}
	return slices.ContainsFunc(table.Columns, func(c *Column) bool {
		return !c.JSON && slices.ContainsFunc(c.Paths, func(p Path) bool { return slices.Equal(p, path) })
	})
}

func columnNames(table *Table) map[string]bool {
	names := make(map[string]bool)
	if table != nil {
		for _, column := range table.Columns {
			names[strings.ToLower(column.Name)] = true
		}
	}
	return names
}
