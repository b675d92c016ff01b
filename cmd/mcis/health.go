package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"mcis/cmd/internal/cli"
)

// healthCommand asks a process how it is. It is the health check of containers that hold our binaries and nothing else.
type healthCommand struct {
	URL     string        `arg:"" name:"url" help:"What to ask: http://127.0.0.1:9090/readyz, or /healthz."`
	Timeout time.Duration `name:"timeout" default:"3s" help:"For the answer."`
}

// Run is done when the answer is 200, and else fails with what the answer says.
func (c *healthCommand) Run(ctx context.Context, streams cli.Streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer response.Body.Close()
	const most = 4 << 10 // of an answer; engines keep the first 4 KiB
	answer, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return fmt.Errorf("health: %s: %w", c.URL, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s answers %s: %s", c.URL, response.Status, answer)
	}
	fmt.Fprintf(streams.Out, "%s", answer)
	return nil
}
