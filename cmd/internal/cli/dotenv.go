package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
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
		return cmp.Or(setLogOf(text), err)
	}
	for name := range variables {
		if isSet(name) || isSet(otherForm(name, names)) {
			delete(variables, name)
		}
	}
	return setAll(variables)
}

func setAll(variables map[string]string) error {
	for name, value := range variables {
		if err := os.Setenv(name, value); err != nil {
			return &ConfigError{Name: dotEnv, Problem: "names a variable that cannot be: " + err.Error(), Expected: "lines of the form NAME=value"}
		}
	}
	return nil
}

// setLogOf puts into the environment what a .env that is not readable says of the log before its mistake, so that the mistake is told there.
func setLogOf(text []byte) error {
	read, _ := godotenv.UnmarshalBytes(text) // its error is told already
	variables := make(map[string]string)
	for _, name := range []string{logFile, logFormat} {
		if value, isRead := read[name]; isRead && !isSet(name) && !isSet(name+fileSuffix) {
			variables[name] = value
		}
	}
	return setAll(variables)
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

// wrongLine is the number of the line that begins what cannot be read. Each line gets a variable of its own before it: the last one that
// is read tells the line, for within quotes it is part of a value.
func wrongLine(text string) int {
	const mark = "MCIS_LINE_"
	lines := strings.SplitAfter(text, "\n")
	var marked strings.Builder
	for i, line := range lines {
		if i > 0 {
			fmt.Fprintf(&marked, "%s%d=0\n", mark, i+1)
		}
		marked.WriteString(line)
	}
	read, _ := godotenv.Unmarshal(marked.String()) // holds what stands before the error
	for number := len(lines); number > 1; number-- {
		if _, isRead := read[mark+strconv.Itoa(number)]; isRead {
			return number
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
