package faults

import (
	"regexp"
	"strings"
)

// shown is where messages show values of the refused row, whatever the language: in parentheses at the end, between the first and the
// last quote, or in quotes after two names. Names and addresses of people do not belong into logs and dead letters' reasons; the
// dead letter itself has the row.
var shown = map[int32]*regexp.Regexp{
	2601: regexp.MustCompile(`(?s)\(.*\)`),
	2627: regexp.MustCompile(`(?s)\(.*\)`),
	245:  regexp.MustCompile(`(?s)['"“„«‘「].*['"”“»’」]`),
	2628: regexp.MustCompile(`(?s)^((?:[^'"“„«‘「]*['"“„«‘「][^'"”“»’」]*['"”“»’」]){2}).*`),
}

// withoutValues is err with a text that shows no value of a row.
func withoutValues(err error, number int32, message string) error {
	pattern := shown[number]
	if pattern == nil {
		return err
	}
	replacement := "(…)"
	if number == 2628 {
		replacement = "${1} (…)"
	}
	clean := pattern.ReplaceAllString(message, replacement)
	return &discreet{err, strings.ReplaceAll(err.Error(), message, clean)}
}

// discreet is an error with another text.
type discreet struct {
	err  error
	text string
}

// Error is the text without values.
func (e *discreet) Error() string { return e.text }

// Unwrap is the driver's error. Its own text has the values.
func (e *discreet) Unwrap() error { return e.err }
