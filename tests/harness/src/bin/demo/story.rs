//! The stories: which account, what happens behind Terraform's back, and which configurations are compared.

use fake_aws::Step;

/// One story.
pub struct Story {
    /// Its name, and that of the account unless `account` says otherwise.
    pub name: &'static str,
    /// The scenario of fake-aws.
    pub account: &'static str,
    /// What there is at the start.
    pub opening: &'static str,
    /// Who deploys.
    pub deployer: &'static str,
    /// What happens, step by step.
    pub steps: &'static [(Step, &'static str)],
    /// After this step Terraform plans too, in the middle of a deployment; in words, what is there at that moment.
    pub middle: Option<(Step, &'static str)>,
    /// The configuration with ecslive.
    pub with: &'static str,
    /// The one that it is compared with.
    pub without: &'static str,
    /// What that one is called.
    pub without_title: &'static str,
    /// What the comparison shows.
    pub moral: &'static str,
    /// The real hashicorp/aws 5.100.0 knows this kind of deployment.
    pub real_aws: bool,
}

const RULE: &str = include_str!("../../../demo/rule/with.tf");
const RULE_WITHOUT: &str = include_str!("../../../demo/rule/without.tf");
const SERVICE: &str = include_str!("../../../demo/service/with.tf");
const SERVICE_WITHOUT: &str = include_str!("../../../demo/service/without.tf");
const SERVICE_LATEST: &str = include_str!("../../../demo/service/latest.tf");

const EMPTY_GROUP: &str = "Without ecslive the next apply would send production to the empty target group. With it there \
                           is nothing to change.";

/// The usual blue/green story.
const BLUE_GREEN: Story = Story {
    name: "codedeploy",
    account: "codedeploy",
    opening: "An ECS service `web` runs under CODE_DEPLOY. Blue serves, green is empty.",
    deployer: "CodeDeploy deploys",
    steps: &[
        (Step::Start, "Green gets tasks of the new version. Blue still has all the traffic."),
        (Step::Complete, "All the traffic moves to green. Terraform knows nothing of it."),
        (Step::Finish, "Blue is gone."),
    ],
    middle: None,
    with: RULE,
    without: RULE_WITHOUT,
    without_title: "without ecslive",
    moral: EMPTY_GROUP,
    real_aws: true,
};

/// The same with a first step of traffic.
const STEPWISE: &[(Step, &str)] = &[
    (Step::Start, "Green gets tasks of the new version. Blue still has all the traffic."),
    (Step::Shift(10), "A tenth of the traffic moves to green."),
    (Step::Complete, "The rest follows. Terraform knows nothing of it."),
    (Step::Finish, "The old revision is gone."),
];

/// All stories, the first one by default.
pub const STORIES: [Story; 7] = [
    BLUE_GREEN,
    Story {
        name: "blue-green",
        real_aws: false,
        account: "blue-green",
        opening: "ECS itself deploys the service `web` blue/green. Blue serves, green is empty.",
        deployer: "ECS deploys blue/green",
        ..BLUE_GREEN
    },
    Story {
        name: "linear",
        real_aws: false,
        account: "linear",
        opening: "ECS itself deploys the service `web` in equal steps (LINEAR). Blue serves, green is empty.",
        deployer: "ECS deploys, a tenth at a time",
        steps: STEPWISE,
        ..BLUE_GREEN
    },
    Story {
        name: "canary",
        real_aws: false,
        account: "canary",
        opening: "ECS itself deploys the service `web` with a canary. Blue serves, green is empty.",
        deployer: "ECS deploys a canary",
        steps: STEPWISE,
        ..BLUE_GREEN
    },
    Story {
        name: "external",
        account: "external",
        opening: "A tool of your own deploys the service `web` (EXTERNAL). Blue serves, green is empty.",
        deployer: "Your tool deploys",
        ..BLUE_GREEN
    },
    Story {
        name: "rolling",
        real_aws: true,
        account: "rolling",
        opening: "ECS deploys the service `web` by replacing tasks. It runs the revision web:1 that Terraform registered.",
        deployer: "Your pipeline deploys",
        steps: &[
            (Step::Start, "It registers web:2 and updates the service. Both revisions run."),
            (Step::Finish, "Only web:2 is left. Terraform knows nothing of it."),
        ],
        middle: Some((
            Step::Start,
            "In the middle of the deployment: the service names web:2 already, and the tasks of web:1 still serve.",
        )),
        with: SERVICE,
        without: SERVICE_WITHOUT,
        without_title: "without ecslive",
        moral: "Without ecslive the next apply would roll the service back. With it there is nothing to change.",
    },
    Story {
        name: "rollback",
        real_aws: true,
        account: "rolling",
        opening: "ECS deploys the service `web` by replacing tasks. It runs web:1.",
        deployer: "Your pipeline deploys, and it goes wrong",
        steps: &[
            (Step::Start, "It registers web:2 and updates the service."),
            (Step::Rollback, "The tasks of web:2 do not start. The circuit breaker trips, and ECS goes back to web:1."),
            (Step::RolledBack, "Only web:1 is left."),
        ],
        middle: Some((
            Step::Rollback,
            "In the middle of the way back: the service names web:1 again, and the failed deployment of web:2 is still there.",
        )),
        with: SERVICE,
        without: SERVICE_LATEST,
        without_title: "with the latest ACTIVE revision",
        moral: "The revision that was registered last is the broken one, and the next apply would deploy it again. The \
                revision that the service is configured with is the one to keep.",
    },
];

/// The story of this name.
///
/// # Errors
/// Names the stories when there is none.
pub fn named(name: &str) -> Result<&'static Story, String> {
    let found = STORIES.iter().find(|story| story.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = STORIES.iter().map(|story| story.name).collect();
        format!("there is no SCENARIO={name}. There are: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_happens_in_an_account_that_can_take_its_steps() {
        for story in &STORIES {
            assert!(named(story.name).is_ok());
            let fake = fake_aws::FakeAws::spawn();
            fake.scenario(story.account);
            for (step, _) in story.steps {
                fake.step(*step);
            }
        }
        assert!(named("blue").err().is_some_and(|error| error.contains("There are: codedeploy, blue-green")));
    }
}
