package upstream

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
)

// StatusError is an answer with a status that carries no document, other than the ones that package fault has a
// type for.
type StatusError struct {
	Status   int
	Location string // of a redirect that is not followed: the host it leads to
	Excerpt  string // the beginning of the body in one line, without secrets
}

// Error says the status, where it leads, and what the API had to say.
func (s *StatusError) Error() string {
	text := fmt.Sprintf("answered %d %s", s.Status, http.StatusText(s.Status))
	if s.Location != "" {
		text += fmt.Sprintf(" to host %q, which is not followed", s.Location)
	}
	if s.Excerpt != "" {
		text += ": " + s.Excerpt
	}
	return strings.TrimSpace(text)
}

// locationHost returns the host that a redirect leads to, or "".
func locationHost(from *url.URL, resp *http.Response) string {
	location := resp.Header.Get("Location")
	if resp.StatusCode < 300 || resp.StatusCode > 399 || location == "" {
		return ""
	}
	to, err := from.Parse(location)
	if err != nil {
		return "unreadable"
	}
	return to.Host
}

const (
	longestExcerpt = 200  // characters in an error
	excerptWindow  = 4096 // bytes that are read for it
)

// excerpt returns the beginning of a body for an error. Only the first half of what was read is shown, so that a
// secret that the end of the reading cuts in two is not shown by half.
func (c *Client) excerpt(body io.Reader, bearer token) string {
	raw, _ := io.ReadAll(io.LimitReader(body, excerptWindow)) // a body that breaks off still says something
	text := c.redact(string(raw), bearer)
	return sanitise(text[:min(len(text), excerptWindow/2)], longestExcerpt)
}

// shortestRedacted is the shortest credential that is looked for. A shorter one protects nothing, and stands by chance
// in every text.
const shortestRedacted = 4

// redact replaces the credentials and the token, as they are and as JSON or a URL spells them.
func (c *Client) redact(text string, bearer token) string {
	var pairs []string
	for _, secret := range []string{c.cfg.Secret, c.cfg.Subject, bearer.value} {
		if len(secret) < shortestRedacted {
			continue
		}
		for _, spelling := range spellings(secret) {
			pairs = append(pairs, spelling, "[redacted]")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func spellings(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, strings.Trim(string(quoted), `"`))
	}
	return all
}

// sanitise makes text one line of at most the given number of characters.
func sanitise(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
