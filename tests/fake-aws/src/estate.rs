//! An account with many services.

use crate::state::{Action, Region};

/// How many services share one load balancer.
pub const SERVICES_PER_LOAD_BALANCER: usize = 20;

impl Region {
    /// So many services of cluster `shop`, 20 behind each load balancer: deployed by ECS itself and by CodeDeploy in turn,
    /// the latter once already, so that CodeDeploy names their listener. Gives their names.
    pub fn estate(&mut self, services: usize) -> Vec<String> {
        let names: Vec<String> = (0..services).map(|index| format!("web-{index}")).collect();
        for (index, names) in names.chunks(SERVICES_PER_LOAD_BALANCER).enumerate() {
            let load_balancer = self.load_balancer("app", &format!("shop-{index}"));
            let production = self.listener(&load_balancer, 443, Action::default());
            let test = self.listener(&load_balancer, 8443, Action::default());
            for pair in names.chunks(2) {
                self.native_service_on("shop", &pair[0], "BLUE_GREEN", [&production, &test]);
                if let Some(name) = pair.get(1) {
                    let web = self.code_deploy_service_on("shop", name, &load_balancer, &production, true);
                    self.code_deploy(&web);
                }
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_is_half_native_and_half_under_codedeploy() {
        let mut region = Region::new("eu-west-1");
        assert_eq!(region.estate(45).len(), 45);
        let services = region.clusters["shop"].services.values();
        assert_eq!(services.filter(|service| service.controller == "CODE_DEPLOY").count(), 22);
        assert_eq!((region.load_balancers.len(), region.deployments.len()), (3, 22));
    }
}
