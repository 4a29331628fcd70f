#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to date. Safe to repeat: what exists stays.
# Needs SQL_PLUGIN SQL_HOST SQL_PORT SQL_USER SQL_PASSWORD.
set -eu

prepare() {
  database=$1
  schema=$2
  temporal-sql-tool --db "$database" create-database
  # Writes version 0.0 into a new database; an older or newer one keeps its version.
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "postgresql/v12/$schema"
}

prepare temporal temporal
prepare temporal_visibility visibility
