#!/usr/bin/env bash
# migrate.sh expand|contract: brings the archive of $STAGE to the tables of this code, then gives the doors their roles. The
# owner's address is read here and handed on in the environment; it is never printed. A stage without an archive yet is left
# alone; any other reason for not getting the address is a failure.
set -euo pipefail
phase=$1
complaint=$(mktemp)
secret=$(aws secretsmanager get-secret-value --secret-id "mynagate/$STAGE/owner" --query SecretString --output text 2>"$complaint") || {
  grep -q ResourceNotFoundException "$complaint" && { echo 'no archive yet'; exit 0; }
  cat "$complaint" >&2
  exit 1
}
while IFS=$'\t' read -r name value; do
  echo "::add-mask::$value"
  export "$name=$value"
done < <(jq -r 'to_entries[] | [.key, .value] | @tsv' <<<"$secret")
node_modules/.bin/node "$(dirname "$0")/migrate.ts" "$phase"
psql "$DATABASE_URL" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file stacks/roles.sql
