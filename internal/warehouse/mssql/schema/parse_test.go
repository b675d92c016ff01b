package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// parseColumn reads a column's definition: name, type, collation, nullability.
func parseColumn(definition string) (Column, error) {
	at := columnPattern.FindStringSubmatch(definition)
	if at == nil {
		return Column{}, fmt.Errorf("not a column: %q", definition)
	}
	c := Column{Name: at[1], Type: Type{Name: strings.ToLower(at[2]), Collation: at[4]}, NotNull: at[5] == "NOT NULL"}
	var numbers []int
	for text := range strings.SplitSeq(at[3], ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if strings.TrimSpace(text) == "MAX" {
			n, err = Max, nil
		}
		if err == nil {
			numbers = append(numbers, n)
		}
	}
	switch {
	case c.Type.IsText() || strings.HasSuffix(c.Type.Name, "binary"):
		c.Type.Length = numbers[0]
	case c.Type.isDecimal():
		c.Type.Precision, c.Type.Scale = numbers[0], numbers[1]
	case len(numbers) == 1:
		c.Type.Scale = numbers[0]
	}
	return c, nil
}

// unquoted reads [a], [b].
func unquoted(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.Trim(strings.TrimSpace(name), "[]"); name != "" {
			names = append(names, name)
		}
	}
	return names
}
