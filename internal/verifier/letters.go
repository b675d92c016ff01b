package verifier

import (
	"context"
	"fmt"
	"strings"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// letter is what is told of a dead letter.
type letter struct{ stage, class, reason string }

// letters are the latest letters in DEAD by the version of the booking that they are of: one of an earlier version says nothing of
// what became of a later one.
type letters map[booking.Identity]letter

// mostReason bounds how much of a letter's reason is kept, in bytes.
const mostReason = 200

// readLetters reads DEAD once. Letters of messages whose id is not a booking's are of items that are none.
func readLetters(ctx context.Context, dead func(context.Context, func(queue.Message) error) error) (letters, error) {
	found := letters{}
	words := map[string]string{} // stages and classes are few: each is kept once
	err := dead(ctx, func(m queue.Message) error {
		identity, _, ok := booking.ParseMessageID(m.Header[queue.HeaderMessageID])
		if !ok {
			return nil
		}
		identity.LastModified = strings.Clone(identity.LastModified) // not the whole header
		found[identity] = letter{
			stage: once(words, m.Header[queue.HeaderStage]), class: once(words, m.Header[queue.HeaderClass]),
			reason: beginning(m.Header[queue.HeaderReason], mostReason),
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read DEAD: %w", err)
	}
	return found, nil
}

func once(words map[string]string, word string) string {
	known, isKnown := words[word]
	if !isKnown {
		known = strings.Clone(word)
		words[known] = known
	}
	return known
}

// beginning is the first bytes of a text, cut at a character.
func beginning(text string, most int) string {
	if len(text) <= most {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
