package main

import (
	"os"
	"path/filepath"

	"mcis/cmd/internal/cli"
)

func warehouseDown(s *site) {
	const section = "The warehouse is unreachable"
	loader := s.run("loader")
	loader.log.await(s.t, `\bloading\b`)
	comeBack := s.lockWarehouse()
	s.run("enricher")
	s.backfill()
	s.says(loader, section, 0)
	s.degraded(loader, "warehouse")
	comeBack()
	s.says(loader, section, 1)
	s.nothingIsLost()
}

// lockWarehouse keeps everybody from writing to the database, until the returned function is called.
func (s *site) lockWarehouse() (release func()) {
	s.t.Helper()
	conn, err := s.database().Conn(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.ExecContext(s.t.Context(), "BEGIN IMMEDIATE"); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(s.t.Context(), "ROLLBACK"); err != nil {
			s.t.Error(err)
		}
		if err := conn.Close(); err != nil {
			s.t.Error(err)
		}
	}
}

func warehousePasswordWrong(s *site) {
	s.run("enricher")
	s.backfill()
	s.refused([]string{
		"WAREHOUSE_URL=sqlserver://" + refusingServer(s.t) + "?database=mcis&encrypt=disable", "WAREHOUSE_USER=loader", "WAREHOUSE_PASSWORD=" + plantedWarehouse,
	}, cli.ExitUnreachable, "The warehouse refuses the login", "loader")
	s.run("loader") // with what was mended
	s.nothingIsLost()
}

// mappingMistake is found before anything is loaded. One that loads wrong values is mended by a replay.
func mappingMistake(s *site) {
	const section = "The mapping has a mistake"
	mistaken := filepath.Join(s.t.TempDir(), "mapping.yaml")
	text := "schema: 1\ntables:\n  - name: Booking\n    sources: [{path: $}]\n    columns:\n      - {name: booking_id, type: varchar, path: id, key: true}\n"
	if err := os.WriteFile(mistaken, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run("enricher")
	s.backfill()
	s.refused([]string{"MAPPING=" + mistaken}, cli.ExitUsage, section, "loader")
	s.refused([]string{"MAPPING=" + mistaken}, cli.ExitUsage, section, "enricher")
	s.run("loader")
	s.nothingIsLost()
}
