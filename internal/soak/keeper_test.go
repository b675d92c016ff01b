//go:build unix

package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// restartDelay is how long a process that ended by itself is left alone, as a container's engine does. One that was killed is started
// again at once.
const restartDelay = 100 * time.Millisecond

// mark begins the lines of a log that tell of a start or an end.
const mark = "--- "

// keeper keeps a process running: whenever it ends it is started again.
type keeper struct {
	name    string
	program string
	args    func() []string // asked at each start
	env     []string
	dir     string
	log     *os.File
	ended   chan struct{} // closed when the last process has ended

	mu       sync.Mutex
	command  *exec.Cmd // nil while none runs
	paused   bool
	stopping bool
	kills    int         // of this one that hit
	exits    map[int]int // by exit code, those that were not killed
	last     int         // the last exit code
	failure  error       // to start it
}

// keep starts a process and keeps it running.
func (s *site) keep(name, program string, args func() []string) *keeper {
	s.t.Helper()
	log, err := os.Create(filepath.Join(s.logs, name+".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	k := &keeper{
		name: name, program: built.Path(s.t, program), args: args, env: s.env, dir: s.work, log: log,
		ended: make(chan struct{}), exits: make(map[int]int),
	}
	s.keepers = append(s.keepers, k)
	go k.run()
	return k
}

func (k *keeper) run() {
	defer close(k.ended)
	defer func() { _ = k.log.Close() }()
	for {
		command := k.start()
		if command == nil {
			return
		}
		_ = command.Wait() // the state says what there is to know
		if byItself := k.note(command.ProcessState); byItself {
			<-time.After(restartDelay)
		}
	}
}

// start starts the process once, unless it is to stay ended.
func (k *keeper) start() *exec.Cmd {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopping {
		return nil
	}
	command := exec.Command(k.program, k.args()...)
	command.Env, command.Dir, command.Stdout, command.Stderr = k.env, k.dir, k.log, k.log
	_, _ = fmt.Fprintf(k.log, mark+"%s %v\n", time.Now().UTC().Format(time.RFC3339Nano), command.Args)
	if k.failure = command.Start(); k.failure != nil {
		return nil
	}
	k.command = command
	return command
}

// note says whether a process was not killed.
func (k *keeper) note(state *os.ProcessState) (byItself bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.command, k.paused = nil, false
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		k.kills++
		return false
	}
	k.last = state.ExitCode()
	k.exits[k.last]++
	_, _ = fmt.Fprintf(k.log, mark+"%s ended: %s\n", time.Now().UTC().Format(time.RFC3339Nano), state)
	return true
}

// kill kills the process, and says whether there was one.
func (k *keeper) kill() bool { return k.signal(syscall.SIGKILL) }

// pause suspends the process, and returns what lets it go on; nil when there is none, or when it is paused already.
func (k *keeper) pause() (resume func()) {
	k.mu.Lock()
	command, paused := k.command, k.paused
	k.paused = command != nil
	k.mu.Unlock()
	if command == nil || paused || command.Process.Signal(syscall.SIGSTOP) != nil {
		return nil
	}
	return func() {
		_ = command.Process.Signal(syscall.SIGCONT) // it may have been killed meanwhile
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.command == command {
			k.paused = false
		}
	}
}

func (k *keeper) signal(signal syscall.Signal) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.command != nil && k.command.Process.Signal(signal) == nil
}

// dump lets the process print what each of its goroutines does, and end.
func (k *keeper) dump(patience time.Duration) {
	k.mu.Lock()
	k.stopping = true
	k.mu.Unlock()
	k.signal(syscall.SIGQUIT)
	select {
	case <-k.ended:
	case <-time.After(patience):
	}
}

// stop asks the process to end and waits until it has. It returns its exit code.
func (k *keeper) stop(patience time.Duration) (code int, err error) {
	k.mu.Lock()
	k.stopping = true
	k.mu.Unlock()
	k.signal(syscall.SIGTERM)
	select {
	case <-k.ended:
		return k.last, k.failure
	case <-time.After(patience):
		k.kill()
		<-k.ended
		return 0, fmt.Errorf("%s did not end within %s after SIGTERM", k.name, patience)
	}
}
