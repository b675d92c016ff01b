package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
)

// How often progress is shown: redrawn in place on a terminal, as plain lines elsewhere.
const (
	redrawEvery = 200 * time.Millisecond
	lineEvery   = 2 * time.Second
	clearLine   = "\r\x1b[K"
)

// showProgress shows how far each stage is until stop is called.
func (p *pipeline) showProgress(ctx context.Context, out io.Writer) (stop func()) {
	return showLines(ctx, lineEvery, out, p.progressLine)
}

// showLines writes a line every so often until stop is called, and a last one then. On a terminal it is redrawn instead.
func showLines(ctx context.Context, every time.Duration, out io.Writer, line func(context.Context) string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if cli.IsTerminal(out) {
			repeat(ctx, redrawEvery, func(ctx context.Context) { fmt.Fprint(out, clearLine+line(ctx)) })
			fmt.Fprintln(out)
			return
		}
		repeat(ctx, every, func(ctx context.Context) { fmt.Fprintln(out, line(ctx)) })
	}()
	return func() {
		cancel()
		<-done
	}
}

// repeat shows something every so often until ctx ends, and once more then.
func repeat(ctx context.Context, every time.Duration, show func(context.Context)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			show(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
			show(ctx)
		}
	}
}

func (p *pipeline) progressLine(ctx context.Context) string {
	done := p.producer.Progress()
	listed, loaded := done.Published.Load(), int64(p.loader.Totals().Bookings)
	enriched := "?"
	if lag, err := stages.Lag(ctx, p.conn); err == nil {
		enriched = grouped(max(0, listed-int64(lag.Enricher)))
	}
	requests := p.client.Requests()
	return fmt.Sprintf("%5s  windows %d/%d  listed %s  enriched %s  loaded %s  requests %s",
		time.Since(p.began).Round(time.Second), done.WindowsDone.Load(), done.Windows.Load(),
		grouped(listed), enriched, grouped(loaded), grouped(requests.Sent()))
}

// grouped writes a number with a comma between groups of three digits.
func grouped[T int | int64 | uint64](n T) string {
	const group = 3
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%group == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
