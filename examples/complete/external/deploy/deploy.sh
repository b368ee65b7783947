#!/usr/bin/env bash
# Deploys the newest revision of the family as a task set of its own, moves production there, and takes the old set away.
#   PRODUCTION_RULE_ARN=… SUBNETS=subnet-a,subnet-b SECURITY_GROUPS=sg-a ./deploy.sh
set -euo pipefail

revision=$(aws ecs describe-task-definition --task-definition web --query taskDefinition.taskDefinitionArn --output text)
old=$(aws ecs describe-services --cluster shop --services web \
  --query 'services[0].taskSets[?status==`PRIMARY`].id | [0]' --output text)
# Refuses while traffic is split. The rule has both groups of the pair, one of them with no weight.
answer=$(ecslive resolve target-group web --cluster shop --production-listener-rule-arn "$PRODUCTION_RULE_ARN" --format json)
live=$(jq -r .target_group_arn <<< "$answer")
standby=$(jq -r '[.target_group_weights | to_entries[] | select(.value == 0).key][0]' <<< "$answer")

new=$(aws ecs create-task-set --cluster shop --service web --task-definition "$revision" --launch-type FARGATE \
  --scale value=100,unit=PERCENT \
  --network-configuration "awsvpcConfiguration={subnets=[$SUBNETS],securityGroups=[$SECURITY_GROUPS]}" \
  --load-balancers "targetGroupArn=$standby,containerName=web,containerPort=8080" \
  --query taskSet.id --output text)

until [ "$(aws ecs describe-task-sets --cluster shop --service web --task-sets "$new" \
  --query 'taskSets[0].stabilityStatus' --output text)" = STEADY_STATE ]; do
  sleep 10
done

aws elbv2 modify-rule --rule-arn "$PRODUCTION_RULE_ARN" --actions "[{
  \"Type\": \"forward\",
  \"ForwardConfig\": {\"TargetGroups\": [
    {\"TargetGroupArn\": \"$standby\", \"Weight\": 100},
    {\"TargetGroupArn\": \"$live\", \"Weight\": 0}
  ]}
}]"

aws ecs update-service-primary-task-set --cluster shop --service web --primary-task-set "$new"
[ "$old" = None ] || aws ecs delete-task-set --cluster shop --service web --task-set "$old" --force
