#!/usr/bin/env bash
# play.sh GATEWAY BUCKET: wakes the sandbox of a preview, takes the keys of a test person and of a test partner from its
# bucket, and plays both through the deployed doors.
set -euo pipefail
gateway=$1 bucket=$2
# The first call makes the persons and their keys; API Gateway may give up before it is done.
curl -sS --max-time 60 --retry 20 --retry-delay 3 --retry-all-errors --fail -o /dev/null "$gateway/sandbox/personas"
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
for name in bank hanako; do aws s3 cp --only-show-errors "s3://$bucket/keys/$name.jwk.json" "$keys/$name.jwk.json"; done
node_modules/.bin/node "$(dirname "$0")/play.ts" "$gateway" "$keys" hanako
