package check

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// process is one container's, running.
type process struct {
	name    string // the service's, and which of several
	service types.ServiceConfig
	port    string // in place of the container's 9090
	command *exec.Cmd
	log     *lockedBuffer
	ended   chan error
}

// lockedBuffer is written by a process while a test reads it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// patience bounds every wait, for a machine that has much else to do.
const patience = 2 * time.Minute

// start starts a service as a process, and waits until its health check passes.
func (s *site) start(service types.ServiceConfig) *process {
	s.t.Helper()
	p := s.launch(service, freePort(s.t))
	s.await(p.name+" to be healthy", func() error { return s.run(s.healthCheck(service, p.port), nil) }, p)
	return p
}

// launch starts a service as a process.
func (s *site) launch(service types.ServiceConfig, port string) *process {
	s.t.Helper()
	line := s.commandLine(service, port)
	p := &process{name: service.Name, service: service, port: port, log: new(lockedBuffer), ended: make(chan error, 1)}
	p.command = exec.Command(s.program(line[0]), line[1:]...)
	p.command.Dir, p.command.Env, p.command.Stdout, p.command.Stderr = s.t.TempDir(), s.environment(service, port), p.log, p.log
	if err := p.command.Start(); err != nil {
		s.t.Fatalf("%s: %v", p.name, err)
	}
	go func() { p.ended <- p.command.Wait() }()
	s.running = append(s.running, p)
	s.t.Cleanup(func() { _ = p.command.Process.Kill() }) // ended by then, unless the test failed
	return p
}

// program is where a command of a container is found here.
func (s *site) program(name string) string {
	if found, err := exec.LookPath(s.bin + "/" + name); err == nil {
		return found
	}
	return name
}

// run runs a command to its end in the environment of a service, or in none.
func (s *site) run(line, environment []string) error {
	command := exec.Command(s.program(line[0]), line[1:]...)
	command.Dir = s.dir
	command.Env = append(s.environment(types.ServiceConfig{}, ""), environment...)
	text, err := command.CombinedOutput()
	s.said[strings.Join(line, " ")] += string(text)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, text)
	}
	return nil
}

// oneShot runs a service that does its work and ends.
func (s *site) oneShot(service types.ServiceConfig) {
	s.t.Helper()
	if err := s.run(s.commandLine(service, ""), s.environment(service, "")); err != nil {
		s.t.Fatalf("%s: %v", service.Name, err)
	}
}

// await asks again and again until there is no error; it gives up early when the process that it is about has ended.
func (s *site) await(what string, ask func() error, of *process) {
	s.t.Helper()
	const pause = 100 * time.Millisecond // between questions to another process, which has no way to tell by itself
	deadline := time.Now().Add(patience)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited %s for %s: %v\n%s", patience, what, err, s.logs())
		}
		select {
		case ended := <-of.ended:
			s.t.Fatalf("waited for %s, and %s ended: %v\n%s", what, of.name, ended, of.log)
		case <-time.After(pause):
		}
	}
}

// stop asks a process to end, and wants it to do so in order and within the time that the compose file grants it.
func (s *site) stop(p *process) {
	s.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("%s: %v", p.name, err)
		return
	}
	grace := 10 * time.Second // the engine's default
	if p.service.StopGracePeriod != nil {
		grace = time.Duration(*p.service.StopGracePeriod)
	}
	select {
	case err := <-p.ended:
		if err != nil && contains(ours, p.service.Name) {
			s.t.Errorf("%s did not end in order after SIGTERM: %v\n%s", p.name, err, p.log)
		}
	case <-time.After(grace):
		s.t.Errorf("%s did not end within %s after SIGTERM\n%s", p.name, grace, p.log)
	}
}

// logs are the last lines of every process.
func (s *site) logs() string {
	const most = 2000 // characters
	var all strings.Builder
	for _, p := range s.running {
		text := p.log.String()
		fmt.Fprintf(&all, "--- %s\n%s\n", p.name, text[max(0, len(text)-most):])
	}
	return all.String()
}

// get asks a process for a page over HTTP, at the port that its service declares.
func (s *site) get(p *process, path string) (status int, body string) {
	s.t.Helper()
	if len(p.service.Expose) != 1 || p.service.Expose[0] != "9090" {
		s.t.Fatalf("%s declares the ports %v", p.name, p.service.Expose)
	}
	response, err := http.Get("http://127.0.0.1:" + p.port + path)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", p.name, err, p.log)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
