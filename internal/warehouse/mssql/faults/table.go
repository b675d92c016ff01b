package faults

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Entry is what the table says of one number.
type Entry struct {
	Number  int32
	Meaning Meaning
	What    string // the message in short
	Source  string // where the number is documented, or who treats it so
	Remedy  string // what a person can do; of fatal entries only
}

// The sources. [Table] adds to engine the range of the page that lists the number.
const (
	engine    = "https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors"
	azure     = "https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues"
	sqlClient = "https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconfigurableretryfactory.baselinetransienterrors"
	efCore    = "https://github.com/dotnet/efcore SqlServerTransientExceptionDetector.cs"
	throw     = "https://learn.microsoft.com/sql/t-sql/language-elements/throw-transact-sql"
)

// table holds every entry by its number.
var table = index(slices.Concat(transients, refusals, statements, barriers))

func index(entries []Entry) map[int32]Entry {
	byNumber := make(map[int32]Entry, len(entries))
	for _, entry := range entries {
		if entry.Source == engine {
			entry.Source += pageRange(entry.Number)
		}
		byNumber[entry.Number] = entry
	}
	return byNumber
}

// pageRange is the end of the address of the page that lists a message. Microsoft cuts the list at the thousands, except
// that 16000 and 17000 share a page.
func pageRange(number int32) string {
	const thousand = 1000
	first := number / thousand * thousand
	last := first + thousand - 1
	if first == 16000 || first == 17000 {
		first, last = 16000, 17999
	}
	return fmt.Sprintf("-%d-to-%d", first, last)
}

// Table is the whole table, by number.
func Table() []Entry {
	return slices.SortedFunc(maps.Values(table), func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
}
