// Package natsserver runs a NATS server with JetStream inside the process, for the commands that must work
// with nothing installed, and for tests.
//
// What it insists on: an acked publish survives a power cut. The server's own default syncs files to disk every
// two minutes and acks long before that; this one syncs every write (sync_interval: always) unless told
// otherwise.
package natsserver

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	maxPayload   = 8 << 20 // bytes; a booking with its related resources can pass the server's 1 MiB
	readyTimeout = 30 * time.Second
	readyStep    = 100 * time.Millisecond

	// maxStore is what the streams together may reserve. The server's own limit is the disk's free space when it
	// starts, and it then refuses a stream whose MaxBytes is larger, also when nothing near that is ever stored.
	// The streams' own limits are the ones that count.
	maxStore = 1 << 50 // bytes
	maxMem   = 1 << 28 // bytes; only short-lived keys and readers are kept in memory
)

// Config says where the server stores and listens. Only StoreDir is required.
type Config struct {
	StoreDir string // the folder of the streams; created when it is missing
	Port     int    // to listen on at 127.0.0.1; -1 takes a free one, 0 means that nothing listens: use [Server.InProcessConn]

	User, Password string

	// NoSync lets the server ack before its files are on the disk (the server's default, every 2 minutes).
	// About ten times faster, and a power cut loses acked messages: for tests and demos only.
	NoSync bool
	// MaxStore bounds the bytes that all streams together may reserve; 1 PiB, which is no bound, when 0. It is for tests of
	// a server that has too little: one in the process has nobody to share its disk with.
	MaxStore int64
	Logger   *slog.Logger // the server's warnings and errors; [slog.Default] when nil
}

// Server is a running server.
type Server struct {
	ns   *server.Server
	lock *os.File
}

// Start starts a server and returns when it takes connections and its streams are recovered, which can take
// a while when there is much to check. An error says that the folder, the port or the options will not do.
func Start(cfg Config) (*Server, error) {
	if cfg.StoreDir == "" {
		return nil, errors.New("embedded NATS server: no folder to store in")
	}
	lock, err := lockFolder(cfg.StoreDir)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: %w", err)
	}
	s := &Server{lock: lock}
	if err := s.start(cfg); err != nil {
		s.Shutdown()
		return nil, fmt.Errorf("embedded NATS server in %s: %w", cfg.StoreDir, err)
	}
	return s, nil
}

func (s *Server) start(cfg Config) error {
	ns, err := server.NewServer(options(cfg))
	if err != nil {
		return err
	}
	s.ns = ns
	log := &logger{log: cmp.Or(cfg.Logger, slog.Default())}
	ns.SetLoggerV2(log, false, false, false)
	ns.Start()
	for deadline := time.Now().Add(readyTimeout); !ns.ReadyForConnections(readyStep); {
		if log.isFatal() || time.Now().After(deadline) {
			return fmt.Errorf("does not start: %s", log.lastError())
		}
	}
	if !ns.JetStreamEnabled() {
		return fmt.Errorf("does not start JetStream: %s", log.lastError())
	}
	return nil
}

func options(cfg Config) *server.Options {
	return &server.Options{
		ServerName:         "mcis",
		Host:               "127.0.0.1",
		Port:               cfg.Port,
		DontListen:         cfg.Port == 0,
		Username:           cfg.User,
		Password:           cfg.Password,
		MaxPayload:         maxPayload,
		MaxPending:         server.MAX_PENDING_SIZE,
		JetStream:          true,
		StoreDir:           cfg.StoreDir,
		JetStreamMaxStore:  cmp.Or(cfg.MaxStore, maxStore),
		JetStreamMaxMemory: maxMem,
		SyncAlways:         !cfg.NoSync,
		NoSigs:             true, // signals are the command's affair
	}
}

// ClientURL is the URL that clients on this machine connect to, without a password; empty when nothing listens.
func (s *Server) ClientURL() string {
	if s.ns.Addr() == nil {
		return ""
	}
	return s.ns.ClientURL()
}

// InProcessConn connects to the server without a socket, which is faster and works when nothing listens. It makes a
// Server a nats.InProcessConnProvider.
func (s *Server) InProcessConn() (net.Conn, error) { return s.ns.InProcessConn() }

// Shutdown stops the server and returns when its files are closed. Connections should be closed before.
func (s *Server) Shutdown() {
	if s.ns != nil {
		s.ns.Shutdown()
		s.ns.WaitForShutdown()
	}
	unlockFolder(s.lock)
}
