#!/bin/sh
# Says what is missing before anything starts: either the four settings of the API are there, or none and the simulated
# API answers.
set -eu

missing=
[ -n "${AUTH_URL:-}" ] || missing="$missing AUTH_URL"
[ -n "${DATA_API_URL:-}" ] || missing="$missing DATA_API_URL"
[ -n "${SUBJECT:-}" ] || missing="$missing SUBJECT"
[ -n "${SECRET_IS_SET:-}" ] || missing="$missing SECRET"

case "$missing" in
"")
	echo "The API is $DATA_API_URL."
	exit 0
	;;
" AUTH_URL DATA_API_URL SUBJECT SECRET") ;;
*)
	echo "These settings of the API are missing:$missing. Put them into .env beside docker-compose.yml, or take all four out for the simulated API." >&2
	exit 2
	;;
esac

if wget -q -T 5 -O /dev/null "$DEMO_URL" 2>/dev/null; then
	echo "No API is configured: the simulated one is used."
	exit 0
fi
cat >&2 <<'TEXT'
No API is configured, and the simulated one is not running. Nothing was started.

  To try everything without credentials:   docker compose --profile demo up
  For the real API:                        put AUTH_URL, DATA_API_URL, SUBJECT and SECRET into .env beside
                                           docker-compose.yml, and run   docker compose up

docs/deploying.md tells the rest.
TEXT
exit 2
