package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// dotEnv is the file in the working directory that settings are read from beside the environment.
const dotEnv = ".env"

// loadDotEnv puts what .env says into the environment, where there is such a file. A variable that is set already wins, in
// whichever of its two forms: SECRET_FILE of the environment wins over SECRET of the file.
func loadDotEnv(names map[string]bool) error {
	text, err := os.ReadFile(dotEnv)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &ConfigError{Name: dotEnv, Problem: "cannot be read: " + err.Error(), Expected: "lines of the form NAME=value"}
	}
	variables, err := parseDotEnv(text)
	if err != nil {
		return err
	}
	for name := range variables {
		if isSet(name) || isSet(otherForm(name, names)) {
			delete(variables, name)
		}
	}
	for name, value := range variables {
		if err := os.Setenv(name, value); err != nil {
			return &ConfigError{Name: dotEnv, Problem: "names a variable that cannot be: " + err.Error(), Expected: "lines of the form NAME=value"}
		}
	}
	return nil
}

// parseDotEnv reads the variables that the text of a .env names. Its error shows nothing of the text.
func parseDotEnv(text []byte) (map[string]string, error) {
	variables, err := godotenv.UnmarshalBytes(text)
	if err != nil { // its text quotes lines, and so the secrets in them
		problem := fmt.Sprintf("is not readable from line %d on", wrongLine(string(text)))
		return nil, &ConfigError{Name: dotEnv, Problem: problem, Expected: "lines of the form NAME=value, and quotes in pairs"}
	}
	return variables, nil
}

// unsetEmpty takes variables away that are set and empty, as compose files hand on what nobody has set: a number that is empty would
// be none, and a text would replace its default.
func unsetEmpty(names map[string]bool) error {
	for name := range names {
		if value, set := os.LookupEnv(name); set && value == "" {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("unset %s: %w", name, err)
			}
		}
	}
	return nil
}

func isSet(name string) bool {
	_, set := os.LookupEnv(name)
	return set
}

// otherForm is NAME of NAME_FILE, and the other way round.
func otherForm(name string, names map[string]bool) string {
	if base, isFile := strings.CutSuffix(name, fileSuffix); isFile && names[base] && !names[name] {
		return base
	}
	return name + fileSuffix
}

// wrongLine is the number of the line after which nothing more could be read.
func wrongLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for number := len(lines) - 1; number > 0; number-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:number], "")); err == nil {
			return number + 1
		}
	}
	return 1
}

// variablesOf are the names of the environment variables that a grammar reads.
func variablesOf(parser *kong.Kong) map[string]bool {
	names := make(map[string]bool)
	_ = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error { // ends with the error that it is given: nil
		if flag, isFlag := node.(*kong.Flag); isFlag {
			for _, name := range flag.Envs {
				names[name] = true
			}
		}
		return next(nil)
	})
	return names
}
