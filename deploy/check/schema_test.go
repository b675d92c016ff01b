package check

import (
	"fmt"
	"slices"
)

// schema is the part of OpenAPI that the API server holds objects of a custom kind against, unknown fields included.
type schema struct {
	Type                 string
	Required             []string
	Properties           map[string]schema
	Items                *schema
	AdditionalProperties *schema
	Enum                 []any
	AnyThing             bool `json:"x-kubernetes-preserve-unknown-fields"`
	IntOrString          bool `json:"x-kubernetes-int-or-string"`
}

// check says what of a value does not fit.
func (s schema) check(path string, value any) []string {
	if s.AnyThing || s.IntOrString {
		return nil
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return []string{fmt.Sprintf("%s is %v, expected one of %v", path, value, s.Enum)}
	}
	switch value := value.(type) {
	case map[string]any:
		return s.checkObject(path, value)
	case []any:
		if s.Type != "array" || s.Items == nil {
			return s.wrong(path, value)
		}
		var wrong []string
		for i, item := range value {
			wrong = append(wrong, s.Items.check(fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		return wrong
	case float64:
		if s.Type == "number" || s.Type == "integer" && value == float64(int64(value)) {
			return nil
		}
	case string:
		if s.Type == "string" {
			return nil
		}
	case bool:
		if s.Type == "boolean" {
			return nil
		}
	}
	return s.wrong(path, value)
}

func (s schema) wrong(path string, value any) []string {
	return []string{fmt.Sprintf("%s is %v, expected: %s", path, value, s.Type)}
}

func (s schema) checkObject(path string, object map[string]any) (wrong []string) {
	if s.Type != "object" {
		return s.wrong(path, object)
	}
	if path == ".metadata" { // that of all objects, which the definition leaves out
		return nil
	}
	for _, name := range s.Required {
		if _, there := object[name]; !there {
			wrong = append(wrong, path+" lacks "+name)
		}
	}
	for name, value := range object {
		switch property, known := s.Properties[name]; {
		case known:
			wrong = append(wrong, property.check(path+"."+name, value)...)
		case s.AdditionalProperties != nil:
			wrong = append(wrong, s.AdditionalProperties.check(path+"."+name, value)...)
		default:
			wrong = append(wrong, path+" has no field "+name)
		}
	}
	return wrong
}
