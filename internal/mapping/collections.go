package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Collection is a collection of a booking that is fetched: the booking holds a link to it, and its items take their place
// in the booking's document as an array.
type Collection struct {
	Kind string // as in its URI: jobOffer, incidental, videoSession, bookingCriteria
	Link Path   // of the link in the booking
	Path Path   // of the array in the booking's document: one member, which the API's booking may have or not
	Lifetime
}

// Collections are the collections that were switched on, in the order of the file.
func (m *Mapping) Collections() []Collection { return slices.Clone(m.collections) }

// UnknownCollectionError says that a collection was to be switched on that the mapping does not have.
type UnknownCollectionError struct {
	Kind  string
	Known []string // the kinds that the mapping has, in the order of the file
}

// Error names the collections that there are.
func (e *UnknownCollectionError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("collection %q: the mapping has none", e.Kind)
	}
	return fmt.Sprintf("collection %q: expected one of %s", e.Kind, strings.Join(e.Known, ", "))
}

// declaredCollection is a collection of the file and the line that declared it first.
type declaredCollection struct {
	Collection
	line int
}

func (l *loading) collection(kind string) *declaredCollection {
	for i := range l.collections {
		if l.collections[i].Kind == kind {
			return &l.collections[i]
		}
	}
	return nil
}

// addCollection notes the collection of a source whose path is read already. What two sources say of one must agree.
func (l *loading) addCollection(table *Table, def *sourceDef, path Path) {
	link, err := ParsePath(def.Link)
	switch {
	case !isName(def.Collection):
		l.wrong(def.line, "table %s: collection %q: expected the kind of a resource, such as jobOffer", table.Name, def.Collection)
	case def.Detail != "" || def.Short:
		l.wrong(def.line, "table %s: source %s: a collection has neither detail nor short", table.Name, def.Path)
	case len(path) != 2 || path[1] != Wildcard || isSpecial(path[0]):
		l.wrong(def.line, "table %s: source %s: expected the items of a collection in an array of the booking, such as jobOfferItems.*", table.Name, def.Path)
	case def.Link == "":
		l.wrong(def.line, "table %s: source %s: expected link, the member of the booking that leads to the collection", table.Name, def.Path)
	case err != nil:
		l.wrong(def.line, "table %s: source %s: link: %v", table.Name, def.Path, err)
	case link.HasWildcard() || isSpecial(link[0]):
		l.wrong(def.line, "table %s: source %s: link %s: expected members of the booking, such as jobOffers", table.Name, def.Path, def.Link)
	case slices.Equal(link, path[:1]):
		l.wrong(def.line, "table %s: source %s: the items would take the place of their link", table.Name, def.Path)
	default:
		l.noteCollection(table, def, Collection{Kind: def.Collection, Link: link, Path: path[:1]})
	}
}

func (l *loading) noteCollection(table *Table, def *sourceDef, c Collection) {
	for _, other := range l.collections {
		same := other.Kind == c.Kind
		samePlace := slices.Equal(other.Path, c.Path)
		switch {
		case same && samePlace && slices.Equal(other.Link, c.Link):
			return
		case same:
			l.wrong(def.line, "table %s: collection %s: has another path or link on line %d", table.Name, c.Kind, other.line)
			return
		case samePlace:
			l.wrong(def.line, "table %s: collection %s: the items of %s stand at %s, see line %d", table.Name, c.Kind, other.Kind, def.Path, other.line)
			return
		}
	}
	l.collections = append(l.collections, declaredCollection{c, def.line})
}

// switchOn keeps the collections that are wanted, and takes away the sources of the others and the tables that are left
// without any. The whole file was checked before, so that no switch uncovers a mistake that was there all along.
func (l *loading) switchOn(m *Mapping, wanted []string) error {
	known := make([]string, len(l.collections))
	for i, c := range l.collections {
		known[i] = c.Kind
		if slices.Contains(wanted, c.Kind) {
			c.Lifetime = l.lifetimes[c.Kind]
			m.collections = append(m.collections, c.Collection)
		}
	}
	for _, kind := range wanted {
		if !slices.Contains(known, kind) {
			return fmt.Errorf("mapping %s: %w", l.name, &UnknownCollectionError{Kind: kind, Known: known})
		}
	}
	for _, table := range m.Tables {
		table.Sources = slices.DeleteFunc(table.Sources, func(s Source) bool {
			return s.Collection != "" && !slices.Contains(wanted, s.Collection)
		})
	}
	l.leaveOut(m)
	return nil
}

// leaveOut takes the tables without a source away.
func (l *loading) leaveOut(m *Mapping) {
	isOut := func(t *Table) bool { return len(t.Sources) == 0 }
	m.Tables = slices.DeleteFunc(m.Tables, func(t *Table) bool {
		if isOut(t) {
			delete(m.byName, t.Name)
		}
		return isOut(t)
	})
	for i, table := range m.Tables {
		table.Index = i
		table.Children = slices.DeleteFunc(table.Children, isOut)
		for _, column := range table.Columns {
			if column.References != nil && isOut(column.References) {
				l.wrong(column.Line, "%s.%s: references %s, which exists only with its collection", table.Name, column.Name, column.References.Name)
			}
		}
	}
}

func isSpecial(step string) bool {
	return step == Root || step == Wildcard || step == Position || step == Self
}
