package status

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// How a terminal is drawn on. Lines are overwritten, and only what is left of longer ones is cleared: to clear the screen before
// each picture would make it flicker.
const (
	clearScreen = "\x1b[2J"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// separator stands between pictures where they cannot be drawn over each other.
const separator = "----------------------------------------"

// mostDraw bounds one drawing: one that waits for a server that is away says so after this time.
const mostDraw = 10 * time.Second

// Watch draws at once and then every so often until ctx ends, which is no error; an error is one of writing. On a terminal a
// picture takes the place of the one before, elsewhere pictures follow each other. When draw fails, the last picture stays, and the
// error is shown below it until a drawing succeeds.
func Watch(ctx context.Context, every time.Duration, out io.Writer, terminal bool, draw func(ctx context.Context) (string, error)) error {
	s := &screen{out: out, terminal: terminal}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		text, err := drawOnce(ctx, draw)
		if ctx.Err() != nil {
			return nil
		}
		if err := s.show(text, err); err != nil {
			return fmt.Errorf("show the status: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func drawOnce(ctx context.Context, draw func(ctx context.Context) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mostDraw)
	defer cancel()
	return draw(ctx)
}

// screen remembers the last picture.
type screen struct {
	out      io.Writer
	terminal bool
	begun    bool
	picture  string
	since    time.Time // of the picture
}

func (s *screen) show(text string, err error) error {
	if err == nil {
		s.picture, s.since = text, time.Now()
	}
	if s.terminal {
		return s.redraw(err)
	}
	if err != nil {
		text = s.complaint(err)
	}
	if s.begun {
		text = separator + "\n" + text
	}
	s.begun = true
	_, err = io.WriteString(s.out, ended(text))
	return err
}

// redraw draws over what is there.
func (s *screen) redraw(failure error) error {
	text := ended(s.picture)
	if failure != nil {
		text += s.complaint(failure)
	}
	text = home + strings.ReplaceAll(ended(text), "\n", clearLine+"\n") + clearBelow
	if !s.begun {
		text = clearScreen + text
	}
	s.begun = true
	_, err := io.WriteString(s.out, text)
	return err
}

// complaint says that there is no new picture, and how old the last one is. An error of several lines takes one.
func (s *screen) complaint(err error) string {
	reason := strings.Join(strings.Fields(err.Error()), " ")
	if s.since.IsZero() {
		return "no status: " + reason
	}
	return fmt.Sprintf("not refreshed for %s: %s", time.Since(s.since).Round(time.Second), reason)
}

// ended is a text whose last line has an end; no text has no lines.
func ended(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
