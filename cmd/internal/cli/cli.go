// Package cli is what the four binaries share before and after their work: reading flags, environment and the .env
// file, setting up the log, signals, and turning an error into a message and an exit code.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"mcis/internal/fault"
)

// Exit codes, the same for every command.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2 // wrong usage or configuration
	ExitUnreachable = 3 // something outside is unreachable or refuses us
	ExitRejects     = 4 // done, but with dead letters or windows that did not add up
)

// ErrRejects is the error of a command that did its work but had to leave something out.
var ErrRejects = errors.New("done, but not everything could be loaded")

// ErrUnfinished is in the chain of the error of a job that was asked to end before its work was done. For a process that works until
// it is asked to end that is no error; who waits for a job, such as a scheduler, must not take it for done.
var ErrUnfinished = errors.New("interrupted before it was done")

// Endless is a command that may work until it is asked to end, as its settings say: then that is how it is done. Every other one is a
// job, with an end of its own.
type Endless interface{ IsEndless() bool }

// Unfinished makes the error of a job whose context has ended one that says so, and what to do about it.
func Unfinished(ctx context.Context, err error, todo string) error {
	if err == nil || ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrUnfinished, todo)
}

// ConfigError is a setting that is missing or wrong.
type ConfigError struct {
	Name     string // the environment variable and flag
	Expected string
	Problem  string // "is missing", "is \"x\""; no secret
}

// Error says the name, what is wrong and what was expected.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s %s: expected %s", e.Name, e.Problem, e.Expected)
}

// Streams are where a command prints: Out is its result, Err its log and errors.
type Streams struct{ Out, Err io.Writer }

// Main is the body of a main function: it parses the process's arguments, runs the command until it ends or a signal
// comes, and returns the exit code. The first SIGINT or SIGTERM ends the command's context, so that it finishes what
// is in hand; a second one ends the process at once.
func Main(name, description string, grammar any) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // gives the second signal its default effect
	return Run(ctx, name, description, grammar, os.Args[1:], Streams{os.Stdout, os.Stderr})
}

// Run is [Main] with everything given: tests call it.
func Run(ctx context.Context, name, description string, grammar any, args []string, streams Streams) int {
	e := &ending{name: name, args: args, err: streams.Err}
	code, err := run(ctx, e, description, grammar, streams)
	e.tell(code, err)
	return code
}

// exited carries kong's wish to end (after --help) up to run.
type exited int

func run(ctx context.Context, e *ending, description string, grammar any, streams Streams) (code int, err error) {
	defer func() {
		switch wish := recover().(type) {
		case nil:
		case exited:
			code = int(wish)
		default:
			panic(wish)
		}
	}()
	files := new(valueFiles)
	parser, err := newParser(e, description, grammar, files, streams)
	if err != nil {
		return ExitFailed, err
	}
	if slices.Equal(e.args, []string{printSettings}) {
		return ExitDone, describe(streams.Out, parser, grammar)
	}
	files.names = variablesOf(parser)
	if err := cmp.Or(loadDotEnv(files.names), unsetEmpty(files.names)); err != nil {
		return ExitUsage, err
	}
	command, err := parser.Parse(e.args)
	if files.wrong != nil {
		return ExitUsage, files.wrong
	}
	if err != nil {
		return ExitUsage, fmt.Errorf("%s (try --help)", withoutSecrets(err, e.args))
	}
	e.parsed = true
	traced, flush, err := trace(ctx, e.name)
	if err != nil {
		return ExitUsage, err
	}
	defer flush()
	command.BindTo(traced, (*context.Context)(nil))
	if err = command.Run(); isEndless(command, grammar) {
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return ExitDone, nil // asked to end, and ended in order
		}
		return ExitCode(err), err
	}
	err = Unfinished(ctx, err, "run it again") // unless the job has said itself what to do
	return ExitCode(err), err
}

// isEndless reports whether the command that was chosen works until it is asked to end; of a binary without commands, the binary itself.
func isEndless(command *kong.Context, grammar any) bool {
	chosen := grammar
	if node := command.Selected(); node != nil {
		chosen = node.Target.Addr().Interface()
	}
	endless, may := chosen.(Endless)
	return may && endless.IsEndless()
}

func newParser(e *ending, description string, grammar any, files *valueFiles, streams Streams) (*kong.Kong, error) {
	return kong.New(grammar,
		kong.Name(e.name), kong.Description(description), kong.Writers(streams.Out, streams.Err),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Bind(streams, e), kong.Resolvers(files), kong.Embed(new(everywhere)), kong.Vars{"version": e.name + " " + ThisBuild().String()})
}

// ExitCode is the exit code that an error means.
func ExitCode(err error) int {
	var config *ConfigError
	var unreachable *fault.Unreachable
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &config):
		return ExitUsage
	case errors.As(err, &unreachable):
		return ExitUnreachable
	case errors.Is(err, ErrRejects):
		return ExitRejects
	default:
		return ExitFailed
	}
}

// oneProblemALine lays out joined errors.
func oneProblemALine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(Printable(err.Error())), "\n", "\n  ")
}
