//! Where load balancers send requests: which calls are the fewest, and who shares them.
//!
//! What hangs on a listener, on a load balancer or in a region can be had whole with one call, or piece by piece with many
//! pieces in one call. The first piece is asked for alone, since a read that stays alone needs no more; from the second
//! on the whole is fetched, because it answers all that follow.

use super::describe::{self, Client, Groups, Listener};
use crate::aws::Regional;
use crate::aws::calls::{Batch, Calls};
use crate::aws::calls::{Shared, Since};
use crate::aws::error::{Error, ErrorKind};
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, RuleArn, TargetGroupArn};
use crate::resolve::inquiry::{Scope, Seen};
use crate::resolve::model::{Route, Rule, TargetGroup};
use futures_util::future::try_join_all;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Listeners, rules and target groups of a region.
pub(in crate::aws) struct Routes {
    client: Client,
    calls: Calls,
    rules: Batch<(), Rule>,
    rules_of_listeners: Shared<ListenerArn, Arc<Vec<Rule>>, Error>,
    listeners: Batch<(), Listener>,
    listeners_of_load_balancers: Shared<LoadBalancerArn, Arc<Vec<Listener>>, Error>,
    groups: Batch<(), TargetGroup>,
    groups_of_region: Shared<(), Arc<Groups>, Error>,
    first: Mutex<First>,
}

/// What was asked for first.
#[derive(Default)]
struct First {
    rules: HashMap<ListenerArn, RuleArn>,
    group: Option<TargetGroupArn>,
}

impl Regional {
    /// The routes within a scope.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read. An ARN that it does not know is no
    /// error.
    pub async fn routes(&self, scope: &Scope, since: Since) -> Result<Seen, Error> {
        match self.routes.within(scope, since).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Seen::Gone),
            seen => seen,
        }
    }

    /// A listener rule, or a listener's default action, with its priority and conditions. `None` when there is none.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read.
    pub async fn rule(&self, arn: &RouteArn, since: Since) -> Result<Option<Rule>, Error> {
        here(match arn {
            RouteArn::Rule(arn) => self.routes.rule(arn, since).await,
            RouteArn::Listener(arn) => {
                self.routes.listeners.get((), arn.as_str(), since).await.map(|found| found.rule())
            }
        })
    }

    /// All rules of a listener, its default action among them. `None` when there is no such listener.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read.
    pub async fn rules(&self, listener: &ListenerArn, since: Since) -> Result<Option<Vec<Rule>>, Error> {
        here(self.routes.all_rules(listener, since).await)
    }

    /// A target group. `None` when there is none.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read.
    pub async fn target_group(&self, arn: &TargetGroupArn, since: Since) -> Result<Option<TargetGroup>, Error> {
        here(self.routes.group(arn, since).await)
    }

    /// True when there is such a load balancer: its listeners are asked for.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read.
    pub async fn has_load_balancer(&self, arn: &LoadBalancerArn, since: Since) -> Result<bool, Error> {
        here(self.routes.listeners_of(arn, since).await).map(|found| found.is_some())
    }

    /// The target group of this name. `None` when there is none.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, or answers what cannot be read.
    pub async fn target_group_named(&self, name: &str) -> Result<Option<TargetGroup>, Error> {
        let _single = self.calls.single("elasticloadbalancing:DescribeTargetGroups").await;
        describe::group_named(&self.routes.client, name).await
    }
}

/// Absence is no error.
fn here<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

impl Routes {
    /// Nothing fetched yet.
    pub fn new(client: Client, calls: &Calls) -> Self {
        Self {
            rules: describe::rules(&client, calls),
            rules_of_listeners: Shared::new(&calls.company),
            listeners: describe::listeners(&client, calls),
            listeners_of_load_balancers: Shared::new(&calls.company),
            groups: describe::target_groups(&client, calls),
            groups_of_region: Shared::new(&calls.company),
            first: Mutex::default(),
            calls: calls.clone(),
            client,
        }
    }

    async fn within(&self, scope: &Scope, since: Since) -> Result<Seen, Error> {
        Ok(Seen::Routes(match scope {
            Scope::Route(RouteArn::Rule(arn)) => vec![self.rule(arn, since).await?.route],
            Scope::Route(RouteArn::Listener(arn)) => {
                vec![self.listeners.get((), arn.as_str(), since).await?.route()]
            }
            Scope::Listener(arn) => self.all_rules(arn, since).await?.into_iter().map(|rule| rule.route).collect(),
            Scope::LoadBalancer(arn) => self.routes_of(arn, since).await?,
            Scope::TargetGroup(arn) => {
                // Each counts once, however often it is named.
                let load_balancers: BTreeSet<_> = self.group(arn, since).await?.load_balancers.into_iter().collect();
                if load_balancers.is_empty() {
                    return Ok(Seen::Unattached);
                }
                let mut routes = Vec::new();
                for load_balancer in &load_balancers {
                    routes.extend(self.routes_of(load_balancer, since).await?);
                }
                routes
            }
        }))
    }

