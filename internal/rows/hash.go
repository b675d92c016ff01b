package rows

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"mcis/internal/mapping"
)

// tableSeed begins the hash of a table's rows: with another column or type, every row counts as changed and is
// written again, so that a new column is filled.
func tableSeed(table *mapping.Table) uint64 {
	h := fnv.New64a()
	writeText(h, table.Name)
	for _, column := range table.Columns {
		writeText(h, column.Name)
		writeText(h, column.Type.String())
	}
	return h.Sum64()
}

// hashRow is the hash of a row's values and its children's, whatever the children's order.
func hashRow(seed uint64, row *Row) int64 {
	h := fnv.New64a()
	writeNumber(h, seed)
	for _, value := range row.Values {
		writeValue(h, value)
	}
	for _, collection := range row.Children {
		writeText(h, collection.Table.Name)
		byKey := slices.Clone(collection.Rows)
		slices.SortFunc(byKey, func(a, b Row) int { return strings.Compare(a.Key, b.Key) })
		for _, child := range byKey {
			writeText(h, child.Key)
			writeNumber(h, uint64(child.Stamp.Hash))
		}
	}
	return int64(h.Sum64())
}

// Tags keep values of different types, and neighbours, apart.
const (
	tagNull = iota
	tagInt
	tagBool
	tagText
	tagTime
)

func writeValue(h hash.Hash64, value any) {
	switch v := value.(type) {
	case nil:
		writeTag(h, tagNull)
	case int64:
		writeTag(h, tagInt)
		writeNumber(h, uint64(v))
	case bool:
		writeTag(h, tagBool)
		if v {
			writeTag(h, 1)
		} else {
			writeTag(h, 0)
		}
	case string:
		writeTag(h, tagText)
		writeText(h, v)
	case time.Time:
		writeTag(h, tagTime)
		writeNumber(h, uint64(v.Unix()))
		writeNumber(h, uint64(v.Nanosecond()/int(time.Microsecond)))
	}
}

func writeTag(h hash.Hash64, tag byte) { _, _ = h.Write([]byte{tag}) } // a hash's Write never fails

func writeNumber(h hash.Hash64, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = h.Write(b[:])
}

func writeText(h hash.Hash64, text string) {
	writeNumber(h, uint64(len(text)))
	_, _ = h.Write([]byte(text))
}
