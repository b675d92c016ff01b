package proxytest

import (
	"bufio"
	"errors"
)

// Action is what a rule does with its message. The functions of this package make them.
type Action func(*exchange) error

// exchange is a message on its way.
type exchange struct {
	link    *link
	message *Message
	rule    *Rule
	source  *bufio.Reader // where the rest of an unended message comes from
}

// Forward forwards the message: a rule to wait for or to count.
func Forward(x *exchange) error {
	x.rule.fire()
	return x.forward()
}

// Run calls f and then forwards the message, which waits meanwhile with all that follows it: the moment to do
// something to the server or to another connection.
func Run(f func()) Action {
	return func(x *exchange) error {
		f()
		x.rule.fire()
		return x.forward()
	}
}

// Hold holds the message, and all behind it in its direction, until [Rule.Release].
func Hold(x *exchange) error {
	x.rule.fire()
	select {
	case <-x.rule.released:
		return x.forward()
	case <-x.link.done:
		return errCut
	}
}

// CutBefore cuts the connection instead of forwarding the message: the other side never sees it.
func CutBefore(how Ending) Action {
	return func(x *exchange) error { return x.cut(how) }
}

// CutAfter cuts the connection when the message is forwarded, without waiting for an answer. Whether the answer reaches
// the client is left to chance; [CutAfterResponse] knows.
func CutAfter(how Ending) Action {
	return func(x *exchange) error {
		if err := x.forward(); err != nil {
			return err
		}
		return x.cut(how)
	}
}

// CutHalfway forwards the first half of the message and cuts the connection: of a long TDS message (bulk load) half of
// its first packet, see [CutAfterBytes].
func CutHalfway(how Ending) Action {
	return func(x *exchange) error {
		return x.sendLast(x.message.Bytes[:len(x.message.Bytes)/2], how)
	}
}

// CutAfterBytes forwards n bytes of the message, TDS headers counted, and cuts the connection. A message that is not longer
// fails the test: it would have been complete.
func CutAfterBytes(n int, how Ending) Action {
	return func(x *exchange) error {
		left := n
		err := x.each(func(piece []byte) error {
			if left < len(piece) {
				return x.sendLast(piece[:left], how)
			}
			left -= len(piece)
			return x.link.out[x.message.Direction].send(piece)
		})
		if err == nil {
			x.link.proxy.t.Errorf("proxytest: the rule of %s: a message has only %d bytes", x.rule.place, n-left)
		}
		return err
	}
}

// sendLast forwards a part of the message and cuts the connection. What a server answers to a part stays away from the
// client, which would otherwise see it or not by chance.
func (x *exchange) sendLast(part []byte, how Ending) error {
	if x.message.Direction == ToServer {
		x.link.expect(x.rule, func(answer *exchange) error {
			<-answer.link.done
			return errCut
		})
	}
	if err := x.link.out[x.message.Direction].send(part); err != nil {
		return err
	}
	return x.cut(how)
}

// Answer answers the client with these bytes instead of forwarding its message: the server never sees it.
func Answer(answer []byte) Action {
	return func(x *exchange) error {
		if err := x.discard(); err != nil {
			return err
		}
		return x.answer(answer)
	}
}

func (x *exchange) answer(answer []byte) error {
	if err := x.link.out[ToClient].send(answer); err != nil {
		return err
	}
	x.rule.fire()
	return nil
}

func (x *exchange) cut(how Ending) error {
	x.link.cut(how)
	x.rule.fire()
	return errCut
}

func (x *exchange) forward() error { return x.each(x.link.out[x.message.Direction].send) }

// discard reads to the message's end.
func (x *exchange) discard() error { return x.each(func([]byte) error { return nil }) }

// each walks through the message as it comes in.
func (x *exchange) each(visit func(piece []byte) error) error {
	if err := visit(x.message.Bytes); err != nil {
		return err
	}
	for last := !x.message.unended; !last; {
		piece, isLast, err := x.link.proxy.framing.more(x.source)
		if err := errors.Join(visit(piece), err); err != nil {
			return err
		}
		last = isLast
	}
	return nil
}
