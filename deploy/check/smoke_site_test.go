package check

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// site is the machine that stands in for all containers of the compose file. A container has a network and a file system of its own, a
// process has not: what follows from that, and nothing else, is changed in what the compose file says, here and nowhere else.
type site struct {
	t       *testing.T
	dir     string
	bin     string
	project *types.Project
	changes []string // pairs of what stands in the compose file and what takes its place
	dropped []string // variables that SQLite has no use for
	running []*process
	said    map[string]string // what commands that ended have printed, by their line
}

// Where things are in containers.
const (
	natsURL       = "nats://nats:4222"
	apiURL        = "http://api:8088"
	serverInside  = "sqlserver://sqlserver:1433?database=mcis&TrustServerCertificate=true"
	stageListens  = "0.0.0.0:9090"
	stageIsAsked  = "127.0.0.1:9090"
	natsMonitored = "127.0.0.1:8222"
)

// emptySite is a site without a compose file.
func emptySite(t *testing.T) *site {
	t.Helper()
	return &site{t: t, bin: binaries(t), dir: t.TempDir(), said: make(map[string]string)}
}

func newSite(t *testing.T, variables ...string) *site {
	t.Helper()
	s := emptySite(t)
	s.project = compose(t, []string{"demo", "tools"}, variables...)
	secrets, nats := volumes(t)
	natsPort, monitor, api := freePort(t), freePort(t), freePort(t)
	s.changes = []string{
		natsURL, "nats://127.0.0.1:" + natsPort,
		natsMonitored, "127.0.0.1:" + monitor,
		apiURL, "http://127.0.0.1:" + api,
		"0.0.0.0:8088", "127.0.0.1:" + api,
		"127.0.0.1:8088", "127.0.0.1:" + api,
		"/secrets", secrets,
		"/deploy/", inRepo(t, "deploy", "compose") + "/",
		"/data", nats,
		"/archives", filepath.Join(s.dir, "archives"),
	}
	config := strings.NewReplacer("port: 4222", "port: "+natsPort, natsMonitored, "127.0.0.1:"+monitor, `"/data"`, `"`+nats+`"`).Replace(read(t, "deploy", "nats.conf"))
	s.changes = append(s.changes, "/etc/nats/nats.conf", write(t, s.dir, "nats.conf", config))
	s.warehouse()
	for i := 0; i < len(s.changes); i += 2 {
		t.Logf("%s → %s", s.changes[i], password.ReplaceAllString(s.changes[i+1], "://…@"))
	}
	return s
}

// password is what a URL shows of one.
var password = regexp.MustCompile(`://[^@/]+@`)

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// placed is a command line or a value as it is on this machine. port is the process's own, in place of 9090.
func (s *site) placed(text, port string) string {
	changes := append([]string{stageListens, "127.0.0.1:" + port, stageIsAsked, "127.0.0.1:" + port}, s.changes...)
	return strings.NewReplacer(changes...).Replace(text)
}

// commandLine is what a container runs: its entry point and its command.
func (s *site) commandLine(service types.ServiceConfig, port string) []string {
	var line []string
	for _, part := range append(append([]string{}, service.Entrypoint...), service.Command...) {
		line = append(line, s.placed(part, port))
	}
	return line
}

// environment is that of the container, with the image's PATH and nothing of this process's environment.
func (s *site) environment(service types.ServiceConfig, port string) []string {
	environment := []string{"PATH=" + s.bin + ":" + os.Getenv("PATH")}
	for name, value := range service.Environment {
		if value != nil && !contains(s.dropped, name) {
			environment = append(environment, name+"="+s.placed(*value, port))
		}
	}
	return environment
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// healthCheck is the command that the engine would run in the container.
func (s *site) healthCheck(service types.ServiceConfig, port string) []string {
	var line []string
	for _, part := range service.HealthCheck.Test[1:] {
		line = append(line, s.placed(part, port))
	}
	if service.HealthCheck.Test[0] == "CMD-SHELL" {
		line = []string{"sh", "-c", line[0]}
	}
	return line
}
