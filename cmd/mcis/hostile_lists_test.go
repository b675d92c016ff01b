package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// hostileList is a list of which a page is not what it should be: what the API answers to every request for a page, and what comes of it.
type hostileList struct {
	name   string
	change func(page string) string // the body of a page; nil leaves it
	always string                   // the number of the page that is answered, whichever is asked for
	answer http.HandlerFunc         // in the place of all pages; nil leaves them
	loaded int                      // bookings; unknown where the command ends while the first page is under way
	exit   int
	words  string // of the error, or of the window that did not add up
}

const hostileListed, hostilePage = 20, 5 // bookings in all, and on a page

const unknown = -1

var (
	countMember = regexp.MustCompile(`"count":\d+`)
	pagesMember = regexp.MustCompile(`"numPages":\d+`)
)

// hostileLists are what a list may answer. A page of which the envelope cannot be believed ends the command: nobody knows what is missing.
func hostileLists() []hostileList {
	inPage := func(member *regexp.Regexp, text string) func(string) string {
		return func(page string) string { return member.ReplaceAllString(page, text) }
	}
	return []hostileList{
		{name: "every page links to itself as the next one", change: inPage(regexp.MustCompile(`"next":(null|"[^"]*")`), `"next":"?page=1"`), loaded: hostileListed, exit: cli.ExitDone},
		{name: "every page is the first one", always: "1", loaded: hostilePage, exit: cli.ExitRejects, words: "counts 20, seen 5"},
		{name: "a count of 2,000,000,000", change: inPage(countMember, `"count":2000000000`), loaded: hostileListed, exit: cli.ExitRejects, words: "counts 2000000000, seen 20"},
		{name: "a count below 0", change: inPage(countMember, `"count":-1`), exit: cli.ExitUnreachable, words: "count is -1, expected a whole number from 0"},
		{name: "2,000,000,000 pages", change: inPage(pagesMember, `"numPages":2000000000`), loaded: unknown, exit: cli.ExitUnreachable, words: "has 2000000000 pages, which cannot be"},
		{name: "a count that stands twice", change: inPage(countMember, `"count":1,"count":2`), exit: cli.ExitUnreachable, words: `has the member "count" twice`},
		{name: "an array", answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") }, exit: cli.ExitUnreachable, words: "page is a JSON array, expected an object"},
		{name: "an endless page", answer: endless(" "), exit: cli.ExitFailed, words: "answer is larger than 67108864 bytes"},
		{name: "a page that announces 1 TB", answer: announced, exit: cli.ExitFailed, words: "answer is larger than 67108864 bytes"},
		{name: "a redirect to another origin", answer: redirect("https://hostile.example/"), exit: cli.ExitUnreachable, words: `to host "hostile.example", which is not followed`},
		{name: "items nested 100,000 levels deep around the page", change: func(page string) string { return strings.Replace(page, "{", `{"x":`+levels(100_000)+",", 1) }, loaded: hostileListed, exit: cli.ExitDone},
	}
}

// TestHostileLists runs each list through a pipeline of its own.
func TestHostileLists(t *testing.T) {
	notUnderRace(t)
	for _, c := range hostileLists() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, simapi.Config{Bookings: hostileListed, Seed: 92})
			w.behindList(c)
			out := w.run(func(s *pipelineSettings) { s.Listing.PageSize, s.Listing.Window = hostilePage, "120mo" })
			said := fmt.Sprint(out.err)
			for _, window := range out.producer.Unsettled() {
				said += fmt.Sprintf(" counts %d, seen %d", window.Count, window.Seen)
			}
			if code := cli.ExitCode(out.err); code != c.exit || !strings.Contains(said, c.words) {
				t.Errorf("exit code %d, %s; expected %d, %s", code, said, c.exit, c.words)
			}
			if n := len(w.ids("SELECT booking_id FROM Booking")); n != c.loaded && c.loaded != unknown {
				t.Errorf("%d bookings are loaded, expected %d", n, c.loaded)
			}
		})
	}
}

// behindList puts the list in the place of the simulated API's.
func (w *world) behindList(c hostileList) {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != simapi.PathPrefix+"/booking":
			w.api.ServeHTTP(out, r)
		case c.answer != nil:
			c.answer(out, r)
		default:
			_, _ = io.WriteString(out, c.page(w.api, r))
		}
	}))
	w.t.Cleanup(server.Close)
	w.origin = server.URL
	w.api.SetBaseURL(server.URL)
}

// page is the simulated API's answer, changed.
func (c hostileList) page(api *simapi.Server, r *http.Request) string {
	if c.always != "" {
		query := r.URL.Query()
		query.Set("page", c.always)
		r.URL.RawQuery = query.Encode()
	}
	recorded := httptest.NewRecorder()
	api.ServeHTTP(recorded, r)
	if c.change == nil {
		return recorded.Body.String()
	}
	return c.change(recorded.Body.String())
}
