package main

// closers undo what was opened, the last first.
type closers []func()

func (c *closers) add(undo func()) { *c = append(*c, undo) }

func (c *closers) close() {
	for i := len(*c) - 1; i >= 0; i-- {
		(*c)[i]()
	}
}
