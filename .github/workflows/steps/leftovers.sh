#!/usr/bin/env bash
# Prints `numbers=[…]`: pull requests that are closed and whose stage still has resources in SST's state.
set -euo pipefail
state=$(aws ssm get-parameter --name /sst/bootstrap --query Parameter.Value --output text | jq -r .state)
numbers='[]'
for number in $(aws s3api list-objects-v2 --bucket "$state" --prefix app/mynagate/pr- --output json | jq -r '.Contents // [] | .[].Key | capture("^app/mynagate/pr-(?<n>[0-9]+)\\.json$").n'); do
  resources=$(aws s3 cp "s3://$state/app/mynagate/pr-$number.json" - | jq '[(.checkpoint.latest.resources // [])[] | select(.type != "pulumi:pulumi:Stack")] | length')
  [ "$resources" -gt 0 ] || continue
  [ "$(gh api "repos/$GITHUB_REPOSITORY/pulls/$number" --jq .state)" = closed ] && numbers=$(jq -c ". + [$number]" <<<"$numbers")
done
echo "numbers=$numbers"
