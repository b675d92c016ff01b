package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a document. The largest booking seen is 33 KB compact, at a depth of 5.
const (
	MostBytes = 8 << 20
	MostDepth = 32
	MostNodes = 200_000
	// MostMembers is how many members one object may have: members are searched one after the other, which a hostile
	// object could make slow. The largest seen in the captures has 172.
	MostMembers = 5_000
)

// Errors that [Parse] wraps.
var (
	ErrTooLarge = errors.New("document is too large")
	ErrTooDeep  = errors.New("document is nested too deeply")
)

// Parse reads one JSON value. It refuses invalid JSON, invalid UTF-8, names that stand twice in one object and
// documents over the limits. The nodes refer to data: it must not be changed afterwards.
func Parse(data []byte) (*Node, error) {
	if len(data) > MostBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), MostBytes)
	}
	p := parser{data: data, decoder: jsontext.NewDecoder(bytes.NewBuffer(data))}
	node, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than one JSON value, or rubbish after it, at byte %d", p.decoder.InputOffset())
	}
	return node, nil
}

type parser struct {
	data    []byte
	decoder *jsontext.Decoder
	arena   []Node   // nodes are handed out from chunks: one allocation for many
	scratch []Member // stack of members of the objects that are open
	nodes   int
}

const chunk = 128

func (p *parser) node() (*Node, error) {
	p.nodes++
	if p.nodes > MostNodes {
		return nil, fmt.Errorf("%w: more than %d values", ErrTooLarge, MostNodes)
	}
	if len(p.arena) == 0 {
		p.arena = make([]Node, chunk)
	}
	n := &p.arena[0]
	p.arena = p.arena[1:]
	return n, nil
}

func (p *parser) value(depth int) (*Node, error) {
	if depth > MostDepth {
		return nil, fmt.Errorf("%w: more than %d levels", ErrTooDeep, MostDepth)
	}
	switch p.decoder.PeekKind() {
	case '{':
		return p.container(Object, depth)
	case '[':
		return p.container(Array, depth)
	default:
		return p.scalar()
	}
}

func (p *parser) scalar() (*Node, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	n, err := p.node()
	if err != nil {
		return nil, err
	}
	end := p.decoder.InputOffset()
	n.raw = p.data[end-int64(len(value)) : end : end]
	n.kind = kindOf(value.Kind())
	return n, nil
}

func kindOf(k jsontext.Kind) Kind {
	switch k {
	case '"':
		return String
	case '0':
		return Number
	case 't', 'f':
		return Bool
	default:
		return Null
	}
}

// container reads an object or array. Its members gather on the scratch stack, above those of the containers that
// are still open, and are copied from there in one piece.
func (p *parser) container(kind Kind, depth int) (*Node, error) {
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	base := len(p.scratch)
	for k := p.decoder.PeekKind(); k != '}' && k != ']'; k = p.decoder.PeekKind() {
		var name string
		if kind == Object {
			token, err := p.decoder.ReadToken()
			if err != nil {
				return nil, fmt.Errorf("not valid JSON: %w", err)
			}
			name = token.String()
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.scratch = append(p.scratch, Member{name, value})
		if kind == Object && len(p.scratch)-base > MostMembers {
			return nil, fmt.Errorf("%w: an object with more than %d members", ErrTooLarge, MostMembers)
		}
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	n, err := p.node()
	if err != nil {
		return nil, err
	}
	n.kind = kind
	n.members = append([]Member(nil), p.scratch[base:]...)
	p.scratch = p.scratch[:base]
	return n, nil
}
