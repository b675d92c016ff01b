// Command mcis runs all stages in one process, and holds the operator's commands.
package main

import (
	"os"

	"mcis/cmd/internal/cli"
)

type command struct {
	Demo    demoCommand    `cmd:"" help:"The whole job on this machine with nothing to install: simulated API, embedded NATS, SQLite file."`
	Run     runCommand     `cmd:"" help:"All stages in one process against the real API and warehouse."`
	Check   checkCommand   `cmd:"" help:"Check configuration, API login, NATS, warehouse and mapping; changes nothing."`
	Status  statusCommand  `cmd:"" help:"How far runs and stages are, and how fast."`
	Verify  verifyCommand  `cmd:"" help:"Compare the API's bookings of a period with the warehouse, and repair what is missing."`
	Replay  replayCommand  `cmd:"" help:"Load records again from the stream RECORDS."`
	DLQ     dlqCommand     `cmd:"" name:"dlq" help:"List, show, retry or drop dead letters."`
	Import  importCommand  `cmd:"" help:"Load archives back into the stream RECORDS."`
	Schema  schemaCommand  `cmd:"" help:"Print the warehouse's tables, or bring them up to date."`
	API     apiCommand     `cmd:"" name:"api" help:"Serve the simulated API."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Health  healthCommand  `cmd:"" help:"Ask a process whether it is well: the health check of containers."`
}

func main() {
	os.Exit(cli.Main("mcis", "Bookings from the scheduling API into the warehouse.", &command{}))
}
