#!/bin/bash
# Runs database.sql as sa. sqlcmd takes the script's variables, and its own password, from the environment, so that no
# process's arguments show one.
set -euo pipefail
SQLCMDPASSWORD="$(cat "$SA_PASSWORD_FILE")"
LOADER_PASSWORD="$(cat "$LOADER_PASSWORD_FILE")"
LOADER_PASSWORD="${LOADER_PASSWORD//\'/\'\'}" # it stands between quotes there
export SQLCMDPASSWORD DATABASE LOADER LOADER_PASSWORD
exec /opt/mssql-tools18/bin/sqlcmd -C -b -S "$SQLSERVER" -U sa -l 30 -i "$SCRIPT"
