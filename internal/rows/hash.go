package rows

import (
	"slices"
	"strings"
	"time"

	"mcis/internal/mapping"
)

// sum is a running FNV-1a hash of 64 bits. Package hash/fnv gives the same sums, but its interface allocates for every
// value that is written, which was two thirds of all allocations in mapping a record.
type sum uint64

const (
	newSum sum = 14695981039346656037 // FNV's offset basis
	prime  sum = 1099511628211
)

func (h sum) byte(b byte) sum { return (h ^ sum(b)) * prime }

func (h sum) number(n uint64) sum {
	for range 8 {
		h = h.byte(byte(n))
		n >>= 8
	}
	return h
}

// text adds the length too, which keeps neighbours apart.
func (h sum) text(text string) sum {
	h = h.number(uint64(len(text)))
	for i := range len(text) {
		h = h.byte(text[i])
	}
	return h
}

// Tags keep values of different types apart.
const (
	tagNull = iota
	tagInt
	tagBool
	tagText
	tagTime
)

// value adds a converted value, of one of the types that [mapping.Kind] lists.
func (h sum) value(value any) sum {
	switch v := value.(type) {
	case int64:
		return h.byte(tagInt).number(uint64(v))
	case bool:
		if v {
			return h.byte(tagBool).byte(1)
		}
		return h.byte(tagBool).byte(0)
	case string:
		return h.byte(tagText).text(v)
	case time.Time:
		return h.byte(tagTime).number(uint64(v.UnixMicro()))
	default:
		return h.byte(tagNull)
	}
}

// flags adds truth values.
func (h sum) flags(flags ...bool) sum {
	for _, flag := range flags {
		h = h.value(flag)
	}
	return h
}

// tableSeed begins the hash of a table's rows: with another column, type, path, option or source, every row counts as
// changed and is written again, so that a new column is filled. hashKey tells apart what is hashed with different keys.
func tableSeed(table *mapping.Table, hashKey []byte) sum {
	h := newSum.text(table.Name).number(uint64(len(table.Sources)))
	for _, source := range table.Sources {
		h = h.text(source.Path.String()).text(source.Detail).flags(source.Short)
	}
	for _, column := range table.Columns {
		h = h.text(column.Name).text(column.Type.String()).number(uint64(len(column.Paths)))
		for _, path := range column.Paths {
			h = h.text(path.String())
		}
		h = h.text(column.Equals).flags(column.OnlyText, column.Hash)
		if column.JSON { // not a flag as the others: the hashes of tables without such columns stay as they were before it
			h = h.text("json")
		}
	}
	if hides(table) {
		h = h.text(keyedHash(hashKey, table.Name))
	}
	return h
}

// mappingHash is [Stamp].Mapping for the rows of a table. The child tables count, because their rows are written when
// their parent's is.
func mappingHash(table *mapping.Table, seeds []sum) int64 {
	h := newSum.number(uint64(seeds[table.Index]))
	for _, child := range table.Children {
		h = h.number(uint64(seeds[child.Index]))
	}
	if h == 0 {
		h = newSum // 0 is taken
	}
	return int64(h)
}

// hashRow is the hash of a row's values and its children's, whatever the children's order.
func hashRow(seed sum, row *Row) int64 {
	h := newSum.number(uint64(seed))
	for _, value := range row.Values {
		h = h.value(value)
	}
	for _, collection := range row.Children {
		h = h.text(collection.Table.Name)
		byKey := slices.Clone(collection.Rows)
		slices.SortFunc(byKey, func(a, b Row) int { return strings.Compare(a.Key, b.Key) })
		for i := range byKey {
			h = h.text(byKey[i].Key).number(uint64(byKey[i].Stamp.Hash))
		}
	}
	return int64(h)
}
