//! What the data sources say about somebody else's endpoint. A refusal is an answer too.

use crate::screen::Screen;
use crate::{Checked, Failure};
use harness::Workspace;
use harness::any_endpoint::{Endpoint, VARIABLE};

/// Reads every data source and shows what it said.
pub fn show(screen: &mut Screen, endpoint: &Endpoint, workspace: &Workspace) -> Result<(), Failure> {
    let Endpoint { url, region, cluster, service, family } = endpoint;
    screen.say(&format!(
        "{VARIABLE} is set, so there is no story of blue and green: this is what the data sources read from {url}\n\
         (region {region}, cluster {cluster}, service {service}, family {family}; ECSLIVE_TEST_REGION, _CLUSTER, _SERVICE \
         and _FAMILY name others)."
    ))?;
    workspace.write("main.tf", &endpoint.provider_block()).run(&["init"]).checked(0)?;
    for reading in endpoint.read_all(workspace) {
        let title = format!("terraform plan: data {:?}", reading.source);
        let arguments: Vec<&str> = reading.arguments.lines().map(str::trim).collect();
        screen.step(&title, &arguments.join("\n    "))?;
        screen.say(&reading.shown())?;
    }
    let what = format!("The last of the configurations is {}", workspace.dir().join("main.tf").display());
    screen.say(&format!("Nothing was applied. {what}."))
}
