#!/bin/sh
# Writes each secret into a file of its own below $SECRETS: what the environment gives, or else what is there already, or
# else a random text. Nothing is printed but names. Run again, it changes only what is given anew.
set -eu
umask 022 # who mounts a volume may read it, and nobody else sees it

# random has lower and upper case and digits, as SQL Server's policy wants, and nothing that a URL or NATS's
# configuration would read as something else.
random() { printf 'Aa1%s' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; }

# put FILE VALUE DEFAULT
put() {
	if [ -n "$2" ]; then
		printf '%s' "$2" >"$SECRETS/$1.new" && mv "$SECRETS/$1.new" "$SECRETS/$1"
		echo "$1: as set"
	elif [ -s "$SECRETS/$1" ]; then
		echo "$1: kept"
	else
		printf '%s' "$3" >"$SECRETS/$1.new" && mv "$SECRETS/$1.new" "$SECRETS/$1"
		echo "$1: made"
	fi
}

put nats/password "${NATS_PASSWORD:-}" "$(random)"
put sa/password "${SQLSERVER_SA_PASSWORD:-}" "$(random)"
put warehouse/password "${WAREHOUSE_PASSWORD:-}" "$(random)"
put grafana/password "${GRAFANA_PASSWORD:-}" "$(random)"
put hash/key "${HASH_KEY:-}" "$(random)"
put api/secret "${SECRET:-demo}" "" # the simulated API's account is demo, that of the real one is always given

# The server's volume is new and root's the first time. Here as root, the server as user 1000.
if [ "$(id -u)" = 0 ]; then
	chown 1000:1000 "$NATS_DATA"
fi
