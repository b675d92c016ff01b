package mapping

import (
	"fmt"
	"strings"
)

// Path leads to a value: member names from an entity downwards. A path that begins with [Root] starts at the
// booking instead of the entity; [Wildcard] stands for every element of an array.
type Path []string

// Special steps of a path.
const (
	Root     = "$" // first step: the booking itself
	Wildcard = "*" // every element of the array, in a source's path only
	Position = "#" // only step: the element's position in its array, from 0
	Self     = "." // only step: the entity itself, where it is a scalar
)

// ParsePath reads "customer.status.name", "refs.*.customer", "$.id", "." or "#".
func ParsePath(text string) (Path, error) {
	if text == Self || text == Position {
		return Path{text}, nil
	}
	steps := strings.Split(text, ".")
	for i, step := range steps {
		if step == "" || (step == Root && i > 0) || (step == Position) {
			return nil, fmt.Errorf("path %q: expected member names joined by dots, such as status.name", text)
		}
	}
	return Path(steps), nil
}

// String is the path as the mapping file writes it.
func (p Path) String() string {
	if len(p) == 1 && p[0] == Self {
		return Self
	}
	return strings.Join(p, ".")
}

// HasWildcard reports whether the path goes through every element of an array.
func (p Path) HasWildcard() bool { return p.Collection() != nil }

// Collection is the part of the path before its wildcard: where the array stands; nil without one.
func (p Path) Collection() Path {
	for i, step := range p {
		if step == Wildcard {
			return p[:i]
		}
	}
	return nil
}
