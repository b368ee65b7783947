//! The operations that are answered here, so that a fault is not ordered for one that never comes.

/// By service.
const OPERATIONS: [(&str, &str); 8] = [
    (
        "ecs",
        "CreateCluster DescribeClusters UpdateCluster UpdateClusterSettings PutClusterCapacityProviders \
     DeleteCluster CreateService CreateTaskSet DescribeTaskSets UpdateTaskSet UpdateServicePrimaryTaskSet \
     DeleteTaskSet TagResource UntagResource ListTagsForResource",
    ),
    (
        "elasticloadbalancing",
        "CreateLoadBalancer DeleteLoadBalancer SetSecurityGroups SetSubnets SetIpAddressType \
     DescribeCapacityReservation CreateTargetGroup ModifyTargetGroup DeleteTargetGroup CreateListener \
     DeleteListener SetRulePriorities DescribeLoadBalancerAttributes ModifyLoadBalancerAttributes \
     DescribeTargetGroupAttributes ModifyTargetGroupAttributes DescribeListenerAttributes \
     ModifyListenerAttributes DescribeTags AddTags RemoveTags",
    ),
    (
        "codedeploy",
        "CreateApplication GetApplication UpdateApplication DeleteApplication CreateDeploymentGroup \
     UpdateDeploymentGroup DeleteDeploymentGroup TagResource UntagResource ListTagsForResource",
    ),
    (
        "iam",
        "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole TagRole \
     UntagRole ListRoleTags PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies \
     AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole CreatePolicy \
     GetPolicy GetPolicyVersion ListPolicyVersions DeletePolicy",
    ),
    (
        "logs",
        "CreateLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy DeleteLogGroup TagResource \
     UntagResource ListTagsForResource",
    ),
    (
        "events",
        "PutRule DescribeRule EnableRule DisableRule DeleteRule PutTargets ListTargetsByRule RemoveTargets \
     TagResource UntagResource ListTagsForResource",
    ),
    (
        "ecr",
        "CreateRepository DescribeRepositories PutImageTagMutability PutImageScanningConfiguration \
     PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy DeleteRepository TagResource \
     UntagResource ListTagsForResource",
    ),
    ("ec2", "DescribeNetworkInterfaces"),
];

/// True for an operation such as `ecs:CreateService`.
pub(crate) fn is_answered(operation: &str) -> bool {
    let Some((service, name)) = operation.split_once(':') else { return false };
    let of = OPERATIONS.iter().find(|(found, _)| *found == service);
    of.is_some_and(|(_, names)| names.split_whitespace().any(|found| found == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Region;
    use crate::wire::{Call, Protocol};

    #[test]
    fn every_operation_named_here_has_an_answer() {
        for (service, names) in OPERATIONS {
            for name in names.split_whitespace() {
                let protocol = match service {
                    "elasticloadbalancing" | "iam" | "ec2" => Protocol::Query,
                    _ => Protocol::Json,
                };
                let input = serde_json::json!({"resourceArn": "arn"});
                let call = Call { service, operation: name.to_owned(), protocol, input };
                let answer = crate::account::answer(&mut Region::new("eu-west-1"), &call, "id");
                assert!(answer.is_some(), "{service}:{name}");
                assert!(is_answered(&format!("{service}:{name}")));
            }
        }
        assert!(!is_answered("ecs:DescribeServices") && !is_answered("CreateService"));
    }
}
