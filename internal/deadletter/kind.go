package deadletter

import (
	"regexp"
	"strings"
)

// What differs between reasons that are alike: values in quotes, names of runs, UUIDs, numbers and dates. A digit that follows a letter
// belongs to a name (int64, v2) and stays.
var (
	quoted  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	runs    = regexp.MustCompile(`\b(backfill|sync|repair)-[0-9]{8}T[0-9]{6}-[A-Z2-7]{4}\b`)
	uuids   = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)
	numbers = regexp.MustCompile(`(^|[^\pL\pN_])[0-9](?:[0-9.,:+\-]*[0-9])?(?:T[0-9:.]+)?(?:[eE][+\-]?[0-9]+)?Z?`)
)

// mostKind is how long the kind of a reason may be, in bytes.
const mostKind = 300

// Kind is a reason without what differs between reasons that are alike: letters of the same kind have the same cause.
func Kind(reason string) string {
	kind := quoted.ReplaceAllString(reason, `"…"`)
	kind = runs.ReplaceAllString(kind, "$1-#")
	kind = uuids.ReplaceAllString(kind, "#")
	kind = numbers.ReplaceAllString(kind, "${1}#")
	if len(kind) > mostKind {
		kind = strings.ToValidUTF8(kind[:mostKind], "") + "…"
	}
	return kind
}
