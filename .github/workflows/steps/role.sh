#!/usr/bin/env bash
# Takes the role of this deployment environment for an hour: GitHub's token for AWS's, no key kept anywhere. The role trusts
# this repository's environment alone, and the account must be the one the environment names.
set -euo pipefail
token=$(curl -sSf -H "authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | jq -r .value)
echo "::add-mask::$token"
credentials=$(aws sts assume-role-with-web-identity --role-arn "$DEPLOY_ROLE" --role-session-name "run-$GITHUB_RUN_ID" --duration-seconds 3600 --web-identity-token "$token" --query Credentials --output json)
for pair in AccessKeyId:AWS_ACCESS_KEY_ID SecretAccessKey:AWS_SECRET_ACCESS_KEY SessionToken:AWS_SESSION_TOKEN; do
  value=$(jq -r ".${pair%%:*}" <<<"$credentials")
  echo "::add-mask::$value"
  echo "${pair##*:}=$value" >>"$GITHUB_ENV"
  export "${pair##*:}=$value"
done
account=$(aws sts get-caller-identity --query Account --output text)
[ "$account" = "$AWS_ACCOUNT_ID" ] || { echo "::error::the role belongs to another account"; exit 1; }
