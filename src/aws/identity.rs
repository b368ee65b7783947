//! Whose credentials answer, as far as that is known without asking AWS.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the credentials come from and which account they are for. Learned as calls go by; never a call of its own.
#[derive(Debug, Default)]
pub struct Identity(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    source: Option<String>,
    /// The role that was assumed with them, the last of a chain.
    role: Option<String>,
    account: Option<String>,
}

impl Identity {
    /// The first credentials come from here, and are for this account if they say so.
    pub(super) fn came_from(&self, source: String, account: Option<&str>) {
        let known = &mut *self.known();
        known.source = Some(source);
        if let Some(account) = account {
            known.account = Some(account.to_owned());
        }
    }

    /// This role was assumed with them.
    pub(super) fn assumed(&self, role: &str) {
        self.known().role = Some(role.to_owned());
        self.is_account_of(Some(role));
    }

    /// The credentials are for this account.
    pub(super) fn is_account(&self, account: &str) {
        self.known().account = Some(account.to_owned());
    }

    /// The account in the ARN of something that AWS looked for.
    pub(super) fn is_account_of(&self, arn: Option<&str>) {
        let account = arn.and_then(|arn| arn.split(':').nth(4));
        if let Some(account) = account.filter(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())) {
            self.is_account(account);
        }
    }

    /// Labels and values for a message.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let known = self.known();
        let account = known.account.iter().map(|account| ("Account", account.clone()));
        let source = known.source.iter().map(|source| match &known.role {
            Some(role) => ("Credentials", format!("{source}, then the role {role}")),
            None => ("Credentials", source.clone()),
        });
        account.chain(source).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_last_counts() {
        let identity = Identity::default();
        assert_eq!(identity.facts(), vec![]);
        identity.came_from("profile shop".to_owned(), None);
        identity.is_account_of(Some("arn:aws:ecs:eu-west-1:111111111111:service/shop/web"));
        identity.is_account_of(Some("web"));
        let expected = vec![("Account", "111111111111".to_owned()), ("Credentials", "profile shop".to_owned())];
        assert_eq!(identity.facts(), expected);
        identity.came_from("profile shop".to_owned(), None);
        assert_eq!(identity.facts(), expected, "the same again");
        identity.came_from("environment".to_owned(), Some("222222222222"));
        assert_eq!(identity.facts()[0].1, "222222222222");
        identity.assumed("arn:aws:iam::333333333333:role/deploy");
        let role = "environment, then the role arn:aws:iam::333333333333:role/deploy".to_owned();
        assert_eq!(identity.facts(), [("Account", "333333333333".to_owned()), ("Credentials", role)]);
    }
}
