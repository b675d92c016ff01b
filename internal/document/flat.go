package document

import (
	"errors"
	"fmt"
	"sync"
)

// ParseFlat reads a JSON object of which the member of that name holds flat fields, as [AppendFields] writes them: n is the document that
// they make, nil without that member. Each other member is handed to visit, as the JSON text of its value; its error is returned as
// it is. It refuses invalid JSON, names that stand twice, and values over the limits. The nodes refer to data: it must not be changed
// afterwards.
func (a *Arena) ParseFlat(data []byte, fields string, visit func(name string, value []byte) error) (n *Node, err error) {
	p := parsers.Get().(*parser)
	defer p.release()
	p.data, p.text, p.arena = data, viewText(data), a
	if a == nil {
		p.arena = newDocument(0)
	}
	if p.next() != '{' {
		return nil, errors.New("not a JSON object")
	}
	met := make(map[string]bool)
	err = p.members(func(name string) error {
		if met[name] {
			return fmt.Errorf("%s stands twice", name)
		}
		met[name] = true
		if name == fields {
			n, err = p.fields()
		} else {
			err = p.visit(name, visit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.next(); p.at < len(data) {
		return nil, fmt.Errorf("more after the object, at byte %d", p.at)
	}
	return n, nil
}

// members reads an object, p.at being at its brace. member reads the value of each member.
func (p *parser) members(member func(name string) error) error {
	p.at++
	if p.next() == '}' {
		p.at++
		return nil
	}
	for {
		name, err := p.name()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			return nil
		default:
			return p.unexpected("a comma or a brace")
		}
	}
}

// visit hands a member's value on.
func (p *parser) visit(name string, visit func(name string, value []byte) error) error {
	p.next()
	start := p.at
	if _, err := p.value(1); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return visit(name, p.data[start:p.at:p.at])
}

// builders keeps what a builder remembers beside the document.
var builders = sync.Pool{New: func() any { return new(builder) }}

// fields reads an object of flat fields.
func (p *parser) fields() (*Node, error) {
	if p.next() != '{' {
		return nil, errors.New("fields: expected an object")
	}
	b := builders.Get().(*builder)
	defer b.release()
	b.memory = p.arena
	if err := p.members(func(path string) error { return p.field(b, path) }); err != nil {
		return nil, fmt.Errorf("fields: %w", err)
	}
	return b.document(), nil
}

// release gives the builder back, without what it holds of the document.
func (b *builder) release() {
	clear(b.open[:cap(b.open)])
	*b = builder{open: b.open[:0], ends: b.ends[:0]}
	builders.Put(b)
}

// field adds a field, p.at being before its value.
func (p *parser) field(b *builder, path string) error {
	switch p.next() {
	case '{':
		if p.at++; p.next() != '}' {
			return fmt.Errorf("%w: %.60s: an object that is not flat", ErrFields, path)
		}
		p.at++
		return b.add(path, emptyObject)
	case '[':
		return fmt.Errorf("%w: %.60s: an array that is not flat", ErrFields, path)
	}
	literal, err := p.scalar()
	if err != nil {
		return err
	}
	return b.add(path, literal)
}
