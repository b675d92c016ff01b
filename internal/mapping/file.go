package mapping

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// file is the mapping file as it is written.
type file struct {
	Schema    int           `yaml:"schema"`
	Resources []resourceDef `yaml:"resources"`
	Tables    []tableDef    `yaml:"tables"`
}

type resourceDef struct {
	Kind      string `yaml:"kind"`
	TTL       string `yaml:"ttl"`
	AbsentTTL string `yaml:"absent_ttl"`
	line      int
}

type tableDef struct {
	Name      string      `yaml:"name"`
	Parent    string      `yaml:"parent"`
	ShortForm []string    `yaml:"short_form"`
	Sources   []sourceDef `yaml:"sources"`
	Columns   []columnDef `yaml:"columns"`
	line      int
}

type sourceDef struct {
	Path       string `yaml:"path"`
	Detail     string `yaml:"detail"`
	Short      bool   `yaml:"short"`
	Collection string `yaml:"collection"`
	Link       string `yaml:"link"`
	line       int
}

type columnDef struct {
	Name       string  `yaml:"name"`
	Type       string  `yaml:"type"`
	Path       pathDef `yaml:"path"`
	Key        bool    `yaml:"key"`
	References string  `yaml:"references"`
	Equals     string  `yaml:"equals"`
	Only       string  `yaml:"only"`
	Index      bool    `yaml:"index"`
	Hash       bool    `yaml:"hash"`
	JSON       bool    `yaml:"json"`
	Omit       bool    `yaml:"omit"`
	line       int
}

// pathDef is one path or a list of alternatives.
type pathDef []string

// UnmarshalYAML reads a resource and remembers its line.
func (d *resourceDef) UnmarshalYAML(node ast.Node) error {
	type plain resourceDef
	d.line = lineOf(node)
	return strict(node, (*plain)(d))
}

// UnmarshalYAML reads a table and remembers its line.
func (d *tableDef) UnmarshalYAML(node ast.Node) error {
	type plain tableDef
	d.line = lineOf(node)
	return strict(node, (*plain)(d))
}

// UnmarshalYAML reads a source and remembers its line.
func (d *sourceDef) UnmarshalYAML(node ast.Node) error {
	type plain sourceDef
	d.line = lineOf(node)
	return strict(node, (*plain)(d))
}

// UnmarshalYAML reads a column and remembers its line.
func (d *columnDef) UnmarshalYAML(node ast.Node) error {
	type plain columnDef
	d.line = lineOf(node)
	return strict(node, (*plain)(d))
}

// UnmarshalYAML reads a path or a list of paths.
func (d *pathDef) UnmarshalYAML(node ast.Node) error {
	if _, isList := node.(*ast.SequenceNode); isList {
		return strict(node, (*[]string)(d))
	}
	var one string
	if err := strict(node, &one); err != nil {
		return err
	}
	*d = pathDef{one}
	return nil
}

func strict(node ast.Node, into any) error { return yaml.NodeToValue(node, into, yaml.Strict()) }

// lineOf is the line of the first token of a node; a mapping's own token is that of its first colon.
func lineOf(node ast.Node) int {
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 {
		node = mapping.Values[0].Key
	}
	return node.GetToken().Position.Line
}

// parseFile reads the file. The YAML package panics on some that are malformed, such as a tag without a value.
func parseFile(data []byte) (f *file, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			f, err = nil, fmt.Errorf("not valid YAML: %s", withoutTexts(fmt.Sprint(cause)))
		}
	}()
	f = new(file)
	if err := yaml.UnmarshalWithOptions(data, f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s", withoutTexts(yaml.FormatError(err, false, false)))
	}
	return f, nil
}

// ofFile is what an error of the YAML package quotes of the file: one text, as it is there.
var ofFile = regexp.MustCompile(`(?s)".*"|alias name .*`)

// settingName is the name of a setting of the file, rightly spelled or nearly so.
var settingName = regexp.MustCompile(`^"[a-z_]{1,30}"$`)

// withoutTexts is the text of an error without what it quotes of the file, for that may be any: one with secrets, too. What looks like the name
// of a setting stays.
func withoutTexts(text string) string {
	return ofFile.ReplaceAllStringFunc(text, func(quoted string) string {
		if settingName.MatchString(quoted) && !strings.Contains(text, "alias") {
			return quoted
		}
		return "…"
	})
}

var typePattern = regexp.MustCompile(`^(int|bigint|bit|datetime|uuid|text\((max|\d{1,4})\)|decimal\((\d{1,2}),(\d{1,2})\))$`)

// limits of SQL Server: NVARCHAR(4000) and DECIMAL(38).
const (
	mostText   = 4000
	mostDigits = 38
)

// ParseType reads a type as [Type.String] writes it.
func ParseType(text string) (Type, error) {
	m := typePattern.FindStringSubmatch(text)
	wrong := fmt.Errorf("type %q: expected int, bigint, bit, datetime, uuid, text(1…%d), text(max) or decimal(p,s) with s ≤ p ≤ %d",
		text, mostText, mostDigits)
	if m == nil {
		return Type{}, wrong
	}
	switch {
	case text == "int":
		return Type{Kind: Int}, nil
	case text == "bigint":
		return Type{Kind: BigInt}, nil
	case text == "bit":
		return Type{Kind: Bit}, nil
	case text == "datetime":
		return Type{Kind: DateTime}, nil
	case text == "uuid":
		return Type{Kind: UUID}, nil
	case m[2] == "max":
		return Type{Kind: Text}, nil
	case m[2] != "":
		length, _ := strconv.Atoi(m[2]) // at most four digits, as the pattern says
		if length < 1 || length > mostText {
			return Type{}, wrong
		}
		return Type{Kind: Text, Length: length}, nil
	default:
		return parseDecimal(m[3], m[4], wrong)
	}
}

func parseDecimal(p, s string, wrong error) (Type, error) {
	precision, _ := strconv.Atoi(p) // at most two digits, as the pattern says
	scale, _ := strconv.Atoi(s)
	if precision < 1 || precision > mostDigits || scale > precision {
		return Type{}, wrong
	}
	return Type{Kind: Decimal, Precision: precision, Scale: scale}, nil
}
