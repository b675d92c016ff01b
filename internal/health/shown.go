package health

import (
	"regexp"
	"strings"
	"unicode"
)

// mostShown is how many characters of an error are shown: a page of SQL says no more than its beginning.
const mostShown = 300

// hidden is what stands in the place of a secret.
const hidden = "[hidden]"

// secrets are what passwords and tokens stand in. The errors of this project hold none; these catch what a driver or a
// library may repeat of its settings, for the log has fewer readers than a port. Each keeps its first group.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`(://)\S*@`), // sqlserver://name:password@host; what looks like a password may hold @ and /
	regexp.MustCompile(`(?i)((?:password|passwd|pwd|secret|token|accesskey|apikey)["']?\s*[=:]\s*)(?:\{[^}]*\}?|"[^"]*"?|'[^']*'?|[^\s;&,]+)`),
	regexp.MustCompile(`(?i)(bearer\s+)[^\s,;]+`),
}

// shown is an error as whoever reaches the port may read it: on one line, without secrets, and not too long.
func shown(err error) string {
	if err == nil {
		return "no reason given"
	}
	text := strings.Join(strings.FieldsFunc(err.Error(), func(c rune) bool { return unicode.IsControl(c) }), " ")
	for _, secret := range secrets {
		text = secret.ReplaceAllString(text, "${1}"+hidden)
	}
	if characters := []rune(text); len(characters) > mostShown {
		text = string(characters[:mostShown]) + "…"
	}
	return text
}
