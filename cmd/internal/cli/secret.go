package cli

import (
	"regexp"
	"strings"
)

// Secret is a setting whose value must not be shown.
type Secret string

// String hides the value, also from %v and logs.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

const (
	hidden = "[secret]"
	// shortestSecret is the length from which a text is struck out: a shorter one is in any text.
	shortestSecret = 4
)

// secretFlag is a flag whose value may be a secret, rightly spelled or nearly so.
var secretFlag = regexp.MustCompile(`^--?[a-z_-]*(secret|pas|key|url)`)

// withoutSecrets is the text of an error about a command line without what follows a flag of a secret: a value that begins with a dash is
// taken for a flag, and shown, and so is one behind a flag that does not exist.
func withoutSecrets(err error, args []string) string {
	text := err.Error()
	for i, arg := range args {
		flag, value, together := strings.Cut(arg, "=")
		if !together && i+1 < len(args) {
			value = args[i+1]
		}
		if len(value) >= shortestSecret && secretFlag.MatchString(flag) {
			text = strings.ReplaceAll(text, value, hidden)
		}
	}
	return text
}
