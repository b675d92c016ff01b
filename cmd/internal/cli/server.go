package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Server is an HTTP server that listens.
type Server struct {
	http  *http.Server
	addr  string
	ended chan error
}

// Serve listens on addr and answers with handler until Shutdown. The error says why addr cannot be listened on.
func Serve(addr string, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	// A client that sends its headers byte by byte must not hold a connection for ever.
	const headerTimeout, idleTimeout = 10 * time.Second, 2 * time.Minute
	s := &Server{
		http: &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout},
		addr: listener.Addr().String(), ended: make(chan error, 1),
	}
	go func() { s.ended <- s.http.Serve(listener) }()
	return s, nil
}

// Addr is the host:port that is listened on.
func (s *Server) Addr() string { return s.addr }

// Shutdown stops listening and lets requests finish, for a moment. The error is also that of a server which had ended
// by itself.
func (s *Server) Shutdown(ctx context.Context) error {
	const grace = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
