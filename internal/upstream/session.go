package upstream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"mcis/internal/fault"
)

// token is an access token and how many logins came before it. Generation 0 is "never logged in".
type token struct {
	value      string
	generation int
}

// session holds the current token. However many requests find it refused, one of them logs in and the others
// share the outcome, good or bad: with a wrong secret, hundreds of attempts would lock the account.
type session struct {
	turn chan struct{} // capacity 1: whoever fills it logs in

	mu       sync.Mutex
	latest   token
	accepted int   // the newest generation that the API has accepted
	ended    int   // logins that ended by themselves, not by their caller's cancellation
	err      error // how the last of them ended
}

func newSession() *session { return &session{turn: make(chan struct{}, 1)} }

// current returns the newest token.
func (s *session) current() token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}

// newer returns a token of a later generation than the one given: the one that somebody else got meanwhile, or
// that of a login of its own. Logins run on their caller's context; when that is cancelled the next one waiting takes over.
func (s *session) newer(ctx context.Context, than int, logIn func(context.Context) (string, error)) (token, error) {
	s.mu.Lock()
	latest, ended := s.latest, s.ended
	s.mu.Unlock()
	if latest.generation > than {
		return latest, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return token{}, fmt.Errorf("wait for a login: %w", ctx.Err())
	}
	if latest, err, settled := s.settled(than, ended); settled {
		return latest, err
	}
	value, err := logIn(ctx)
	return s.settle(ctx, value, err)
}

// settled reports whether the login that the caller waited for has answered its question.
func (s *session) settled(than, ended int) (latest token, err error, settled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest.generation > than {
		return s.latest, nil, true
	}
	return token{}, s.err, s.ended > ended && s.err != nil
}

// settle records a login's outcome.
func (s *session) settle(ctx context.Context, value string, err error) (token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && ctx.Err() != nil {
		return token{}, err // cancelled: it says nothing about the API
	}
	s.ended++
	s.err = err
	if err != nil {
		return token{}, err
	}
	s.latest = token{value: value, generation: s.latest.generation + 1}
	return s.latest, nil
}

// accept notes that the API took the token for good.
func (s *session) accept(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = max(s.accepted, t.generation)
}

// mostRefusals is how often one attempt meets a 401, each time with a newer token, before it is told to stop. More
// than two, because a token may run out while a request waits for its turn.
const mostRefusals = 5

// verdict says what the n-th refusal of one attempt means: nil to log in and try again. Two tokens in a row that were refused
// although they were fresh and nobody else had them accepted mean that logging in again would go on for ever; one alone may have
// run out before a machine that was busy got to use it.
func (s *session) verdict(t token, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= 2 && t.generation > s.accepted+1 {
		return &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: errors.New(
			"the token of a fresh login is refused with 401: do AUTH_URL and DATA_API_URL belong together, " +
				"and may SUBJECT use the API?")}}
	}
	if n >= mostRefusals {
		return &StatusError{Status: 401, Excerpt: fmt.Sprintf("after %d logins, though other requests are accepted", n-1)}
	}
	return nil
}
