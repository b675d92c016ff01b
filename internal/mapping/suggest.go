package mapping

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// String is the suggestion as a line of a mapping file.
func (s Suggestion) String() string {
	var option string
	if s.JSON {
		option = ", json: true"
	}
	return fmt.Sprintf("- {name: %s, type: %s, path: %s%s}", quoted(s.Name), quoted(s.Type.String()), quoted(s.Path.String()), option)
}

// plainPattern matches what means itself in YAML's flow style, also where it stands for nothing else, such as null.
var plainPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*(\([a-z0-9]+\))?$`)

// quoted is a text as YAML, in quotes where they are needed. JSON's quotes are YAML's.
func quoted(text string) string {
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return "'" + text + "'"
	}
	switch {
	case plainPattern.MatchString(text):
		return text
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return strconv.Quote(text)
	default:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
}

// snake is a path as the name of a column: status.nameKey becomes status_name_key.
func snake(path Path) string {
	var name []byte
	for _, step := range path {
		name = appendSnake(append(name, '_'), step)
	}
	text := strings.Trim(underscores.ReplaceAllString(string(name), "_"), "_")
	if text == "" || (text[0] >= '0' && text[0] <= '9') {
		text = "c_" + text
	}
	return strings.TrimRight(text[:min(len(text), mostName)], "_")
}

var underscores = regexp.MustCompile(`_{2,}`)

// appendSnake appends a member's name in lower case, an underscore before each of its words.
func appendSnake(dst []byte, member string) []byte {
	runes := []rune(member)
	for i, r := range runes {
		begins := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			dst = append(dst, '_')
		}
		lower := unicode.ToLower(r)
		if (lower < 'a' || lower > 'z') && (lower < '0' || lower > '9') {
			lower = '_'
		}
		dst = append(dst, byte(lower))
	}
	return dst
}

// unique is a name that is not taken: with a number where it is.
func unique(name string, taken map[string]bool) string {
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = "_" + strconv.Itoa(n)
		}
		if text := name[:min(len(name), mostName-len(suffix))] + suffix; !taken[text] {
			return text
		}
	}
}
