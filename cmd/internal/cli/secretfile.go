package cli

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// fileSuffix makes the name of the variable that names a file with a setting's value: SECRET_FILE holds the path of SECRET's.
// Docker and Kubernetes mount secrets as files, which, unlike variables, `docker inspect` and child processes do not get to see.
const fileSuffix = "_FILE"

// mostOfFile bounds what is read of such a file: a value is short, and a path that is wrong may be one without end.
const mostOfFile = 64 << 10

// valueFiles gives settings their values from files. It resolves what the command line leaves open.
type valueFiles struct {
	names map[string]bool // all variables of the grammar: LOG_FILE is one, and not the file of LOG
	wrong error           // kong wraps errors and quotes values; this is what was wrong, without one
}

var _ kong.Resolver = (*valueFiles)(nil)

// Validate has nothing to say before a command is known.
func (f *valueFiles) Validate(*kong.Application) error { return nil }

// Resolve is a setting's value from its file, or nil without one.
func (f *valueFiles) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		path := os.Getenv(name + fileSuffix)
		if path == "" || f.names[name+fileSuffix] {
			continue
		}
		value, err := valueIn(name, path, flag)
		if err != nil {
			f.wrong = err
			return nil, err
		}
		return value, nil
	}
	return nil, nil
}

// valueIn reads the value of a variable from a file. Its errors are *ConfigError and quote nothing that the file holds.
func valueIn(name, path string, flag *kong.Flag) (string, error) {
	wrong := func(problem, expected string) error {
		return &ConfigError{Name: name + fileSuffix, Problem: problem, Expected: expected}
	}
	if os.Getenv(name) != "" {
		return "", wrong("and "+name+" are both set", "one of them")
	}
	text, err := readValue(path)
	switch {
	case err != nil:
		return "", wrong("cannot be read: "+err.Error(), "the path of a file with the value of "+name)
	case text == "":
		return "", wrong("names an empty file, "+path, "the path of a file with the value of "+name)
	case isPath(flag) && strings.ContainsAny(text, "\r\n"):
		return "", wrong("names a file, "+path+", that holds more than a path", "the file itself in "+name+", which is a path already")
	case !fits(flag, text):
		return "", wrong("names a file, "+path+", whose content is no such value", "what --help says of --"+flag.Name)
	}
	return text, nil
}

// readValue is what a file holds, without the line end that editors and echo put behind it.
func readValue(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, mostOfFile+1))
	if err != nil {
		return "", err
	}
	if len(content) > mostOfFile {
		return "", fmt.Errorf("%s holds more than %d KiB", path, mostOfFile>>10)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), nil
}

// isPath reports a setting that names a file itself. The credentials of NATS, say, put into NATS_CREDS_FILE would be
// taken for a path, and shown by whatever fails to open it.
func isPath(flag *kong.Flag) bool { return flag.Tag.Type == "path" }

// fits reports whether a setting takes a text, which kong would quote when it does not.
func fits(flag *kong.Flag, text string) bool {
	if flag.Enum != "" && !slices.Contains(flag.EnumSlice(), text) {
		return false
	}
	scratch := *flag.Value
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	return scratch.Parse(scan, reflect.New(flag.Target.Type()).Elem()) == nil
}
