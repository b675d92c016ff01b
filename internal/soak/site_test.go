//go:build unix

package soak

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/leaktest"
	"mcis/internal/proxytest"
	"mcis/internal/simapi"
	"mcis/internal/stream/streamtest"
)

// Secrets that no process may print, whatever happens to it.
const (
	subject  = "nightly" // no secret
	secret   = "Tn5soaked/Wb8through@Rd2night"
	password = "Vk4queue:Ds7under&Hm3torture"
)

// site is where the line runs, and what happened there.
type site struct {
	t         *testing.T
	seed      uint64
	random    *rand.Rand
	began     time.Time
	source    *source
	warehouse warehouse
	dir       string // of all that stays when the test fails
	logs      string
	work      string // the processes' working directory
	config    string // the NATS server's
	env       []string
	js        jetstream.JetStream // to the server itself, past all trouble
	toNATS    *proxytest.Proxy
	nats      *keeper
	producer  *keeper
	enrichers []*keeper
	loader    *keeper
	keepers   []*keeper // all of them
	agenda    agenda
	over      bool // no more trouble is made
	tally     tally
}

func newSite(t *testing.T, w warehouse, seed uint64) *site {
	t.Helper()
	const bookingsMin, bookingsEach = 60, 4 // a second
	bookings := bookingsMin + min(int(length.Seconds()), 60)*bookingsEach
	s := &site{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), began: time.Now(), warehouse: w,
		source: newSource(t, bookings, seed), tally: newTally(),
	}
	s.folders()
	address := freeAddress(t)
	s.toNATS = proxytest.Start(t, address)
	s.toNATS.LetServerBeOff()
	s.configure(address)
	s.env = append(os.Environ(),
		"AUTH_URL="+s.source.origin()+simapi.LoginPath, "DATA_API_URL="+s.source.origin()+simapi.PathPrefix+"/booking",
		"SUBJECT="+subject, "SECRET="+secret, "NATS_URL=nats://"+s.toNATS.Addr(), "NATS_USER=mcis", "NATS_PASSWORD="+password,
		"WAREHOUSE_URL="+w.url, "LIST_TO=2025-01-01", "LIST_WINDOW=12mo", "SYNC_EVERY=2s", "LEASE=1s", "MOST_BACKLOG=500",
		"ENRICH_WORKERS=8", "ACK_WAIT=3s", "LOAD_BATCH=50", "LOAD_ACK_WAIT=3s", "LOG_FORMAT=json",
		"MCIS_NATS_USER=mcis", "MCIS_NATS_PASSWORD="+password)
	s.js = s.connect(address)
	return s
}

// folders makes those of the site. They stay when the test fails, or when they are asked for.
func (s *site) folders() {
	s.t.Helper()
	dir, err := os.MkdirTemp("", "mcis-soak-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.dir, s.logs, s.work = dir, filepath.Join(dir, "logs"), filepath.Join(dir, "work")
	for _, folder := range []string{s.logs, s.work} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Cleanup(func() {
		for _, k := range s.keepers {
			_, _ = k.stop(0) // ended by then, unless the test failed
		}
		if s.t.Failed() || *keepLogs {
			s.t.Logf("seed %d; the logs are in %s", s.seed, s.logs)
			return
		}
		_ = os.RemoveAll(dir)
	})
}

// configure writes the configuration that is shipped for a NATS server, with an address and a folder of this test.
func (s *site) configure(address string) {
	s.t.Helper()
	shipped, err := os.ReadFile("../../deploy/nats.conf")
	if err != nil {
		s.t.Fatal(err)
	}
	text := string(shipped)
	for from, to := range map[string]string{"port: 4222": "listen: \"" + address + "\"", "http: \"127.0.0.1:8222\"": "", "\"/data\"": fmt.Sprintf("%q", filepath.Join(s.dir, "nats"))} {
		if strings.Count(text, from) != 1 {
			s.t.Fatalf("deploy/nats.conf does not say %s", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	s.config = filepath.Join(s.dir, "nats.conf")
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// connect connects to the server as soon as it is there, and again whenever it is there again.
func (s *site) connect(address string) jetstream.JetStream {
	s.t.Helper()
	server := url.URL{Scheme: "nats", Host: address}
	return streamtest.Client(s.t, server.String(), nats.UserInfo("mcis", password), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(restartDelay), nats.ReconnectJitter(0, 0))
}

// start starts the line: one producer, three enrichers, one loader.
func (s *site) start() {
	s.t.Helper()
	fixed := func(args ...string) func() []string { return func() []string { return args } }
	s.nats = s.keep("nats", "nats-server", fixed("-c", s.config))
	s.producer = s.keep("producer", "producer", s.produce())
	for n := range 3 {
		s.enrichers = append(s.enrichers, s.keep(fmt.Sprintf("enricher-%d", n+1), "enricher", fixed()))
	}
	s.loader = s.keep("loader", "loader", fixed())
}

// produce is what the producer is started with: mostly the daemon, now and then to list everything anew, which the daemon goes on
// with when it was interrupted.
func (s *site) produce() func() []string {
	const seldom = 6
	random := rand.New(rand.NewPCG(s.seed, 1))
	return func() []string {
		if random.IntN(seldom) == 0 {
			return []string{"backfill", "--restart"}
		}
		return []string{"run"}
	}
}

// leaks looks for secrets in everything that the processes print.
var leaks = leaktest.New(leaktest.Secret{Name: "API secret", Value: secret}, leaktest.Secret{Name: "NATS password", Value: password})

// quietly looks for them now.
func (s *site) quietly() {
	s.t.Helper()
	s.eachLog(leaks.Look)
	for _, leak := range leaks.Leaks() {
		s.t.Errorf("%s prints the %s: %s", leak.Source, leak.Secret, leak.Line)
	}
}

func (s *site) eachLog(look func(name, text string)) {
	s.t.Helper()
	for _, k := range s.keepers {
		text, err := os.ReadFile(filepath.Join(s.logs, k.name+".log"))
		if err != nil {
			s.t.Fatal(err)
		}
		look(k.name, string(text))
	}
}
