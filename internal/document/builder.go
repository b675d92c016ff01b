package document

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// builder puts a document together from its flat fields, in the order in which [AppendFields] writes them. The zero
// value is ready.
type builder struct {
	memory *Arena // nil until the first field: then a new one, which is never freed
	root   *Node
	path   string  // of the previous field: containers that it has in common with the next are not looked up again
	open   []*Node // the containers that the previous field stands in, the outermost first
	ends   []int   // ends[i] is where in path the name of open[i+1] ends, separator included
	nodes  int
}

// ErrFields is wrapped by what is wrong with flat fields.
var ErrFields = errors.New("flat fields")

// add adds one field. literal is a JSON scalar or {}, without white space around it; path and literal are kept, not copied.
func (b *builder) add(path, literal string) error {
	if b.nodes++; b.nodes > MostNodes {
		return fmt.Errorf("%w: %w: more than %d fields", ErrFields, ErrTooLarge, MostNodes)
	}
	container, step, length, err := b.enter(path)
	if err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	node, err := b.leaf(literal, length)
	if err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	if err := b.put(container, step, node); err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	return nil
}

// document is what was added so far: an object.
func (b *builder) document() *Node {
	if b.memory == nil {
		b.memory = new(Arena)
	}
	if b.root == nil {
		b.root = b.memory.newContainer(Object, nil, 0)
	}
	return b.root
}

// enter finds or makes the container of the path's last step. length says that the field is the length of the array that the
// last step names.
func (b *builder) enter(path string) (container *Node, last string, length bool, err error) {
	if len(b.open) == 0 {
		b.open = append(b.open, b.document())
	}
	same := b.shared(path)
	b.path, b.open, b.ends = path, b.open[:same+1], b.ends[:same]
	at := 0
	if same > 0 {
		at = b.ends[same-1]
	}
	for container = b.open[same]; ; b.open = append(b.open, container) {
		step, next := nextStep(path, at)
		switch {
		case next < 0:
			return container, step, false, nil
		case path[next:] == lengthStep:
			return container, step, true, nil
		case len(b.ends)+1 >= MostDepth:
			return nil, "", false, ErrTooDeep
		}
		if container, err = b.inside(container, step); err != nil {
			return nil, "", false, err
		}
		b.ends, at = append(b.ends, next), next
	}
}

// shared is how many containers, besides the outermost, the path has in common with the previous one.
func (b *builder) shared(path string) int {
	same, at := 0, 0
	for same < len(b.ends) && len(path) >= b.ends[same] && path[at:b.ends[same]] == b.path[at:b.ends[same]] {
		at = b.ends[same]
		same++
	}
	return same
}

// inside finds or makes the container of that name.
func (b *builder) inside(parent *Node, step string) (*Node, error) {
	child := parent.child(step)
	if child == nil {
		child = b.memory.newContainer(Object, nil, 0)
		if err := b.put(parent, step, child); err != nil {
			return nil, err
		}
	}
	if child.container == nil {
		return nil, errors.New("inside a value that is not an object")
	}
	return child, nil
}

func (n *Node) child(step string) *Node {
	if n.container.kind == Object {
		return n.Get(step)
	}
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i >= len(n.container.members) {
		return nil
	}
	return n.container.members[i].Value
}

// put adds a member to a container.
func (b *builder) put(to *Node, step string, child *Node) error {
	if to.child(step) != nil {
		return errors.New("stands twice")
	}
	if to.container.kind == Object && len(to.container.members) >= MostMembers {
		return fmt.Errorf("%w: an object with more than %d members", ErrTooLarge, MostMembers)
	}
	if to.container.kind == Array {
		if step != strconv.Itoa(len(to.container.members)) {
			return fmt.Errorf("array element out of order, expected %d", len(to.container.members))
		}
		step = ""
	}
	b.memory.push(to.container, Member{step, child})
	return nil
}

// leaf is the node of a field's value; of a length, an empty array.
func (b *builder) leaf(literal string, length bool) (*Node, error) {
	kind := jsontext.Kind(literal[0])
	switch {
	case length && (kind == '-' || kind >= '0' && kind <= '9'):
		return b.memory.newContainer(Array, nil, 0), nil
	case length:
		return nil, errors.New("an array's length is not a number")
	case literal == emptyObject:
		return b.memory.newContainer(Object, nil, 0), nil
	default:
		return b.memory.node(literal), nil
	}
}

const emptyObject = "{}"

// nextStep is the step of a path that begins at a byte, and where the one after it begins; below 0 when it is the last.
func nextStep(path string, at int) (step string, next int) {
	rest := path[at:]
	for i := range len(rest) {
		switch rest[i] {
		case separator:
			return rest[:i], at + i + 1
		case escape:
			return escapedStep(path, at)
		}
	}
	return rest, -1
}

// escapedStep is nextStep for a step that has escapes.
func escapedStep(path string, at int) (step string, next int) {
	var text []byte
	for i := at; i < len(path); i++ {
		switch {
		case path[i] == escape && i+1 < len(path):
			i++
			text = append(text, path[i])
		case path[i] == separator:
			return string(text), i + 1
		default:
			text = append(text, path[i])
		}
	}
	return string(text), -1
}
