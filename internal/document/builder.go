package document

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Builder puts a document together from its flat fields, in the order in which [AppendFields] writes them. The zero
// value is ready.
type Builder struct {
	memory Arena // never freed: the document's own
	root   *Node
	steps  []string // of the previous field: containers that it has in common with the next are not looked up again
	open   []*Node  // open[i] is the container that steps[i] stands in
	nodes  int
}

// ErrFields is wrapped by what is wrong with flat fields.
var ErrFields = errors.New("flat fields")

// Add adds one field. value is a JSON scalar, null or {}; it is kept, not copied.
func (b *Builder) Add(path string, value jsontext.Value) error {
	if b.nodes++; b.nodes > MostNodes {
		return fmt.Errorf("%w: %w: more than %d fields", ErrFields, ErrTooLarge, MostNodes)
	}
	steps, length := splitPath(path)
	if len(steps) > MostDepth {
		return fmt.Errorf("%w: %w: %.60s", ErrFields, ErrTooDeep, path)
	}
	container, err := b.enter(steps)
	if err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	last := steps[len(steps)-1]
	node, err := b.leaf(value, length)
	if err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	if err := container.add(last, node); err != nil {
		return fmt.Errorf("%w: %.60s: %w", ErrFields, path, err)
	}
	return nil
}

// Document is what was added so far: an object.
func (b *Builder) Document() *Node {
	if b.root == nil {
		b.root = b.memory.newContainer(Object, nil, 0)
	}
	return b.root
}

// enter finds or makes the container of the last step.
func (b *Builder) enter(steps []string) (*Node, error) {
	if len(b.open) == 0 {
		b.open = append(b.open, b.Document())
	}
	same := 0
	for same < len(steps)-1 && same < len(b.open)-1 && steps[same] == b.steps[same] {
		same++
	}
	b.open = b.open[:same+1]
	for _, step := range steps[same : len(steps)-1] {
		parent := b.open[len(b.open)-1]
		child := parent.child(step)
		if child == nil {
			child = b.memory.newContainer(Object, nil, 0)
			if err := parent.add(step, child); err != nil {
				return nil, err
			}
		}
		if child.container == nil {
			return nil, errors.New("inside a value that is not an object")
		}
		b.open = append(b.open, child)
	}
	b.steps = append(b.steps[:0], steps...)
	return b.open[len(b.open)-1], nil
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

func (n *Node) add(step string, child *Node) error {
	if n.child(step) != nil {
		return errors.New("stands twice")
	}
	if n.container.kind == Object && len(n.container.members) >= MostMembers {
		return fmt.Errorf("%w: an object with more than %d members", ErrTooLarge, MostMembers)
	}
	if n.container.kind == Array {
		if step != strconv.Itoa(len(n.container.members)) {
			return fmt.Errorf("array element out of order, expected %d", len(n.container.members))
		}
		step = ""
	}
	n.container.members = append(n.container.members, Member{step, child})
	return nil
}

// leaf is the node of a field's value; of a length, an empty array.
func (b *Builder) leaf(value jsontext.Value, length bool) (*Node, error) {
	if length {
		if value.Kind() != '0' {
			return nil, errors.New("an array's length is not a number")
		}
		return b.memory.newContainer(Array, nil, 0), nil
	}
	switch value.Kind() {
	case '{':
		if string(value) != "{}" {
			return nil, errors.New("an object that is not flat")
		}
		return b.memory.newContainer(Object, nil, 0), nil
	case '[':
		return nil, errors.New("an array that is not flat")
	case jsontext.KindInvalid:
		return nil, errors.New("not a JSON value")
	default:
		return b.memory.node(viewText(value)), nil
	}
}

// splitPath cuts a path at its separators; length says that its last step was that of an array's length, which is
// left off.
func splitPath(path string) (steps []string, length bool) {
	if strings.IndexByte(path, escape) < 0 {
		steps = strings.Split(path, string(separator))
	} else {
		steps = splitEscaped(path)
	}
	if last := len(steps) - 1; last > 0 && steps[last] == lengthStep && !strings.HasSuffix(path, `\#`) {
		return steps[:last], true
	}
	return steps, false
}

func splitEscaped(path string) []string {
	var steps []string
	var step []byte
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == escape && i+1 < len(path):
			i++
			step = append(step, path[i])
		case path[i] == separator:
			steps = append(steps, string(step))
			step = step[:0]
		default:
			step = append(step, path[i])
		}
	}
	return append(steps, string(step))
}
