# What CI runs, by name. `make check` is all of it.
.PHONY: check test race deploy vet format lint cross demo fuzz memory full soak bench test-sqlserver bench-sqlserver needs-sqlserver

check: vet format lint test deploy soak race cross

test:
	@if [ -z "$$MCIS_TEST_SQLSERVER_URL" ]; then echo "*** MCIS_TEST_SQLSERVER_URL is not set: nothing is tested against SQL Server ***"; fi
	go test ./...

# Pointers are not checked inside the translated SQLite: those checks, which -race switches on, are half of the time and none of the races.
RACE = -race -gcflags=modernc.org/...=-d=checkptr=0
race:
	go test $(RACE) -timeout 20m ./...

# What is in deploy, and docker-compose.yml, by the libraries of those who read it: see docs/deploying.md. Format is looked at by `make format`.
deploy:
	cd deploy/check && go vet ./... && go tool -modfile=../../tools/go.mod staticcheck ./... && go test -count=1 -timeout 20m ./...

vet:
	go vet ./...

# Lists the files that gofmt would change, and fails if there are any.
format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted:"; echo "$$files"; exit 1; fi

lint:
	go tool -modfile=tools/go.mod staticcheck ./...

cross:
	GOOS=linux GOARCH=amd64 go build ./...
	GOOS=linux GOARCH=arm64 go build ./...
	GOOS=windows GOARCH=amd64 go build ./...
	GOOS=darwin GOARCH=arm64 go build ./...

demo:
	go run ./cmd/mcis demo

# Fuzzes every parser for a while each: make fuzz FUZZTIME=1m
FUZZTIME ?= 10s
fuzz:
	@set -e; for package in $$(go list ./internal/... ./cmd/...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

# Peak memory of each stage as a process of its own, at 2,000 and 50,000 bookings.
memory:
	MCIS_TEST_MEMORY=2000,50000 go test -count=1 -timeout 60m -run TestMemoryStaysFlat -v ./cmd/mcis

# The tests whose figures are claimed, at their whole size: 100 killed producers, 10,000 bookings, 200 histories.
full:
	MCIS_TEST_FULL=1 go test -count=1 -timeout 90m ./cmd/mcis ./internal/producer ./internal/loader ./internal/budget

# Tortures the whole line, with processes killed all the while, and compares what came of it with the source: make soak LENGTH=10m
LENGTH ?= 1m
SEED ?= 0
soak:
	go test -count=1 -timeout 0 -run '^TestSoak$$' -v ./internal/soak -length $(LENGTH) -seed $(SEED)

# One table: what is reached beside a reference of the same run. How to read it: docs/performance.md. Wants a machine that does nothing else.
bench:
	@table=$$(mktemp); MCIS_BENCH=$$table go test -count=1 -p 1 -timeout 60m -run '^TestBench' ./cmd/mcis ./internal/producer ./internal/stream ./internal/document ./internal/rows ./internal/warehouse/... >$$table.log 2>&1; failed=$$?; \
		echo "| what | reached | reference | ratio | reach | |"; echo "| --- | --- | --- | --- | --- | --- |"; cat $$table; \
		if [ $$failed -ne 0 ]; then cat $$table.log; fi; rm -f $$table $$table.log; exit $$failed

needs-sqlserver:
	@if [ -z "$$MCIS_TEST_SQLSERVER_URL" ]; then echo "set MCIS_TEST_SQLSERVER_URL=sqlserver://… to a login that may create databases"; exit 2; fi

# Everything that wants a SQL Server: conformance, the oracle, takeover, faults, killed loaders. One package at a time.
test-sqlserver: needs-sqlserver
	MCIS_TEST_ALL_FAULTS=1 go test -count=1 -p 1 -timeout 60m ./internal/warehouse/... ./internal/proxytest ./cmd/mcis

# Loads bookings beside raw bulk copy and one upsert a row: make bench-sqlserver BOOKINGS=10000
BOOKINGS ?= 10000
bench-sqlserver: needs-sqlserver
	MCIS_BENCH_SQLSERVER=$(BOOKINGS) go test -count=1 -timeout 60m -run '^TestBenchmark$$' -v ./internal/warehouse/mssql
