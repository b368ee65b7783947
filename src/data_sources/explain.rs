//! The only place where an error of `aws` or a refusal of `resolve` becomes a diagnostic.
//!
//! A detail says what happened and what to do; then, after a blank line, come the facts, one `Label: value` a line.

use crate::aws::{Error, ErrorKind, Inquiry, Regional};
use crate::resolve::name::{Cluster, Named, ServiceName};
use crate::resolve::refusal::Explanation;
use crate::tf::{Diagnostic, Diagnostics, Path};
use std::fmt::Write;

/// What was being looked for: labels and values, in the order in which they are shown.
#[derive(Debug, Clone, Default)]
pub struct Subject(Vec<(&'static str, String)>);

impl Subject {
    /// A subject from labels and values.
    pub fn new<const N: usize>(facts: [(&'static str, &str); N]) -> Self {
        Self(facts.map(|(label, value)| (label, value.to_owned())).to_vec())
    }

    /// A service.
    pub fn service(cluster: &Cluster, service: &ServiceName, regional: &Regional) -> Self {
        Self::new([("Cluster", cluster.name()), ("Service", service.name()), ("Region", &regional.name)])
    }

    /// The same with one more line.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.0.push((label, value.into()));
        self
    }

    /// A diagnostic about the subject.
    pub fn diagnostic(&self, summary: &str, detail: &str) -> Diagnostic {
        let mut text = detail.to_owned();
        for (index, (label, value)) in self.0.iter().enumerate() {
            let gap = if index == 0 { "\n\n" } else { "\n" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{gap}{label}: {value}");
        }
        Diagnostic::error(summary, text)
    }

    /// Why the domain gave no answer.
    pub fn refused(self, explanation: Explanation) -> Diagnostics {
        let Explanation { summary, detail, facts } = explanation;
        let subject = facts.into_iter().fold(self, |subject, (label, value)| subject.with(label, value));
        subject.diagnostic(summary, &detail).into()
    }

    /// Why a question about a service has no answer; `attribute` is where the service was named.
    pub fn unanswered<T>(self, inquiry: &Inquiry<T>, attribute: &str) -> Diagnostics {
        let request = "ecs:DescribeServices";
        if let Inquiry::Refused(refusal) = inquiry {
            return self.refused(refusal.explain());
        }
        if matches!(inquiry, Inquiry::NoCluster) {
            let detail = "There is no cluster of this name in the region. Check the cluster, the region and the \
                          account, or set allow_missing = true if Terraform creates it later.";
            return self.not_found("ECS Cluster Not Found", detail, "cluster", request);
        }
        let detail = "No active service of this name exists in the cluster. Check the service name, the cluster and \
                      the region, or set allow_missing = true if Terraform creates it later.";
        self.not_found("ECS Service Not Found", detail, attribute, request)
    }

    /// Nothing is there under the name that an attribute gave.
    pub fn not_found(self, summary: &str, detail: &str, attribute: &str, request: &str) -> Diagnostics {
        self.with("AWS request", request).diagnostic(summary, detail).at(Path::attribute(attribute)).into()
    }

    /// Why AWS gave no answer.
    pub fn failed(self, error: &Error) -> Diagnostics {
        let (summary, detail) = advice(error);
        let request = match &error.request_id {
            Some(id) => format!("{} (request ID {id})", error.operation),
            None => error.operation.to_owned(),
        };
        let subject = match &error.kind {
            ErrorKind::NoRegion | ErrorKind::Misconfigured => self,
            ErrorKind::NoCredentials(tried) if !tried.is_empty() => {
                tried.iter().fold(self, |subject, (source, reason)| subject.with(source, one_line(reason)))
            }
            ErrorKind::AccountNotAllowed(account) => self.with("Account", account),
            ErrorKind::RoleNotAssumed(role) => {
                self.with("Role", role).with("AWS request", request).with("Cause", one_line(&error.message))
            }
            _ => self.with("AWS request", request).with("Cause", one_line(&error.message)),
        };
        subject.diagnostic(summary, &detail).into()
    }
}

fn advice(error: &Error) -> (&'static str, String) {
    let operation = error.operation;
    match &error.kind {
        ErrorKind::AccessDenied => (
            "AWS Access Denied",
            format!(
                "AWS does not let these credentials call {operation}, so nothing is known: neither that the resource \
                 exists nor that it does not. Allow the action for the role that Terraform runs with."
            ),
        ),
        ErrorKind::CredentialsRejected => (
            "AWS Credentials Rejected",
            "AWS did not accept the credentials: they are expired, wrong or incomplete. Renew them and plan again."
                .to_owned(),
        ),
        ErrorKind::NoCredentials(_) => (
            "No AWS Credentials",
            "No AWS credentials could be found. Set them in the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY), in the provider block (profile, or access_key and secret_key), or run where a \
             container or instance role provides them. If the profile uses SSO, run aws sso login. Below is \
             each source that was tried, with why it has none."
                .to_owned(),
        ),
        ErrorKind::RoleNotAssumed(_) => (
            "AWS Role Not Assumed",
            format!(
                "AWS did not let these credentials assume the role, so nothing is known. Check that they may call \
                 {operation} for it, and that its trust policy lets them: the principal, the external id, the source \
                 identity and the tags it asks for."
            ),
        ),
        ErrorKind::AccountNotAllowed(_) => (
            "AWS Account Not Allowed",
            format!(
                "The credentials are for an account that may not be read: {}. Use credentials of another account, or \
                 change the list.",
                error.message
            ),
        ),
        ErrorKind::Misconfigured => {
            ("Unusable AWS Configuration", format!("{} Correct it and plan again.", error.message))
        }
        ErrorKind::NoRegion => (
            "No AWS Region",
            "No AWS region is configured. Set region in the provider block or on the data source, or AWS_REGION in \
             the environment."
                .to_owned(),
        ),
        ErrorKind::Throttled => (
            "AWS Throttled the Requests",
            format!(
                "AWS kept refusing {operation} because too many requests arrived for the account and region. Plan \
                 again later, or with a lower -parallelism."
            ),
        ),
        ErrorKind::Unreachable => (
            "AWS Not Reachable",
            "The AWS endpoint could not be reached or did not answer in time. Check the network, the proxy, the \
             region and the endpoints of the provider configuration."
                .to_owned(),
        ),
        ErrorKind::Untrusted => (
            "AWS Certificate Not Trusted",
            "The AWS endpoint, or a proxy in between, shows a certificate that is not trusted. If the network \
             inspects TLS, set custom_ca_bundle in the provider block, or AWS_CA_BUNDLE in the environment, to a PEM \
             file with its certificate authority."
                .to_owned(),
        ),
        ErrorKind::BadAnswer => (
            "Unreadable AWS Answer",
            format!(
                "The answer to {operation} cannot be used, and nothing is assumed in its place. If an endpoint is \
                 configured, check that it is the right one; otherwise please report this."
            ),
        ),
        ErrorKind::NotFound => (
            "Load Balancer Resource Not Found",
            "A listener, rule, load balancer or target group that is needed for the answer does not exist. Check the \
             ARNs among the arguments; if there are none, it was deleted while reading: plan again."
                .to_owned(),
        ),
        ErrorKind::ServerFault => {
            ("AWS Server Error", format!("AWS failed to answer {operation}, also after retries. Plan again later."))
        }
        ErrorKind::Rejected(_) => {
            ("AWS Refused the Request", format!("AWS refused {operation}. The cause below is in the words of AWS."))
        }
    }
}

/// Control characters out, length bounded: the text comes from the network.
pub fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if text.chars().nth(1000).is_some() {
        line.push('…');
    }
    line
}
