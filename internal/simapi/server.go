package simapi

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// PathPrefix is the path that all resources are below; the list is at PathPrefix + "/booking".
const PathPrefix = "/ii/api/v2"

// LoginPath is where a login is expected; every other path that ends in /login answers one too.
const LoginPath = "/ii/api/auth/login"

// StatsPath answers [Stats] as JSON, to anybody.
const StatsPath = "/_stats"

// Server is the simulated API. It is safe for use by many requests and changes at once.
type Server struct {
	cfg     Config
	faults  atomic.Pointer[Faults]
	base    atomic.Pointer[string] // "" is: as the request's Host
	tokens  tokens
	chances *chances
	counter counter

	world      *world
	tables     *catalogue
	changing   sync.Mutex // held while a new state is prepared
	state      atomic.Pointer[state]
	selections selections

	captured *captures // served instead of the world, where there are any
}

// New makes a server. The error says which part of the configuration makes no sense, or why captures cannot be read.
func New(c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: c, chances: newChances(c.Seed), tables: compile(c.ShortVersions)}
	s.faults.Store(&c.Faults)
	s.SetBaseURL(c.BaseURL)
	if c.CountPaths {
		s.counter.paths = map[string]int{}
	}
	if c.Captures != "" {
		if s.captured, err = readCaptures(c.Captures); err != nil {
			return nil, err
		}
		c.Bookings = 0
	}
	s.world = newWorld(c)
	s.state.Store(&state{})
	return s, nil
}

// Handler is the server itself.
func (s *Server) Handler() http.Handler { return s }

// SetBaseURL sets the origin that URIs begin with from the next request on; a test's server knows its own only after it
// was started. Empty means that it follows each request's Host.
func (s *Server) SetBaseURL(origin string) {
	if scheme, host, ok := strings.Cut(strings.TrimRight(origin, "/"), "://"); ok {
		origin = spelledOut(scheme, host)
	}
	s.base.Store(&origin)
}

// spelledOut is an origin with its port, the default one too, as the real API writes it.
func spelledOut(scheme, host string) string {
	last := host[strings.LastIndexByte(host, ']')+1:] // beyond the brackets of an IPv6 address
	if !strings.Contains(last, ":") {
		host += map[string]string{"http": ":80", "https": ":443"}[scheme]
	}
	return scheme + "://" + host
}

// baseFor is the start of all URIs in the answer to a request.
func (s *Server) baseFor(r *http.Request) string {
	if base := *s.base.Load(); base != "" {
		return base + PathPrefix
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return spelledOut(scheme, r.Host) + PathPrefix
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == StatsPath {
		s.serveStats(w, r)
		return
	}
	w.Header().Set("Date", s.cfg.Now().UTC().Format(http.TimeFormat)) // the clock that changes are dated by
	faults := s.faults.Load()
	what, path := s.classify(r)
	spared := what == "login" && !faults.Logins
	if !spared && !pause(r, s.delay(faults)) {
		return
	}
	a, way := s.decide(r, what, path, spared, faults)
	defer a.release()
	name := class(a.status)
	if way == cutEarly || way == cutMidway {
		name = "cut"
	}
	s.counter.add(what, name, path)
	a.write(w, r, way, faults)
}

func (s *Server) serveStats(w http.ResponseWriter, r *http.Request) {
	body, err := s.statsJSON()
	if err != nil {
		failure(http.StatusInternalServerError, err.Error()).write(w, r, intact, &Faults{})
		return
	}
	answer{status: http.StatusOK, body: body}.write(w, r, intact, &Faults{})
}

// classify says what a request is for, as [Stats] counts it, and its path below the API's own.
func (s *Server) classify(r *http.Request) (what, path string) {
	if s.isLogin(r.URL.Path) {
		return "login", r.URL.Path
	}
	path, ok := strings.CutPrefix(r.URL.Path, PathPrefix)
	if !ok {
		return "other", r.URL.Path
	}
	if path == "/booking" || path == "/booking/" {
		return "list", "/booking"
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if _, known := kindNamed(parts[0]); !known || len(parts) > 3 || len(parts) < 2 {
		return "other", path
	}
	if len(parts) == 3 {
		return "collection", path
	}
	return parts[0], path
}

// decide finds a request's answer and what happens to it on the wire: who is asking comes first, then the faults that
// stand in the answer's place, then the truth.
func (s *Server) decide(r *http.Request, what, path string, spared bool, f *Faults) (answer, wire) {
	if what != "login" && !s.tokens.accepts(r.Header.Get("Authorization"), s.cfg.Now()) {
		return failure(http.StatusUnauthorized, "no live token"), intact
	}
	if !spared {
		if a, refused := s.refuse(f); refused {
			return a, intact
		}
	}
	a := s.truth(r, what, path)
	if spared || a.status != http.StatusOK {
		return a, intact
	}
	return a, s.mishap(f)
}

func (s *Server) truth(r *http.Request, what, path string) answer {
	switch {
	case what == "login":
		return s.login(r)
	case r.Method != http.MethodGet:
		return failure(http.StatusMethodNotAllowed, "only GET")
	case what == "list":
		return s.list(r)
	case what == "other":
		return failure(http.StatusNotFound, "no such resource: "+path)
	}
	part, err := parsePaging(nil, r.URL.Query(), s.cfg.MaxPageSize)
	if err != nil && what == "collection" {
		return failure(http.StatusBadRequest, err.Error())
	}
	body, status := s.source().single(buffer(), path, s.baseFor(r), part)
	if status != http.StatusOK {
		return failure(status, http.StatusText(status)+": "+path)
	}
	return answer{status: status, body: body, pooled: true}
}
