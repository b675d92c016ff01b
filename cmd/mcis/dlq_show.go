package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/deadletter"
)

// dlqShowCommand shows all of single letters.
type dlqShowCommand struct {
	deadLetterQueue `embed:""`
	Sequences       []uint64 `arg:"" name:"seq" help:"Sequences of letters, as list --each prints them."`
	Full            bool     `name:"full" help:"All of the document, not its beginning."`
}

// mostShownBytes and mostShownLines are how much of a document is shown without --full: what a terminal can hold.
const (
	mostShownBytes = 8 << 10
	mostShownLines = 60
)

// Run shows the letters. A sequence without one is an error, after the others were shown.
func (c *dlqShowCommand) Run(ctx context.Context, streams cli.Streams) error {
	return c.with(ctx, streams, func(l letters) error {
		var missing []error
		for _, sequence := range c.Sequences {
			letter, found, err := l.get(ctx, sequence)
			switch {
			case err != nil:
				return err
			case !found:
				missing = append(missing, fmt.Errorf("letter %d: %s", sequence, noLetter))
				continue
			}
			if err := c.show(ctx, streams.Out, l, letter); err != nil {
				return err
			}
		}
		return errors.Join(missing...)
	})
}

func (c *dlqShowCommand) show(ctx context.Context, out io.Writer, source deadletter.Source, l deadletter.Letter) error {
	_, stands, err := l.Standing(ctx, source)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "letter %d, stored %s UTC\n", l.Sequence, l.At.Format(time.DateTime))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"stage", l.Stage}, {"class", l.Class}, {"blames", strings.TrimSpace(blamed(l.Table, l.Column))}, {"reason", l.Reason},
		{"booking", orEmpty(l.Booking)}, {"run", l.Run}, {"window", l.Window}, {"deliveries", orEmpty(l.Deliveries)}, {"origin", origin(l, stands)},
	} {
		if line[1] != "" {
			fmt.Fprintf(table, "  %s\t%s\n", line[0], cli.OneLine(line[1]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Message.Header)) {
		fmt.Fprintf(table, "  %s:\t%s\n", cli.OneLine(name), cli.OneLine(l.Message.Header[name]))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	c.writeDocument(&b, l)
	_, err = io.WriteString(out, cli.Printable(b.String())+"\n")
	return err
}

func orEmpty[T int | int64](n T) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// origin says where the original stood, and whether it still does.
func origin(l deadletter.Letter, stands bool) string {
	if l.Origin.Stream == "" {
		return "the API's list: it was never published"
	}
	where := fmt.Sprintf("%s %d, %s", l.Origin.Stream, l.Origin.Sequence, l.Origin.Subject)
	if stands {
		return where + ": it still stands there"
	}
	return where + ": it is not there any more"
}

// writeDocument writes what the letter holds: JSON laid out for people, anything else as a quoted text.
func (c *dlqShowCommand) writeDocument(b *strings.Builder, l deadletter.Letter) {
	data := l.Message.Data
	if !l.IsWhole() {
		fmt.Fprintf(b, "  not the whole document, %s bytes of it:\n", grouped(len(data)))
	}
	var laidOut bytes.Buffer
	text := ""
	if json.Indent(&laidOut, data, "  ", "  ") == nil {
		text = laidOut.String()
	} else {
		text = strconv.QuoteToGraphic(string(data))
	}
	shown := text
	if !c.Full {
		shown = beginningOf(text)
	}
	fmt.Fprintf(b, "  %s\n", shown)
	if left := len(text) - len(shown); left > 0 {
		fmt.Fprintf(b, "  … %s more bytes, shown with --full\n", grouped(left))
	}
}

// beginningOf is as much of a text as is shown without --full, cut at a character.
func beginningOf(text string) string {
	end := 0
	for line := 0; line < mostShownLines && end < len(text); line++ {
		next := strings.IndexByte(text[end:], '\n')
		if next < 0 {
			end = len(text)
			break
		}
		end += next + 1
	}
	end = min(end, mostShownBytes)
	return strings.TrimRight(strings.ToValidUTF8(text[:min(end, len(text))], ""), "\n")
}
