package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// life is one process of the loader, from its start to its end, as its log tells it.
type life struct {
	t       *testing.T
	command *exec.Cmd
	began   time.Time
	ended   chan struct{} // closed when the process has

	mu      sync.Mutex
	watch   io.Writer     // looks for secrets
	partial []byte        // of a line
	wrote   chan struct{} // holds one token after a line
	told    told
}

// told is what a loader has said so far.
type told struct {
	loading  time.Time // when it said that it begins to load; zero before
	first    time.Time // when it said that the first batch is loaded
	batches  int
	bookings int           // in those batches
	pace     time.Duration // that the last of them took
	troubles []string      // warnings and errors
}

// live starts a loader.
func (p *processes) live() *life {
	p.t.Helper()
	l := &life{t: p.t, watch: leaks.Writer(p.t.Name()), began: time.Now(), ended: make(chan struct{}), wrote: make(chan struct{}, 1)}
	l.command = exec.Command(p.binary("loader"))
	l.command.Env, l.command.Stderr = p.env, l
	if err := l.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(l.ended)
		_ = l.command.Wait() // its state says what there is to know
	}()
	p.t.Cleanup(func() {
		_ = l.command.Process.Kill() // one that has ended cannot be killed
		<-l.ended
	})
	return l
}

// Write takes the process's log.
func (l *life) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.watch.Write(text) // takes everything
	l.partial = append(l.partial, text...)
	for {
		line, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			break
		}
		l.partial = rest
		l.told.line(line)
	}
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return len(text), nil
}

func (s *told) line(text []byte) {
	var line struct {
		Msg, Level string
		Bookings   int
		Error      string
		Duration   int64 `json:"duration_ms"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		s.troubles = append(s.troubles, string(text))
		return
	}
	if line.Level == "WARN" || line.Level == "ERROR" {
		s.troubles = append(s.troubles, line.Msg+" "+line.Error)
	}
	switch line.Msg {
	case "loading":
		s.loading = time.Now()
	case "batch loaded":
		if s.batches == 0 {
			s.first = time.Now()
		}
		s.batches++
		s.bookings += line.Bookings
		s.pace = time.Duration(line.Duration) * time.Millisecond
	}
}

func (l *life) said() told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}

// await waits until the loader has loaded so many batches.
func (l *life) await(batches int) {
	l.t.Helper()
	const patience = 3 * time.Minute
	deadline := time.After(patience)
	for l.said().batches < batches {
		select {
		case <-l.wrote:
		case <-l.ended:
			l.t.Fatalf("the loader ended by itself, %s: %q", l.command.ProcessState, l.said().troubles)
		case <-deadline:
			l.t.Fatalf("%d batches were loaded in %s, expected %d: %q", l.said().batches, patience, batches, l.said().troubles)
		}
	}
}

// end sends a signal, waits until the process has ended, and returns how it did.
func (l *life) end(signal syscall.Signal) syscall.WaitStatus {
	l.t.Helper()
	if err := l.command.Process.Signal(signal); err != nil {
		l.t.Fatalf("the loader was not alive any more: %v, %q", err, l.said().troubles)
	}
	<-l.ended
	return l.command.ProcessState.Sys().(syscall.WaitStatus)
}
