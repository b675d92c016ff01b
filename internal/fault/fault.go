// Package fault classifies errors once, for every stage: what an error means for the message in hand.
//
// A handler returns an error and only package stream turns it into the message's fate:
//
//   - nil: the work is done and durable; the message is acked.
//   - [Permanent]: no repetition can help; the message goes to the stream DEAD, then it is terminated.
//   - [Fatal]: the process cannot work (a wrong secret, a missing right); the message stays, the process ends.
//   - anything else is transient: the message comes again after a growing delay.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Class says in one word why a message was dead-lettered. It is the last token of the DEAD subject.
type Class string

// The classes of dead letters.
const (
	ClassPayload    Class = "payload"    // not the JSON document that was expected
	ClassSize       Class = "size"       // larger than a message or a document may be
	ClassKey        Class = "key"        // a key is missing or does not convert
	ClassValue      Class = "value"      // a value does not fit its column, and rejecting was asked for
	ClassConstraint Class = "constraint" // the warehouse itself refused the rows
	ClassExhausted  Class = "exhausted"  // the last delivery failed too
	ClassPanic      Class = "panic"      // the handler panicked
)

// Classes are all of them.
func Classes() []Class {
	return []Class{ClassPayload, ClassSize, ClassKey, ClassValue, ClassConstraint, ClassExhausted, ClassPanic}
}

// Permanent is an error that no repetition mends. Table and Column are set where one value is to blame.
type Permanent struct {
	Class         Class
	Table, Column string
	Err           error
}

// Error says the class, the place and the cause.
func (p *Permanent) Error() string {
	switch {
	case p.Table != "" && p.Column != "":
		return fmt.Sprintf("%s: %s.%s: %v", p.Class, p.Table, p.Column, p.Err)
	case p.Table != "":
		return fmt.Sprintf("%s: %s: %v", p.Class, p.Table, p.Err)
	default:
		return fmt.Sprintf("%s: %v", p.Class, p.Err)
	}
}

// Unwrap returns the cause.
func (p *Permanent) Unwrap() error { return p.Err }

// Permanentf builds a [Permanent] of a class from a format, as fmt.Errorf does.
func Permanentf(class Class, format string, args ...any) *Permanent {
	return &Permanent{Class: class, Err: fmt.Errorf(format, args...)}
}

// AsPermanent returns the [Permanent] in err's chain, or nil.
func AsPermanent(err error) *Permanent {
	var p *Permanent
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// Delayed is a transient error that says when to try again (a Retry-After that the API sent).
type Delayed struct {
	After time.Duration
	Err   error
}

// Error says the cause and the delay.
func (d *Delayed) Error() string { return fmt.Sprintf("%v (try again in %s)", d.Err, d.After) }

// Unwrap returns the cause.
func (d *Delayed) Unwrap() error { return d.Err }

// Fatal is an error that no message is to blame for and no waiting mends: the process ends with it.
type Fatal struct{ Err error }

// Error says the cause.
func (f *Fatal) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Fatal) Unwrap() error { return f.Err }

// IsFatal reports whether err's chain holds a [Fatal].
func IsFatal(err error) bool {
	var f *Fatal
	return errors.As(err, &f)
}

// Absent is the API's answer that a related resource is not to be had: 404, 403, 410, or another refusal that no
// repetition mends. The booking goes on with the short form that it embeds. Status is 0 when the API was not asked,
// because the link leads elsewhere.
type Absent struct {
	Status int
	URI    string
}

// Error says the status and the resource.
func (a *Absent) Error() string { return fmt.Sprintf("%s answered %d", a.URI, a.Status) }

// AsAbsent returns the [Absent] in err's chain, or nil.
func AsAbsent(err error) *Absent {
	var a *Absent
	if errors.As(err, &a) {
		return a
	}
	return nil
}

// Unreachable marks an error whose cause is outside: the API, NATS or the warehouse does not answer
// or refuses us. Commands end with exit code 3 on it.
type Unreachable struct {
	What string // "API", "NATS", "warehouse"
	Err  error
}

// Error says what cannot be reached and why.
func (u *Unreachable) Error() string { return fmt.Sprintf("%s: %v", u.What, u.Err) }

// Unwrap returns the cause.
func (u *Unreachable) Unwrap() error { return u.Err }
