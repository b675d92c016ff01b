package document

import (
	"errors"
	"fmt"
	"sync"
)

// Limits of a document. The largest booking seen is 33 KB compact, at a depth of 5.
const (
	MostBytes = 8 << 20
	MostDepth = 32
	MostNodes = 200_000
	// MostMembers is how many members one object may have: members are searched one after the other, which a hostile
	// object could make slow. The largest seen in the captures has 172.
	MostMembers = 5_000
	// MostFields is how many bytes a document's flat fields may have: no server takes larger messages. Each field is named by the whole
	// path to it, so that a long name around many values could make gigabytes of a document of a few megabytes.
	MostFields = 64 << 20
)

// Errors that [Parse] wraps.
var (
	ErrTooLarge = errors.New("document is too large")
	ErrTooDeep  = errors.New("document is nested too deeply")
)

// Parse reads one JSON value. It refuses invalid JSON, invalid UTF-8, names that stand twice in one object and
// documents over the limits. The nodes refer to data: it must not be changed afterwards.
func Parse(data []byte) (*Node, error) { return (*Arena)(nil).Parse(data) }

// Parse is the package's [Parse], into the arena.
func (a *Arena) Parse(data []byte) (*Node, error) {
	if len(data) > MostBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), MostBytes)
	}
	if a == nil {
		a = newDocument(len(data))
	}
	p := parsers.Get().(*parser)
	defer p.release()
	p.data, p.text, p.arena = data, viewText(data), a
	node, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.next(); p.at < len(data) {
		return nil, fmt.Errorf("more than one JSON value, or rubbish after it, at byte %d", p.at)
	}
	return node, nil
}

// parser reads one document in a single pass. It knows JSON itself, for a general tokenizer takes most of the time that
// parsing takes; what is rare, escaped texts, is left to jsontext.
type parser struct {
	data  []byte
	text  string // the same
	at    int    // what is read next
	nodes int
	arena *Arena

	open    []Member // stack of the members of the containers that are open
	names   nameSet
	scratch []byte // what an escaped text means
}

// parsers keeps the memory that parsing takes beside the document.
var parsers = sync.Pool{New: func() any { return new(parser) }}

// release gives the parser back, without what it holds of the document.
func (p *parser) release() {
	*p = parser{open: emptied(p.open), names: p.names, scratch: p.scratch[:0]}
	parsers.Put(p)
}

// emptied is an empty stack in the same memory, which nothing refers to a document from; unless it is that of an
// exceptional document.
func emptied(stack []Member) []Member {
	const most = 4096
	if cap(stack) > most {
		return nil
	}
	clear(stack[:cap(stack)])
	return stack[:0]
}

// next passes over white space and returns the byte behind it; 0, which begins nothing, at the end.
func (p *parser) next() byte {
	for ; p.at < len(p.data); p.at++ {
		if c := p.data[p.at]; classes[c]&space == 0 {
			return c
		}
	}
	return 0
}

func (p *parser) value(depth int) (*Node, error) {
	if depth > MostDepth {
		return nil, fmt.Errorf("%w: more than %d levels", ErrTooDeep, MostDepth)
	}
	switch p.next() {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	}
	literal, err := p.scalar()
	if err == nil {
		err = p.count()
	}
	if err != nil {
		return nil, err
	}
	return p.arena.node(literal), nil
}

// scalar reads a text, a number, true, false or null, p.at being at its first byte.
func (p *parser) scalar() (literal string, err error) {
	start := p.at
	switch p.next() {
	case '"':
		_, err = p.skipText()
	case 't':
		err = p.skipWord("true")
	case 'f':
		err = p.skipWord("false")
	case 'n':
		err = p.skipWord("null")
	default:
		err = p.skipNumber()
	}
	return p.text[start:p.at], err
}

// count counts one value more.
func (p *parser) count() error {
	if p.nodes++; p.nodes > MostNodes {
		return fmt.Errorf("%w: more than %d values", ErrTooLarge, MostNodes)
	}
	return nil
}

// object reads an object, p.at being at its brace. Its members gather on the stack, above those of the containers that
// are still open.
func (p *parser) object(depth int) (*Node, error) {
	base := len(p.open)
	p.at++
	if p.next() == '}' {
		return p.close(Object, base)
	}
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.open = append(p.open, Member{name, value})
		if len(p.open)-base > MostMembers {
			return nil, fmt.Errorf("%w: an object with more than %d members", ErrTooLarge, MostMembers)
		}
		switch p.next() {
		case ',':
			p.at++
		case '}':
			if twice, found := p.names.twice(p.open[base:]); found {
				return nil, fmt.Errorf("not valid JSON: duplicate name %.60q in the object that ends at byte %d", twice, p.at)
			}
			return p.close(Object, base)
		default:
			return nil, p.unexpected("a comma or a brace")
		}
	}
}

// array reads an array, p.at being at its bracket.
func (p *parser) array(depth int) (*Node, error) {
	base := len(p.open)
	p.at++
	if p.next() == ']' {
		return p.close(Array, base)
	}
	for {
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.open = append(p.open, Member{Value: value})
		switch p.next() {
		case ',':
			p.at++
		case ']':
			return p.close(Array, base)
		default:
			return nil, p.unexpected("a comma or a bracket")
		}
	}
}

// close ends a container: its members are copied from the stack in one piece.
func (p *parser) close(kind Kind, base int) (*Node, error) {
	p.at++
	if err := p.count(); err != nil {
		return nil, err
	}
	n := p.arena.newContainer(kind, p.open[base:], 0)
	p.open = p.open[:base]
	return n, nil
}
