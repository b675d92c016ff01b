package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// former is a node as jsontext tells it: what this package did before it had a tokenizer of its own. It stays as the
// reference.
type former struct {
	kind    Kind
	raw     []byte
	members []formerMember
}

type formerMember struct {
	name  string
	value *former
}

// formerParse reads a document as [Parse] should.
func formerParse(data []byte) (*former, error) {
	if len(data) > MostBytes {
		return nil, ErrTooLarge
	}
	p := formerParser{data: data, decoder: jsontext.NewDecoder(bytes.NewBuffer(data))}
	node, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("rubbish after the value")
	}
	return node, nil
}

type formerParser struct {
	data    []byte
	decoder *jsontext.Decoder
	nodes   int
}

func (p *formerParser) value(depth int) (*former, error) {
	if depth > MostDepth {
		return nil, ErrTooDeep
	}
	var node *former
	var err error
	switch p.decoder.PeekKind() {
	case '{':
		node, err = p.container(Object, depth)
	case '[':
		node, err = p.container(Array, depth)
	default:
		node, err = p.scalar()
	}
	if err != nil {
		return nil, err
	}
	if p.nodes++; p.nodes > MostNodes {
		return nil, ErrTooLarge
	}
	return node, nil
}

func (p *formerParser) scalar() (*former, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return nil, err
	}
	end := p.decoder.InputOffset()
	kinds := map[jsontext.Kind]Kind{'"': String, '0': Number, 't': Bool, 'f': Bool, 'n': Null}
	return &former{kind: kinds[value.Kind()], raw: p.data[end-int64(len(value)) : end]}, nil
}

func (p *formerParser) container(kind Kind, depth int) (*former, error) {
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, err
	}
	node := &former{kind: kind}
	for k := p.decoder.PeekKind(); k != '}' && k != ']'; k = p.decoder.PeekKind() {
		var name string
		if kind == Object {
			token, err := p.decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			name = token.String()
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		node.members = append(node.members, formerMember{name, value})
		if kind == Object && len(node.members) > MostMembers {
			return nil, ErrTooLarge
		}
	}
	_, err := p.decoder.ReadToken()
	return node, err
}

// formerFields are the flat fields of a document as [AppendFields] should write them.
func formerFields(f *former) string {
	var fields []string
	formerMembers(&fields, nil, f)
	return strings.Join(fields, ",")
}

func formerAppend(fields *[]string, path []string, f *former) {
	field := func(value string, more ...string) {
		quoted, err := jsontext.AppendQuote(nil, strings.Join(append(path, more...), "."))
		if err != nil {
			panic(err)
		}
		*fields = append(*fields, string(quoted)+":"+value)
	}
	switch {
	case f.kind == Array:
		field(strconv.Itoa(len(f.members)), "#")
	case f.kind == Object && len(f.members) == 0:
		field("{}")
	case f.kind != Object:
		field(string(f.raw))
	}
	formerMembers(fields, path, f)
}

func formerMembers(fields *[]string, path []string, f *former) {
	for i, m := range f.members {
		step := strconv.Itoa(i)
		if f.kind == Object {
			step = strings.ReplaceAll(strings.ReplaceAll(m.name, `\`, `\\`), ".", `\.`)
		}
		if f.kind == Object && m.name == "#" {
			step = `\#`
		}
		formerAppend(fields, append(path[:len(path):len(path)], step), m.value)
	}
}

func (f *former) get(name string) *former {
	for _, m := range f.members {
		if f.kind == Object && m.name == name {
			return m.value
		}
	}
	return nil
}

// formerMerge merges as [Merge] should.
func formerMerge(short, detail *former) *former {
	switch {
	case detail == nil || detail.kind == Null:
		if short == nil {
			return detail
		}
		return short
	case short == nil || short.kind != Object || detail.kind != Object || !formerSame(short.get("id"), detail.get("id")):
		return detail
	}
	merged := &former{kind: Object}
	for _, m := range short.members {
		merged.members = append(merged.members, formerMember{m.name, formerMerge(m.value, detail.get(m.name))})
	}
	for _, m := range detail.members {
		if short.get(m.name) == nil {
			merged.members = append(merged.members, m)
		}
	}
	return merged
}

func formerSame(a, b *former) bool { return a == nil || b == nil || a.text() == b.text() }

func (f *former) text() string {
	switch f.kind {
	case String:
		text, err := jsontext.AppendUnquote(nil, f.raw)
		if err != nil {
			panic(err)
		}
		return string(text)
	case Number, Bool:
		return string(f.raw)
	default:
		return ""
	}
}

// differ says where two trees differ, "" when they do not.
func differ(n *Node, f *former) string {
	if n.Kind() != f.kind || string(n.Raw()) != string(f.raw) || len(n.Members()) != len(f.members) {
		return fmt.Sprintf("kind %d, raw %s, %d members; expected kind %d, raw %s, %d members",
			n.Kind(), n.Raw(), len(n.Members()), f.kind, f.raw, len(f.members))
	}
	for i, m := range n.Members() {
		if m.Name != f.members[i].name {
			return fmt.Sprintf("member %d is named %q, expected %q", i, m.Name, f.members[i].name)
		}
		if difference := differ(m.Value, f.members[i].value); difference != "" {
			return m.Name + ": " + difference
		}
	}
	return ""
}

// agrees checks that [Parse] and the reference come to the same verdict and the same tree, which it returns.
func agrees(t testing.TB, data []byte) (*Node, *former) {
	t.Helper()
	got, err := Parse(data)
	want, formerErr := formerParse(data)
	if (err == nil) != (formerErr == nil) {
		t.Fatalf("%.200q: error is %v, the reference has %v", data, err, formerErr)
	}
	if err == nil {
		if difference := differ(got, want); difference != "" {
			t.Fatalf("%.200q: %s", data, difference)
		}
		return got, want
	}
	// An object whose names repeat may be too large or too deep further on: this is noticed first.
	for _, class := range []error{ErrTooLarge, ErrTooDeep} {
		if errors.Is(err, class) != errors.Is(formerErr, class) && !errors.Is(formerErr, jsontext.ErrDuplicateName) {
			t.Fatalf("%.200q: error is %v, the reference has %v", data, err, formerErr)
		}
	}
	return nil, nil
}
