package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// mostName is the length of a name, in UTF-16 units: sysname is NVARCHAR(128).
const mostName = 128

// names are those that a namespace has: the schema's for tables and constraints, a table's for its indexes.
type names map[string]bool

func (n names) take(name string) { n[strings.ToLower(name)] = true }

func (n names) release(name string) { delete(n, strings.ToLower(name)) }

func (n names) taken(name string) bool { return n[strings.ToLower(name)] }

// free is a name of these parts, joined by underscores, that nothing else has. It is the same for the same parts and the
// same taken names; names that are too long end in a hash of what was cut.
func (n names) free(parts ...string) string {
	name := fitting(strings.Join(parts, "_"))
	for i := 2; n.taken(name); i++ {
		name = fitting(fmt.Sprintf("%s_%d", strings.Join(parts, "_"), i))
	}
	n.take(name)
	return name
}

func fitting(name string) string {
	if len(name) <= mostName {
		return name
	}
	hash := sha256.Sum256([]byte(name))
	suffix := "_" + hex.EncodeToString(hash[:4])
	return name[:mostName-len(suffix)] + suffix
}

// schemaNames are the names that are taken in the schema.
func schemaNames(d *Database) names {
	taken := make(names, len(d.tables)+len(d.others))
	for name := range d.tables {
		taken.take(name)
	}
	for name := range d.others {
		taken.take(name)
	}
	return taken
}

func indexNames(t *Table) names {
	taken := make(names, len(t.Indexes)+1)
	for i := range t.Indexes {
		taken.take(t.Indexes[i].Name)
	}
	if t.PrimaryKey != nil {
		taken.take(t.PrimaryKey.Name)
	}
	return taken
}
