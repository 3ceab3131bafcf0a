#!/usr/bin/env bash
# shift.sh FUNCTION: moves `live` from its version to the newest, a tenth of the callers a minute. An alarm takes everybody
# back, and this step fails.
set -euo pipefail
function=$1
current=$(aws lambda get-alias --function-name "$function" --name live --query FunctionVersion --output text)
newest=$(aws lambda list-versions-by-function --function-name "$function" --output json | jq -r '[.Versions[].Version | select(. != "$LATEST") | tonumber] | max')
if [ "$current" = "$newest" ]; then echo "$function is at version $newest"; exit 0; fi
content=$(jq -cn --arg name "$function" --arg current "$current" --arg target "$newest" '{version: 0.0, Resources: [{live: {Type: "AWS::Lambda::Function", Properties: {Name: $name, Alias: "live", CurrentVersion: $current, TargetVersion: $target}}}]}')
revision=$(jq -cn --arg content "$content" '{revisionType: "AppSpecContent", appSpecContent: {content: $content}}')
id=$(aws deploy create-deployment --application-name "$function" --deployment-group-name live --revision "$revision" --description "${GITHUB_SHA:-}" --query deploymentId --output text)
echo "$function: $current → $newest, deployment $id"
aws deploy wait deployment-successful --deployment-id "$id" || {
  aws deploy get-deployment --deployment-id "$id" --query 'deploymentInfo.[status,errorInformation.message,rollbackInfo.rollbackMessage]' --output text
  echo "::error::$function went back to version $current"
  exit 1
}
