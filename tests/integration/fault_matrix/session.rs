//! Sessions of a role that end while a plan goes on.

use super::asked::{Asked, STATES};
use super::network::Between;
use super::{runtime, settings};
use aws_smithy_types::date_time::{DateTime, Format};
use ecslive::aws::Clients;
use ecslive::aws::settings::{AssumeRole, Endpoints, RoleArn, Session, Settings};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

/// How long a session lasts.
const SHORT: Duration = Duration::from_secs(2);

/// Credentials of a session, as STS gives them.
fn session(number: usize) -> String {
    let expiration = DateTime::from(SystemTime::now() + SHORT).fmt(Format::DateTime).expect("a time");
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>ASIA-222222222222-session{number}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token{number}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    )
}

#[test]
fn a_session_that_expires_in_the_middle_is_followed_by_another() {
    let fake = STATES[0].build();
    let sessions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sessions);
    let sts = Between::new(move |mut client, _| {
        let mut bytes = [0; 16_384];
        while let Ok(1..) = client.read(&mut bytes) {
            let body = session(count.fetch_add(1, Ordering::Relaxed) + 1);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length";
            let _ = write!(client, "{head}: {}\r\n\r\n{body}", body.len());
        }
    });
    let usual = settings(&fake.endpoint());
    let role = RoleArn::parse("arn:aws:iam::222222222222:role/deploy").expect("an ARN");
    let settings = Settings {
        assume_roles: vec![AssumeRole {
            session: Session::new(role),
            external_id: None,
            source_identity: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
        }],
        endpoints: Endpoints { sts: Some(sts.url()), ..usual.endpoints },
        ..usual
    };
    let clients = Clients::new(settings);
    runtime().block_on(async {
        Asked::TaskDefinition.ask(&clients, &fake, None).await.expect("an answer");
        let before = sessions.load(Ordering::Relaxed);
        tokio::time::sleep(SHORT + Duration::from_millis(200)).await;
        fake.reset();
        Asked::TargetGroup.ask(&clients, &fake, None).await.expect("an answer in the next session");
        assert!(sessions.load(Ordering::Relaxed) > before);
    });
    for call in fake.calls() {
        let number: usize = call.access_key.trim_start_matches("ASIA-222222222222-session").parse().expect("a session");
        assert!(number > 1, "{} was signed with a session that is over", call.operation);
    }
}
