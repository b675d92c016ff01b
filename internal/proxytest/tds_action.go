package proxytest

// CutAfterResponse forwards the message, swallows the server's complete answer and cuts the connection: the server has
// done what it was asked to, and the client will not know. Rules of TDS only, as are the ones below.
func CutAfterResponse(how Ending) Action {
	return afterResponse(afterDiscard(func(x *exchange) error { return x.cut(how) }))
}

// HoldResponse forwards the message and holds the server's answer until [Rule.Release]. It has fired when the answer has
// begun to arrive, which for most statements means that they are done.
func HoldResponse(x *exchange) error { return afterResponse(Hold)(x) }

// Fail answers the message with an error; the server never sees it. The server's transaction stays open. It is not for the
// rows of a bulk copy, which the server would go on waiting for, unless the error is fatal.
func Fail(e SQLError) Action {
	return func(x *exchange) error {
		if x.message.kind == packetBulkLoad && e.Class < fatalClass {
			x.link.proxy.t.Errorf("proxytest: the rule of %s: rows of a bulk copy fail by FailAndRollBack or FailAfterResponse", x.rule.place)
		}
		return afterDiscard(func(x *exchange) error { return x.fail(e, nil) })(x)
	}
}

// FailAfterResponse forwards the message, swallows the server's complete answer, and answers with an error: a COMMIT that
// was done and seems to have failed.
func FailAfterResponse(e SQLError) Action {
	return func(x *exchange) error {
		request := x.message
		return afterResponse(afterDiscard(func(x *exchange) error {
			x.message = request
			return x.fail(e, nil)
		}))(x)
	}
}

// FailAndRollBack is [Fail] as servers fail that roll the transaction back with the statement (a deadlock, and most errors
// under XACT_ABORT): the server gets a ROLLBACK in place of the message (the rows of a bulk copy it gets before), and the
// client is told with the error that the transaction has ended. The rule has fired when both are done.
func FailAndRollBack(e SQLError) Action {
	return func(x *exchange) error {
		request := x.message
		rollBack := func(x *exchange) error {
			x.link.expect(x.rule, afterDiscard(func(x *exchange) error {
				x.message = request
				return x.fail(e, request.transaction)
			}))
			return x.link.out[ToServer].send(rollback(request.transaction))
		}
		if request.kind == packetBulkLoad {
			return afterResponse(afterDiscard(rollBack))(x)
		}
		return afterDiscard(rollBack)(x)
	}
}

// afterDiscard reads a message to its end, forwards nothing of it, and goes on.
func afterDiscard(then Action) Action {
	return func(x *exchange) error {
		if err := x.discard(); err != nil {
			return err
		}
		return then(x)
	}
}

// afterResponse forwards a message and does then to the server's answer.
func afterResponse(then Action) Action {
	return func(x *exchange) error {
		x.link.expect(x.rule, then)
		return x.forward()
	}
}

// fail sends an error to the client; one of fatal severity ends the connection, as the server's do.
func (x *exchange) fail(e SQLError, rolledBack []byte) error {
	if err := x.link.out[ToClient].send(e.answer(x.message.kind, rolledBack)); err != nil {
		return err
	}
	if e.Class >= fatalClass {
		return x.cut(FIN)
	}
	x.rule.fire()
	return nil
}
