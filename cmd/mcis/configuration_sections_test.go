package main

import "slices"

// titled is a section of the page of settings: a struct of settings, its title, and what is to be said before its table.
type titled struct{ group, title, words string }

// sections are in the order of the page. Structs of package main that are not among them belong to their commands.
var sections = []titled{
	{"cli.API", "The bookings API", "`AUTH_URL`, `DATA_API_URL`, `SUBJECT` and `SECRET` must be set. `API_CONCURRENCY` and `API_RPS` are one budget for all processes of an API account.\n\n"},
	{"cli.NATS", "NATS", "The stages and most commands need `NATS_URL`; `mcis run` starts a server of its own without. One way to log in is enough: a user in the URL, `NATS_USER` with `NATS_PASSWORD`, or `NATS_CREDS`; two at once are refused.\n\n"},
	{"cli.Warehouse", "The warehouse", "`WAREHOUSE_URL`, or `SERVER` and `DATABASE`, must be set. [sqlserver.md](sqlserver.md) says more of URLs, logins and rights.\n\n"},
	{"cli.Mapping", "The mapping", "The same for enrichers and loaders. [extending.md](extending.md) says how to change it.\n\n"},
	{"stages.Paging", "Listing", ""},
	{"stages.Period", "The period", ""},
	{"stages.Listing", "The order of windows", ""},
	{"stages.Publishing", "Publishing", ""},
	{"stages.Syncing", "Syncing", ""},
	{"stages.Enriching", "Enriching", ""},
	{"stages.Loading", "Loading", ""},
	{"stages.Archiving", "Archives", ""},
	{"cli.Log", "The log", "With `LOG_FILE` the log goes there and nowhere else, also when the command runs on a terminal. The error that ends a command is logged there as its last record, with `exit_code`, and is told on standard error all the same. " +
		"With `LOG_FORMAT=json` that is one line of JSON too, also of a command without a log of its own, such as `mcis check`, which writes to no file. What is wrong with the command line, the `.env` or a setting is told in the same places, as far as they are known by then.\n\n" +
		"A full file is renamed with the time in its name and compressed; all of them can be read by their owner only. Give each process a file of its own: two that write one would rename it under each other.\n\n" +
		"At `info` there is a line for each page that was listed, each batch that was loaded, and every ten seconds one for the bookings that were enriched meanwhile; at `debug` also one for each booking in each stage. " +
		"Fields are the same everywhere: `run`, `stage`, `stream`, `seq`, `delivered`, `booking_id`, `window`, `table`, `rows`, `duration_ms`, `class`, `error`, and `exit_code` in the last record of a command that failed.\n\n"},
	{"cli.HTTP", "Health, metrics and profiles", ""},
	{"main.simulated", "The simulated API", ""},
	{"main.faults", "Faults of the simulated API", ""},
}

func section(group string) titled {
	if i := slices.IndexFunc(sections, func(s titled) bool { return s.group == group }); i >= 0 {
		return sections[i]
	}
	return titled{}
}

// configurationHead is what is said before the tables.
const configurationHead = `# Configuration

Every setting of every binary. The tables are made from the code: ` + "`go test ./cmd/mcis -run TestConfigurationPage -update`" + `
writes this page anew, and a test fails when it is not as the code is.

## Where a setting comes from

The first of these that says something counts:

1. the flag on the command line;
2. the environment variable, or the file that it names (see below);
3. the same in the file ` + "`.env`" + ` in the working directory;
4. the default.

` + "`.env`" + ` has lines of the form ` + "`NAME=value`" + `; ` + "`#`" + ` begins a comment. A value in which ` + "`$`, `#`" + `, quotes or blanks at its ends stand belongs in single
quotes, since ` + "`$NAME`" + ` is replaced elsewhere. A file that cannot be read is an error, which names its line and shows nothing of it.

An environment variable that is set and empty says that the default counts, whatever ` + "`.env`" + ` has: ` + "`SYNC_CRON= mcis run`" + `.

## Values from files

Every variable of this page can be given as a file: ` + "`SECRET_FILE=/run/secrets/mcis_secret`" + ` gives ` + "`SECRET`" + ` what that file holds, without a line end
at its end. That is how Docker and Kubernetes hand out secrets, and it keeps them out of ` + "`docker inspect`" + `, process lists and the environments of
other processes. A variable and its file at once are an error, unless one of them is empty; so is a file that cannot be read, is empty or holds
more than 64 KiB. An error names the variable and the path, never what the file holds. Settings that are paths themselves, such as ` + "`NATS_CREDS`" + ` or
` + "`MAPPING`" + `, take a file that holds a path: put the path of the credentials into ` + "`NATS_CREDS`" + ` and leave ` + "`NATS_CREDS_FILE`" + ` alone. ` + "`LOG_FILE`" + ` is a setting of
its own.

Secrets are better not given as flags, which everybody on the machine can see. [security.md](security.md) says what happens to them.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; for what works until it is asked to end: ended in order |
| 1 | failed; or asked to end before the work was done, where that has an end |
| 2 | wrong usage or configuration: nothing was begun |
| 3 | something outside is unreachable, or refuses us |
| 4 | done, but something had to be left out: dead letters, windows that did not add up, differences found |

## Variables of libraries

| variable | what |
| --- | --- |
| ` + "`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`" + ` | where traces are sent, by OTLP over HTTP; nothing is traced without |
| ` + "`OTEL_EXPORTER_OTLP_HEADERS`" + ` | headers of that, such as a key; ` + "`OTEL_EXPORTER_OTLP_HEADERS_FILE`" + ` names a file with them |
| ` + "`OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER=none`" + ` | no traces, whatever the others say; further ` + "`OTEL_…`" + ` variables are those of OpenTelemetry's SDK |
| ` + "`GOMEMLIMIT`, `GOMAXPROCS`, `GOGC`" + ` | of the Go runtime; without ` + "`GOMEMLIMIT`" + ` a loader limits its memory by ` + "`LOAD_BATCH`" + ` |
| ` + "`KRB5_CONFIG`, `KRB5_KTNAME`, `KRB5CCNAME`, `AZURE_…`" + ` | logins at SQL Server by Kerberos and Microsoft Entra ID |
| ` + "`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`" + ` | a proxy before the bookings API and the collector of traces |
| ` + "`SSL_CERT_FILE`, `SSL_CERT_DIR`" + ` | authorities that certificates may be of, in place of the system's, on Unix |
`
