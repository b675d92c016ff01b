package simapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// tokens are the access tokens that were issued, with the time at which each expires; zero is never.
type tokens struct {
	mu     sync.Mutex
	issued int
	live   map[string]time.Time
}

// issue makes a token. Tokens need be neither secret nor random here, only different.
func (t *tokens) issue(now time.Time, life time.Duration) (access, refresh string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.issued++
	access = fmt.Sprintf("sim-access-%d-%016x", t.issued, mix(uint64(t.issued)))
	t.prune(now)
	t.live[access] = time.Time{}
	if life > 0 {
		t.live[access] = now.Add(life)
	}
	return access, fmt.Sprintf("sim-refresh-%d", t.issued)
}

func (t *tokens) prune(now time.Time) {
	if t.live == nil {
		t.live = map[string]time.Time{}
	}
	for token, until := range t.live {
		if !until.IsZero() && !now.Before(until) {
			delete(t.live, token)
		}
	}
}

// accepts reports whether an Authorization header carries a live token.
func (t *tokens) accepts(header string, now time.Time) bool {
	token, bearer := strings.CutPrefix(header, "Bearer ")
	t.mu.Lock()
	defer t.mu.Unlock()
	until, known := t.live[token]
	return bearer && known && (until.IsZero() || now.Before(until))
}

// ExpireTokens makes every token that was issued so far worthless, as when all of them expire at once.
func (s *Server) ExpireTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.live)
}

// isLogin reports whether a path answers logins.
func (s *Server) isLogin(path string) bool {
	return strings.HasSuffix(path, "/login") || path == s.cfg.LoginPath
}

func (s *Server) login(r *http.Request) answer {
	if r.Method != http.MethodPost {
		return failure(http.StatusMethodNotAllowed, "a login is a POST")
	}
	var credentials struct {
		Subject string `json:"subject"`
		Secret  string `json:"secret"`
	}
	if err := json.UnmarshalRead(http.MaxBytesReader(nil, r.Body, 1<<16), &credentials); err != nil {
		return failure(http.StatusBadRequest, "the login's body: "+err.Error())
	}
	if credentials.Subject != s.cfg.Subject || credentials.Secret != s.cfg.Secret {
		return failure(http.StatusUnauthorized, "wrong subject or secret")
	}
	access, refresh := s.tokens.issue(s.cfg.Now(), s.cfg.TokenLife)
	return answer{status: http.StatusOK, body: []byte(`{"accessToken":"` + access + `","refreshToken":"` + refresh + `"}`)}
}