    async fn routes_of(&self, arn: &LoadBalancerArn, since: Since) -> Result<Vec<Route>, Error> {
        let listeners = self.listeners_of(arn, since).await?;
        let rules = listeners.iter().map(|listener| self.on_listener(listener, since));
        Ok(try_join_all(rules).await?.concat().into_iter().map(|rule| rule.route).collect())
    }

    async fn all_rules(&self, arn: &ListenerArn, since: Since) -> Result<Vec<Rule>, Error> {
        if arn.has_rules() {
            return Ok(self.rules_of(arn, since).await?.to_vec());
        }
        let listener = self.listeners.get((), arn.as_str(), since).await?;
        self.on_listener(&listener, since).await
    }

    /// All routes of a listener: its rules, the default action among them. Listeners of a Network Load Balancer have rules
    /// when it is dual-stack; others answer with their default action, or refuse the question.
    async fn on_listener(&self, listener: &Listener, since: Since) -> Result<Vec<Rule>, Error> {
        if listener.arn.has_rules() {
            return Ok(self.rules_of(&listener.arn, since).await?.to_vec());
        }
        let mut rules = vec![listener.rule()];
        if listener.arn.may_have_rules() {
            match self.rules_of(&listener.arn, since).await {
                Ok(found) => rules.extend(found.iter().filter(|rule| !rule.route.is_default).cloned()),
                Err(error) if matches!(error.kind, ErrorKind::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rules)
    }

    /// One rule. The first of its listener is asked for by its ARN, with up to 19 rules of other listeners in the same
    /// call: where every service has a listener of its own, that is all it takes. The second brings all rules of the
    /// listener: where services share one, that is one call for all of them. Whoever wants a newer fact asks by ARN, as
    /// it is about this rule alone.
    async fn rule(&self, arn: &RuleArn, since: Since) -> Result<Rule, Error> {
        let listener = arn.listener();
        let is_second = || {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.rules.entry(listener.clone()).or_insert_with(|| arn.clone()) != arn
        };
        let mut whole = self.rules_of_listeners.has(&listener, since) || (since == Since::ANY && is_second());
        if !whole && since == Since::ANY && self.calls.company.is_shared() {
            // Whoever was answered by the same call comes now, and may ask for another rule of the listener.
            tokio::task::yield_now().await;
            whole = self.rules_of_listeners.has(&listener, since);
        }
        if whole && self.calls.batched {
            let rules = self.rules_of(&listener, since).await?;
            let found = rules.iter().find(|rule| matches!(&rule.route.arn, RouteArn::Rule(found) if found == arn));
            if let Some(found) = found {
                return Ok(found.clone());
            }
            // A rule that is gone: AWS says it better.
        }
        self.rules.get((), arn.as_str(), since).await
    }

    /// One target group, with its load balancers. A read without company asks for this one alone, which is the smaller
    /// answer; as soon as there are several, all target groups of the region come in one listing, 400 to a page.
    async fn group(&self, arn: &TargetGroupArn, since: Since) -> Result<TargetGroup, Error> {
        let is_second = || {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.group.get_or_insert_with(|| arn.clone()) != arn
        };
        let several = || since == Since::ANY && (is_second() || self.calls.company.is_shared());
        if self.calls.batched && (self.groups_of_region.has(&(), since) || several()) {
            let (client, limits) = (self.client.clone(), self.calls.limits.clone());
            let fetch = || {
                let asking = self.calls.company.asking(describe::DESCRIBE_TARGET_GROUPS, 1);
                async move {
                    let _asking = asking;
                    describe::groups_of_region(&client, &limits).await
                }
            };
            if let Some(found) = self.groups_of_region.get((), since, fetch).await?.get(arn) {
                return Ok(found.clone());
            }
        }
        self.groups.get((), arn.as_str(), since).await
    }

    async fn listeners_of(&self, arn: &LoadBalancerArn, since: Since) -> Result<Arc<Vec<Listener>>, Error> {
        let (client, limits, key) = (self.client.clone(), self.calls.limits.clone(), arn.clone());
        let fetch = || {
            let asking = self.calls.company.asking(describe::DESCRIBE_LISTENERS, 1);
            async move {
                let _asking = asking;
                describe::listeners_of(&client, &limits, &key).await
            }
        };
        self.listeners_of_load_balancers.get(arn.clone(), since, fetch).await
    }

    async fn rules_of(&self, arn: &ListenerArn, since: Since) -> Result<Arc<Vec<Rule>>, Error> {
        let (client, limits, key) = (self.client.clone(), self.calls.limits.clone(), arn.clone());
        let fetch = || {
            let asking = self.calls.company.asking(describe::DESCRIBE_RULES, 1);
            async move {
                let _asking = asking;
                describe::rules_of(&client, &limits, &key).await
            }
        };
        self.rules_of_listeners.get(arn.clone(), since, fetch).await
    }
}
