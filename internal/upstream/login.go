package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/fault"
)

// Login logs in now, whether or not a token is held. Calls log in by themselves when they must; this one is for
// checking the credentials. Refused ones are a [*fault.Fatal] around a [*fault.Unreachable]; an API that does
// not answer is a [*fault.Unreachable], or a [*fault.Delayed] around one when it asked for a pause.
func (c *Client) Login(ctx context.Context) error {
	_, err := c.session.newer(ctx, c.session.current().generation, c.logIn)
	return err
}

// logIn posts the credentials and returns the access token. It takes no place in the gate: a request that holds one
// may be waiting for this very login.
func (c *Client) logIn(ctx context.Context) (string, error) {
	body, err := json.Marshal(struct {
		Subject string `json:"subject"`
		Secret  string `json:"secret"`
	}{c.cfg.Subject, c.cfg.Secret})
	if err != nil {
		return "", &fault.Fatal{Err: errors.New("SUBJECT or SECRET is not UTF-8 text")}
	}
	login := &call{kind: kindLogin, resource: ResourceLogin, method: http.MethodPost, target: c.auth, body: body}
	answer, err := c.retrying(ctx, login, func(patience time.Duration) ([]byte, error) {
		if err := c.pass(ctx, patience); err != nil {
			return nil, err
		}
		return c.exchange(ctx, login, token{})
	})
	if err != nil {
		return "", c.hopeless(ctx, loginFault(err))
	}
	c.cfg.Logger.DebugContext(ctx, "logged in")
	token, err := accessToken(answer)
	return token, c.hopeless(ctx, err)
}

// hopeless takes note of an error that nobody can ask anything after.
func (c *Client) hopeless(ctx context.Context, err error) error {
	if fault.IsFatal(err) {
		c.trouble.refuse(ctx, err)
	}
	return err
}

// loginFault says what a failed login means. What no repetition mends is fatal: without a token no message can be
// worked on, and none is to blame.
func loginFault(err error) error {
	var status *StatusError
	refused := errors.As(err, &status)
	switch {
	case refused && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden):
		err = fmt.Errorf("AUTH_URL refused the login with %d: check SUBJECT and SECRET", status.Status)
	case refused, fault.AsPermanent(err) != nil:
		err = fmt.Errorf("log in at AUTH_URL: %w", err)
	default:
		return fmt.Errorf("log in at AUTH_URL: %w", err)
	}
	return &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: err}}
}

// accessToken reads the login's answer. Its errors never quote the answer.
func accessToken(answer []byte) (string, error) {
	var login struct {
		AccessToken string `json:"accessToken"`
	}
	err := json.Unmarshal(answer, &login)
	if err != nil || login.AccessToken == "" || !isASCII(login.AccessToken) {
		return "", &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: errors.New(
			`AUTH_URL answered no usable token: expected {"accessToken": "…"}; is it the address of the login?`)}}
	}
	return login.AccessToken, nil
}
