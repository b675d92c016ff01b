package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"mcis/internal/fault"
)

// longestURI bounds what is taken for a link. The longest link of the captures has fewer than 100 bytes.
const longestURI = 4096

// ForeignOriginError refuses a link that does not lead to the API's own origin, or that is no usable URI at all.
// Nothing was sent. It is a [fault.Permanent] of class payload to those who ask for one.
type ForeignOriginError struct {
	URI    string // the link without userinfo, query and fragment; "" when it could not be parsed
	Reason string
}

// Error says the link and why it is refused.
func (f *ForeignOriginError) Error() string {
	return fmt.Sprintf("link %q is not fetched: it %s", f.URI, f.Reason)
}

// Unwrap returns the permanent fault that such a link is.
func (f *ForeignOriginError) Unwrap() error {
	return &fault.Permanent{Class: fault.ClassPayload, Err: errors.New(f.Reason)}
}

// origin is what must be equal for a token to travel: RFC 6454's scheme, host and effective port.
type origin struct {
	scheme, host string
	port         int
}

// originOf returns u's origin. The error continues a sentence that begins with the URL's name.
func originOf(u *url.URL) (origin, error) {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname())}
	switch {
	case o.scheme != "http" && o.scheme != "https":
		return origin{}, errors.New("has neither scheme http nor https")
	case u.Opaque != "" || o.host == "":
		return origin{}, errors.New("has no host")
	case u.User != nil:
		return origin{}, errors.New("holds a user or password")
	case !isASCII(u.Host):
		// Lower-casing maps some non-ASCII letters to ASCII ones (the Kelvin sign to k), so that unequal names compare equal.
		return origin{}, errors.New("has a host that is not ASCII")
	}
	port, err := effectivePort(o.scheme, u.Port())
	o.port = port
	return o, err
}

func effectivePort(scheme, port string) (int, error) {
	switch {
	case port == "" && scheme == "http":
		return 80, nil
	case port == "":
		return 443, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, errors.New("has an impossible port")
	}
	return int(n), nil
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return true
}

// encodedDots are full stops that were percent-encoded without need; decoded before `..` is resolved, as RFC 3986
// section 6.2.2.2 has it, they cannot smuggle a step upwards past the check.
var encodedDots = strings.NewReplacer("%2e", ".", "%2E", ".")

// resolve returns the link in its canonical form: absolute, spelled with base's own scheme, host and port, without
// `.` and `..` segments and without a fragment. A relative link is resolved against base. Every other origin is
// a [*ForeignOriginError].
func resolve(base *url.URL, link string) (*url.URL, error) {
	ref, err := parseLink(link)
	if err != nil {
		return nil, err
	}
	u := base.ResolveReference(ref)
	refuse := func(reason string) error { return &ForeignOriginError{URI: bare(u), Reason: reason} }
	theirs, err := originOf(u)
	if err != nil {
		return nil, refuse(err.Error())
	}
	ours, err := originOf(base)
	if err != nil {
		return nil, refuse("cannot be compared with a base URL that " + err.Error())
	}
	if ours != theirs {
		return nil, refuse("leads away from the API's origin")
	}
	u.Scheme, u.Host = base.Scheme, base.Host
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func parseLink(link string) (*url.URL, error) {
	if link == "" || len(link) > longestURI {
		return nil, &ForeignOriginError{Reason: fmt.Sprintf("has %d bytes, expected 1 to %d", len(link), longestURI)}
	}
	ref, err := url.Parse(link)
	if err != nil {
		return nil, &ForeignOriginError{Reason: "is not a URI"}
	}
	if ref.Host == "" && ref.Path == "" {
		return nil, &ForeignOriginError{Reason: "has neither host nor path"}
	}
	escaped := encodedDots.Replace(ref.EscapedPath())
	if ref.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, &ForeignOriginError{Reason: "is not a URI"}
	}
	ref.RawPath = escaped
	return ref, nil
}

// bare spells a URL without the parts that may hold secrets.
func bare(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// Canonical returns the link's one spelling, which suits as a cache key: https://host:443/a/../b and
// https://HOST/b are the same resource. The error is a [*ForeignOriginError].
func (c *Client) Canonical(uri string) (string, error) {
	u, err := resolve(c.list, uri)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}
