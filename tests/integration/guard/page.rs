//! `docs/guides/guard.md`: written from the rules and from the labelled plans.

use super::corpus;
use ecslive::guard::report::Format;
use ecslive::guard::rules::ALL;
use std::fmt::Write;

const HEAD: &str = r#"---
page_title: "ecslive guard"
description: |-
  Checks a plan of Terraform or OpenTofu against what is live in Amazon ECS, before it is applied.
---

# ecslive guard

`ecslive guard` reads a plan and asks AWS what is live: which target group serves, which revision runs, what is being deployed
at this moment. It says which change would take that down, why, and what the ways out are. It changes nothing.

<!-- account: codedeploy -->
```sh
terraform plan -out=plan.bin
terraform show -json plan.bin > plan.json
ecslive guard plan.json --fail-on-unknown   # in the pull request
ecslive guard plan.json --fail-on-unknown   # and again right before `terraform apply plan.bin`: somebody may have deployed since
```

`ecslive guard --help` has everything to add it to a pipeline; ready-made ones for GitHub Actions, GitLab, CodePipeline and
Atlantis are in
[examples/pipelines](https://github.com/ecslive/terraform-provider-ecslive/tree/main/examples/pipelines).

It reads what `terraform show -json` and `tofu show -json` write, UTF-16 as PowerShell saves it too. What is not a whole plan
is refused, with the reason: a state, a saved plan that is still binary, a document that ends in the middle, a plan with errors.

## Exit codes

| code | meaning |
|---|---|
| 0 | no findings at or above `--fail-on` (default `error`); what could not be judged is listed |
| 1 | findings at or above `--fail-on` |
| 2 | could not check: no plan, no answer from AWS, or something not judged with `--fail-on-unknown` |

**Exit code 0 alone does not mean that the plan is safe.** With "No findings, but not everything could be judged" guard ends with
0 too: what it could not look up may be the outage. The report lists each thing that was not judged, with the IAM action to grant.
Before an apply use `--fail-on-unknown`, which makes it 2.

A value that the plan does not know yet is listed as well. With `--offline` AWS is not asked, and the rules that need it say so.

AWS has five minutes to answer everything (`--timeout`). When they are over, what was answered is judged, and the rest is listed
as not judged, with the call and the endpoint that guard was waiting for; when nothing was answered, the exit code is 2. Ctrl-C
and SIGTERM end it at once.

## Which account and region

Each resource is asked about in the region of its ARN, else of its `region` or of the constant in its provider's configuration,
else in that of `--region`, AWS_REGION or the profile. Credentials come from where the provider takes them. What is in another
account than theirs is listed as not judged, never as absent.

## Sensitive values

What the plan marks as sensitive is judged and never printed, in no format, also where it comes back from AWS: in an ARN, a
cluster, a family, the name of a target group. It is looked for as a whole word: `web` is hidden in `service/shop/web` and
`web:7`, not in `web-blue`; from twelve characters on, unless it has lower-case letters only, inside of longer words too. Numbers
of up to five digits are not looked for, and a name that is a word of guard's own texts, such as `production`, is hidden in ARNs
and paths, not in a sentence. Where a whole block, a JSON text or an ARN is marked, its parts are hidden unless the plan shows the
same text elsewhere without a mark. Addresses are the plan's own and stay.

## Calls

Everything that the rules want to know is asked together: 10 services or 20 rules, listeners, target groups and service
revisions to a call. A plan that changes 500 services takes 87 calls, of which 50 describe the services. Who uses a target group
is not known to Elastic Load Balancing: it is looked for among the services of the plan, and when none of them does, among all
services of the region (`ecs:ListClusters`, `ecs:ListServices`). Who runs a revision that the plan deregisters is looked for
among all of them as well.

## Rules

A note never changes the exit code.
"#;

const SUPPRESSIONS: &str = r#"
## Suppressions

What you mean to do is allowed in `.ecslive-guard.toml`. A reason and a day are mandatory; after that day the finding is back, and an
entry that matches nothing is a warning, unless its rule could not judge (`--offline`, a missing permission, an unknown value). `*`
in an address is any text; `account` and `region` are optional.

```toml
[[allow]]
rule = "traffic-leaves-live-target-group"
address = "module.shop.aws_lb_listener_rule.*"
reason = "Two services share this rule on purpose, SHOP-123"
until = 2026-12-31
```
"#;

const CORPUS: &str = r#"
## How well it judges

`make guard-report` runs every rule over labelled plans and prints this table; what is live comes with each of them. Terraform
1.11 wrote plans with hashicorp/aws 5.100 for rolling, CODE_DEPLOY and EXTERNAL services and, for native blue/green, with a
stand-in that has the schemas of hashicorp/aws 6.62, in accounts where somebody else had deployed: updates, replacements,
`moved`, `import` and `removed` blocks, deposed objects, `count`, `for_each` and modules, unknown and sensitive values,
`-target`, `-replace`, `-destroy` and `-refresh-only`. The other plans are such documents with some attributes changed.

"#;

const MISSING: &str = r#"
The labels were written by the authors of the rules, so the table shows what is covered, not how often guard errs elsewhere.
The corpus does not contain native blue/green plans by hashicorp/aws 6 itself: the stand-in has its schemas and the attributes
that force a replacement, and none of its other decisions while planning. It does not contain task sets and Express services as
a provider writes them, LINEAR and CANARY services, plans with hundreds of resources, plans of several accounts or regions, or
answers of a real account: those come from a simulated one. Twenty-five plans by other people are read besides; none of them
touches a live ECS service.

A new rule that takes some of the live requests to another service, a redirect or a fixed response is silent: that is what rules
are for. Who else uses a role or a secret is not searched for. AWS tells how long a bake time is and not when it began, so guard
says when it ends at the earliest. A CodeDeploy deployment that has made no task set yet, or that was rolled back and has left
none, is not asked about: that would be one call for each service.
"#;

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for rule in ALL {
        let severity = rule.severity.as_str();
        let _ = write!(page, "\n### {}\n\n**{}.** At worst: {severity}.\n\n{}\n\n", rule.id, rule.title, rule.why);
        let _ = writeln!(page, "What to do: {}", rule.fix);
        if !rule.needs.is_empty() {
            let needs = rule.needs.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(page, "\nAsks with: {needs}.");
        }
    }
    page += SUPPRESSIONS;
    let names = Format::ALL.map(|format| format!("`{}`", format.name())).join(", ");
    let _ = write!(
        page,
        "\n## Formats\n\n{names}. The JSON document has a version and a schema (`--print-schema`); it is written on exit code 2 \
         too. Each goes to stdout or, with `--format FORMAT=FILE`, to a file; several at once take one round of calls. SARIF and annotations point at the configuration in `--source DIR`, by default the working directory. A comment begins with a hidden line that \
         names its `--target`, so that it can be found and replaced.\n"
    );
    page += CORPUS;
    page += &corpus::report();
    page += MISSING;
    page
}
