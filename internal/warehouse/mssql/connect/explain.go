package connect

import (
	"errors"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// Explain adds to an error of connecting to target, of logging in there or of a missing right what it means and
// what helps, in words of a database administrator. The driver's error stays in the chain and its text in the message,
// without secrets. An error that means nothing to it gets the target's name only.
func Explain(target *Target, err error) error {
	if err == nil {
		return nil
	}
	return &explained{target: target, advice: target.advice(err), err: err}
}

type explained struct {
	target *Target
	advice string
	err    error
}

// Error is "TARGET: ADVICE (SERVER'S OR DRIVER'S TEXT)". Beside advice, what a server said stands without what was wrapped
// around it on the way, such as another remedy.
func (e *explained) Error() string {
	if e.advice == "" {
		return e.target.String() + ": " + e.target.redact(e.err.Error())
	}
	cause := e.err.Error()
	var failure mssql.Error
	if errors.As(e.err, &failure) {
		cause = failure.Error()
	}
	return e.target.String() + ": " + e.advice + " (" + e.target.redact(cause) + ")"
}

// Unwrap is the driver's error. Its own text is not redacted.
func (e *explained) Unwrap() error { return e.err }

// advice asks one after the other who knows the error: the server's messages first, then what has a type or text of its own,
// the plain network last.
func (t *Target) advice(err error) string {
	var failure mssql.Error
	if errors.As(err, &failure) {
		return t.adviceOnMessages(failure)
	}
	for _, know := range []func(error) string{t.adviceOnTLS, t.adviceOnTickets, t.adviceOnTokens, t.adviceOnNetwork} {
		if advice := know(err); advice != "" {
			return advice
		}
	}
	return ""
}

// adviceOnMessages explains the first message that is known. The first comes before those that follow from it: 4060
// (no such database) before 18456 (so the login failed).
func (t *Target) adviceOnMessages(failure mssql.Error) string {
	messages := failure.All
	if len(messages) == 0 {
		messages = []mssql.Error{failure}
	}
	for _, message := range messages {
		if explain, known := numbers[message.Number]; known {
			return explain(t, message)
		}
	}
	return ""
}

// contains reports whether the error's text has one of the signs, without regard to case.
func contains(err error, signs ...string) bool {
	text := strings.ToLower(err.Error())
	for _, sign := range signs {
		if strings.Contains(text, strings.ToLower(sign)) {
			return true
		}
	}
	return false
}
