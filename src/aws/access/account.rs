//! Whether the account that the credentials are for may be read.

use super::settings::Accounts;
use crate::aws::calls::{Shared, Since};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::identity::Identity;
use aws_types::request_id::RequestId;

const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

/// Asks once, and only if there is a rule or a question. Those who read at the same time wait for the same answer.
pub struct AccountCheck {
    accounts: Accounts,
    client: aws_sdk_sts::Client,
    account: Shared<(), String, Error>,
}

impl AccountCheck {
    /// A check with these rules.
    pub fn new(accounts: Accounts, client: aws_sdk_sts::Client) -> Self {
        Self { accounts, client, account: Shared::default() }
    }

    /// The account that the credentials are for: `sts:GetCallerIdentity`, once.
    ///
    /// # Errors
    /// [`Error`] when STS does not say.
    pub async fn id(&self) -> Result<String, Error> {
        let client = self.client.clone();
        self.account.get((), Since::ANY, || async move { account(&client).await }).await
    }

    /// Lets pass who may read. What STS says is remembered in `identity`.
    ///
    /// # Errors
    /// [`ErrorKind::AccountNotAllowed`], or why STS does not say which account it is: never taken for permission.
    pub async fn pass(&self, identity: &Identity) -> Result<(), Error> {
        if self.accounts.allowed.is_empty() && self.accounts.forbidden.is_empty() {
            return Ok(());
        }
        let account = self.id().await?;
        identity.is_account(&account);
        match self.accounts.refuse(&account) {
            None => Ok(()),
            Some(reason) => Err(Error::new(ErrorKind::AccountNotAllowed(account), GET_CALLER_IDENTITY, reason)),
        }
    }
}

async fn account(client: &aws_sdk_sts::Client) -> Result<String, Error> {
    let answer = client.get_caller_identity().send().await;
    let answer = answer.map_err(|error| Error::from_sdk(GET_CALLER_IDENTITY, &error))?;
    let account = answer.account().map(str::to_owned);
    account.ok_or_else(|| Error::bad_answer(GET_CALLER_IDENTITY, answer.request_id(), "STS names no account"))
}

impl Accounts {
    /// Why an account may not be read, if it may not.
    fn refuse(&self, account: &str) -> Option<&'static str> {
        let listed = |list: &[String]| list.iter().any(|other| other == account);
        if listed(&self.forbidden) {
            return Some("forbidden_account_ids of the provider block lists it");
        }
        let outside = !self.allowed.is_empty() && !listed(&self.allowed);
        outside.then_some("allowed_account_ids of the provider block does not list it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_refused_by_either_list() {
        let (ours, other) = ("111111111111", "222222222222");
        let accounts = |allowed: &[&str], forbidden: &[&str]| Accounts {
            allowed: allowed.iter().map(|id| (*id).to_owned()).collect(),
            forbidden: forbidden.iter().map(|id| (*id).to_owned()).collect(),
        };
        for (accounts, allowed) in [
            (accounts(&[], &[]), true),
            (accounts(&[other, ours], &[]), true),
            (accounts(&[other], &[]), false),
            (accounts(&[], &[other]), true),
            (accounts(&[], &[ours]), false),
        ] {
            assert_eq!(accounts.refuse(ours).is_none(), allowed);
        }
    }
}
