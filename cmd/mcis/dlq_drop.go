package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"mcis/cmd/internal/cli"
	"mcis/internal/deadletter"
	"mcis/internal/stream"
)

// dlqDropCommand removes letters for good.
type dlqDropCommand struct {
	deadLetterQueue `embed:""`
	several         `embed:""`
	Yes             bool `name:"yes" help:"Do not ask."`
	Erase           bool `name:"erase" help:"Overwrite the letters on the server's disk too, at the cost of writing a file of several MiB anew for each."`
}

// errKept ends a drop that was not confirmed.
var errKept = errors.New("nothing was dropped")

// Run prints what is to be dropped, asks, and drops it. Letters that were stored meanwhile stay: nobody has seen them.
func (c *dlqDropCommand) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.check(); err != nil {
		return err
	}
	if !c.Yes && !term.IsTerminal(int(os.Stdin.Fd())) {
		return &cli.ConfigError{Name: "--yes", Problem: "is missing, and nobody can be asked", Expected: "--yes where there is no terminal"}
	}
	return c.with(ctx, streams, func(l letters) error {
		last, err := l.end(ctx)
		if err != nil {
			return err
		}
		found, err := c.print(ctx, l, last, streams.Out)
		if err != nil || found == 0 {
			return err
		}
		if !c.Yes && !confirmed(os.Stdin, streams.Out, fmt.Sprintf("Drop %s for good?", numbered(found, "letter"))) {
			return errKept
		}
		return c.drop(ctx, l, last, streams.Out)
	})
}

// print prints the letters that are meant by group, and returns how many there are.
func (c *dlqDropCommand) print(ctx context.Context, l letters, last uint64, out io.Writer) (int, error) {
	var groups deadletter.Groups
	add := func(letter deadletter.Letter) error { groups.Add(letter); return nil }
	err := l.choose(ctx, &c.several, last, add, func(sequence uint64) { fmt.Fprintf(out, "letter %d: %s\n", sequence, noLetter) })
	if err != nil {
		return 0, err
	}
	return groups.Total(), printGroups(out, &groups)
}

func (c *dlqDropCommand) drop(ctx context.Context, l letters, last uint64, out io.Writer) error {
	remove, dropped := l.conn.Delete, 0
	if c.Erase {
		remove = l.conn.Erase
	}
	err := l.choose(ctx, &c.several, last, func(letter deadletter.Letter) error {
		if err := remove(ctx, stream.Dead, letter.Sequence); err != nil {
			return err
		}
		dropped++
		return nil
	}, func(uint64) {})
	fmt.Fprintf(out, "dropped %s\n", grouped(dropped))
	return cli.Unfinished(ctx, err, "run the same command again for the others")
}

// confirmed asks a question. Anything but yes is no.
func confirmed(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprintf(out, "%s [y/N] ", question)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// numbered is a count of something, "1 letter" or "7 letters".
func numbered(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}
