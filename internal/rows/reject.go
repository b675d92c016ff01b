package rows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/mapping"
)

// What can be wrong with a value besides its conversion.
var (
	notEntity = &convert.Problem{Reason: "not an object", Message: "a value where an object with this column's member belongs"}
	notObject = &convert.Problem{Reason: "not an object", Message: "a value where an object belongs: no row"}
	notArray  = &convert.Problem{Reason: "not an array", Message: "a value where an array belongs: the stored rows stay"}
	keyless   = &convert.Problem{Reason: "no key", Message: "an entity without a key: no row"}
	duplicate = &convert.Problem{Reason: "duplicate key", Message: "the key stands twice in one booking: the first stands"}
)

// rejectValue keeps the value of a column. The row's key is not known yet.
func (w *work) rejectValue(table *mapping.Table, column *mapping.Column, raw string, problem *convert.Problem, stamp Stamp) {
	w.reject(Rejected{
		Table: table.Name, Column: column.Name, Raw: raw, Problem: problem,
		Type: column.Type.String(), ObservedAt: stamp.ObservedAt,
	})
}

// rawValue is the JSON of a column's rejected value, which may be an element's position.
func (w *work) rawValue(column *mapping.Column, node *document.Node, position int) string {
	if node == nil {
		return strconv.Itoa(position)
	}
	return w.raw(column.Hash, node)
}

func (w *work) rejectKeyless(table *mapping.Table, column *mapping.Column, entity *document.Node, stamp Stamp) {
	w.reject(Rejected{
		Table: table.Name, Column: column.Name, Key: w.bookingKey(), Raw: w.raw(hides(table), entity), Problem: keyless,
		Type: "object", ObservedAt: stamp.ObservedAt,
	})
}

func (w *work) rejectDuplicate(table *mapping.Table, from *place, node *document.Node, row *Row) {
	w.reject(Rejected{
		Table: table.Name, Column: placeName(from.Path), Key: row.Key, Raw: w.raw(hides(table), node), Problem: duplicate,
		Type: "object", ObservedAt: row.Stamp.ObservedAt,
	})
}

// placeName names a place in the booking, or the booking itself, as the mapping file does.
func placeName(path mapping.Path) string {
	if len(path) == 0 {
		return mapping.Root
	}
	return path.String()
}

func (w *work) reject(r Rejected) {
	r.BookingID, r.Run = w.record.Booking.ID, w.record.Run
	w.set.Rejected = append(w.set.Rejected, r)
}

func (w *work) bookingKey() string { return strconv.FormatInt(w.record.Booking.ID, 10) }

// notKept stands for a value that must not be readable where nothing else is hashed, and so there may be no key.
const notKept = `"not kept: the mapping leaves columns out"`

// raw is the JSON of a rejected value, or its hash where it must not be readable: the value of a hidden column, and
// with a mapping that hides columns or leaves some out every object and array, because their values may stand anywhere inside.
func (w *work) raw(hidden bool, node *document.Node) string {
	text := string(node.JSON())
	switch {
	case !hidden && (!w.mapper.hides || node.IsScalar()):
		return text
	case !w.mapper.mapping.Hashes():
		return notKept
	default:
		return `"` + w.hash(text) + `"`
	}
}

// hides reports whether a column of the table is hashed.
func hides(table *mapping.Table) bool {
	for _, column := range table.Columns {
		if column.Hash {
			return true
		}
	}
	return false
}

// hash is the keyed hash of a text.
func (w *work) hash(text string) string { return keyedHash(w.mapper.hashKey, text) }

func keyedHash(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
