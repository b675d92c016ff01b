package main

import (
	"flag"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestRunbook tells the stories of docs/operating.md with real processes: each breaks something, waits until the processes say what the
// page says that they say, does what the page says is to be done, and makes sure that nothing was lost. Loads that went wrong and are
// mended by a replay are told by TestReplayAfterAFailedLoad and its neighbours.
func TestRunbook(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	book := readRunbook(t)
	const together = 4 // they wait for most of their time, and so do not need a place of their own among the parallel tests
	var telling errgroup.Group
	telling.SetLimit(together)
	for _, story := range []struct {
		name string
		tell func(*site)
	}{
		{"API down", apiDown}, // the longest
		{"warehouse down", warehouseDown},
		{"NATS down", natsDown},
		{"NATS password rotated", natsPasswordRotated},
		{"warehouse password wrong", warehousePasswordWrong},
		{"mapping mistake", mappingMistake},
		{"stream full", streamFull},
		{"consumer deleted", consumerDeleted},
		{"consumer paused", consumerPaused},
		{"API secret rotated", apiSecretRotated},
		{"no sync", noSync},
		{"dead letters", deadLetters},
	} {
		telling.Go(func() error {
			t.Run(story.name, func(t *testing.T) { story.tell(newSite(t, book)) })
			return nil
		})
	}
	if err := telling.Wait(); err != nil {
		t.Error(err)
	}
	if !t.Failed() && isWhole(t) {
		book.untold(t)
	}
}

// isWhole reports whether all stories were told, and not only those that the command line asks for.
func isWhole(t *testing.T) bool {
	t.Helper()
	return !strings.Contains(flag.Lookup("test.run").Value.String(), "/")
}
