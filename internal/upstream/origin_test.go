package upstream

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"mcis/internal/fault"
)

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestResolve(t *testing.T) {
	const list = "https://ii.example.test/ii/api/v2/booking"
	for _, test := range []struct{ base, link, want string }{
		{list, "https://ii.example.test/ii/api/v2/customer/1", "https://ii.example.test/ii/api/v2/customer/1"},
		{list, "https://ii.example.test:443/ii/api/v2/customer/1", "https://ii.example.test/ii/api/v2/customer/1"},
		{list, "https://ii.example.test:0443/a", "https://ii.example.test/a"},
		{list, "HTTPS://II.Example.TEST/a#frag", "https://ii.example.test/a"},
		{"https://ii.example.test:443/b", "https://ii.example.test/a", "https://ii.example.test:443/a"},
		{"http://127.0.0.1:80/b", "http://127.0.0.1/a?page=2", "http://127.0.0.1:80/a?page=2"},
		{"http://[::1]:8080/b", "http://[::1]:8080/a", "http://[::1]:8080/a"},
		{list, "/ii/api/v2/customer/1", "https://ii.example.test/ii/api/v2/customer/1"},
		{list, "https://ii.example.test/a/../b/./c", "https://ii.example.test/b/c"},
		{list, "https://ii.example.test/a/%2e%2E/b", "https://ii.example.test/b"},
		{list, "https://ii.example.test/../../b", "https://ii.example.test/b"},
		{list, "https://ii.example.test/a%2Fb", "https://ii.example.test/a%2Fb"},
		// refused
		{list, "http://ii.example.test/a", ""},
		{list, "https://ii.example.test:8443/a", ""},
		{list, "http://ii.example.test:443/a", ""},
		{list, "https://ii.example.test.evil.test/a", ""},
		{list, "https://evil.test/a", ""},
		{list, "//evil.test/a", ""},
		{list, `https://ii.example.test\@evil.test/a`, ""},
		{list, "https://ii.example.test@evil.test/a", ""},
		{list, "https://me:pw@ii.example.test/a", ""},
		{list, "https://@ii.example.test/a", ""},
		{list, "https://ii.example.test:0/a", ""},
		{list, "https://ii.example.test:65979/a", ""},
		{list, "https://ii.example.test./a", ""},
		{list, "https:ii.example.test/a", ""},
		{list, "file:///etc/passwd", ""},
		{list, "javascript:alert(1)", ""},
		{list, "https://ii.example.test/a\r\nX: y", ""},
		{list, "", ""},
		{list, "#frag", ""},
		{list, "?page=2", ""},
		{list, "https://ii.example.test/" + strings.Repeat("a", longestURI), ""},
		{"https://bank.test/b", "https://ban\u212a.test/a", ""}, // the Kelvin sign is lower-cased to k
	} {
		got, err := resolve(mustParse(t, test.base), test.link)
		switch {
		case test.want == "":
			var foreign *ForeignOriginError
			if !errors.As(err, &foreign) || fault.AsPermanent(err).Class != fault.ClassPayload {
				t.Errorf("resolve(%q) = %v, %v, expected a refusal", test.link, got, err)
			}
		case err != nil || got.String() != test.want:
			t.Errorf("resolve(%q) = %v, %v, expected %s", test.link, got, err, test.want)
		}
	}
}

func TestForeignOriginErrorHidesSecrets(t *testing.T) {
	_, err := resolve(mustParse(t, "https://a.test/b"), "https://me:hunter2@evil.test/path?key=hunter2#hunter2")
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "https://evil.test/path") {
		t.Errorf("error is %v", err)
	}
}

func FuzzResolve(f *testing.F) {
	for _, link := range []string{"https://ii.example.test:443/a/%2e%2e/b", "//evil.test", "https://u:p@ii.example.test/", "/a?b#c",
		"https://ii.example.test/%252e%252e/", "https://[::1%25eth0]/", "https:opaque", "a/../../../b", "/%2F%2e./x", "//ii.example.test//a"} {
		f.Add(link)
	}
	base := mustParse(f, "https://ii.example.test/ii/api/v2/booking")
	f.Fuzz(func(t *testing.T, link string) {
		got, err := resolve(base, link)
		if err != nil {
			if fault.AsPermanent(err) == nil {
				t.Fatalf("%q: %v is no permanent fault", link, err)
			}
			return
		}
		if got.Scheme != base.Scheme || got.Host != base.Host || got.User != nil || got.Fragment != "" {
			t.Fatalf("%q became %q, which leaves the origin", link, got)
		}
		for segment := range strings.SplitSeq(got.Path, "/") {
			if segment == ".." && !strings.Contains(strings.ToLower(got.EscapedPath()), "%2f") {
				t.Fatalf("%q became %q, which steps upwards", link, got)
			}
		}
		again, err := resolve(base, got.String())
		if err != nil && len(got.String()) <= longestURI {
			t.Fatalf("%q became %q, which is refused: %v", link, got, err)
		}
		if err == nil && again.String() != got.String() {
			t.Fatalf("%q became %q, then %q", link, got, again)
		}
	})
}
