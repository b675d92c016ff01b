package main

import (
	"fmt"

	"mcis/cmd/internal/cli"
)

// versionCommand prints what the binary was built from, as --version does.
type versionCommand struct{}

// Run prints it.
func (versionCommand) Run(streams cli.Streams) error {
	_, err := fmt.Fprintln(streams.Out, "mcis", cli.ThisBuild())
	return err
}
