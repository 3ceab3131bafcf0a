#!/usr/bin/env bash
# knock.sh GATEWAY STATUS: the counter answers a query, refuses what is no query and says where tokens come from; the
# responder answers over plain HTTP in its own protocol; a list that is not there is not there.
set -euo pipefail
gateway=$1 status=$2
fail() { echo "::error::$1"; exit 1; }
code() { curl -sS --max-time 20 --retry 5 --retry-all-errors -o answer -w '%{http_code}' "$@"; }
[ "$(code -H 'content-type: application/json' --data '{"query":"{ __typename }"}' "$gateway/graphql")" = 200 ] || fail 'the counter does not answer'
jq -e '.data.__typename == "Query"' answer >/dev/null || fail 'the counter answers something else'
[ "$(code -H 'content-type: text/plain' --data 'x' "$gateway/graphql")" = 415 ] || fail 'the counter takes anything'
[ "$(code "$gateway/.well-known/oauth-protected-resource")" = 200 ] || fail 'nobody says where tokens come from'
[ "$(code -H 'content-type: application/ocsp-request' --data 'x' "$status/ocsp")" = 200 ] || fail 'the responder does not answer over HTTP'
# malformedRequest: SEQUENCE { ENUMERATED 1 }
[ "$(od -An -tx1 answer | tr -d ' \n')" = 30030a0101 ] || fail 'the responder does not speak OCSP'
case "$(code "$status/crl/0000000000000000000000000000000000000000/000000.crl")" in 403 | 404) ;; *) fail 'a list where none is' ;; esac
echo 'every door answers'
