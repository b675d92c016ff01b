package simapi

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// answer is what a request gets, before the wire has its way with it.
type answer struct {
	status     int
	body       []byte
	retryAfter string
	pooled     bool // the body goes back to the pool
}

// buffers keeps bodies for the next request: pages are megabytes.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

func buffer() []byte { return (*buffers.Get().(*[]byte))[:0] }

func (a answer) release() {
	if a.pooled {
		buffers.Put(&a.body)
	}
}

// failure is an error as the API words it.
func failure(status int, message string) answer {
	body := appendString([]byte(`{"error":`), message)
	return answer{status: status, body: append(body, '}')}
}

// write sends an answer; what happens to it on the way is the wire's.
func (a answer) write(w http.ResponseWriter, r *http.Request, way wire, f *Faults) {
	if way == cutEarly {
		panic(http.ErrAbortHandler) // closes the connection
	}
	body, announced := a.body, len(a.body)
	switch way {
	case truncated:
		body = body[:len(body)/2]
		announced = len(body)
	case cutMidway:
		body = body[:len(body)/2]
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(announced))
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	w.WriteHeader(a.status)
	if way == slow {
		trickle(w, r, body, f.SlowFor)
		return
	}
	_, _ = w.Write(body) // a client that has gone is none of our business
	if way == cutMidway {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// trickle writes a body in pieces over a time, or until the client goes.
func trickle(w http.ResponseWriter, r *http.Request, body []byte, over time.Duration) {
	const pieces = 10
	piece := len(body)/pieces + 1
	for len(body) > 0 {
		n := min(piece, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		body = body[n:]
		_ = http.NewResponseController(w).Flush()
		if !pause(r, over/pieces) {
			return
		}
	}
}

// pause waits; it reports false when the client went meanwhile.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
