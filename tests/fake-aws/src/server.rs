//! HTTP: reads a call, lets it go wrong where that is ordered, records it, answers.

use crate::faults::{Fault, Recorded, STALL};
use crate::state::Region;
use crate::wire::{Answer, AwsError, Call, Protocol, json_answer, query_answer};
use crate::{REGION, World, account, code_deploy_answer, control, ecr, ecs, elbv2, lock, state, sts};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::oneshot::Receiver;

pub(crate) type Shared = Arc<Mutex<World>>;

/// Serves until told to stop.
pub(crate) async fn serve(listener: std::net::TcpListener, world: Shared, stop: Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let app = Router::new().nest("/_fake", control::routes()).fallback(aws).with_state(world);
    let server = axum::serve(listener, app);
    tokio::select! {
        _ = server => {}
        _ = stop => {}
    }
}

async fn aws(State(world): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let body = String::from_utf8_lossy(&body);
    let Some(call) = Call::read(text("x-amz-target"), uri.query().unwrap_or_default(), &body) else {
        return plain(StatusCode::NOT_FOUND, "no AWS call: neither X-Amz-Target nor Action");
    };
    let (outcome, request_id) = {
        let mut world = lock(&world);
        world.requests += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012}", world.requests);
        let caller = Caller {
            authorization: text("authorization"),
            token: text("x-amz-security-token"),
            user_agent: text("user-agent").unwrap_or_default(),
        };
        (world.take(&call, &caller, &request_id), request_id)
    };
    let (answer, fault) = outcome;
    match fault {
        Some(Fault::Latency(millis)) => tokio::time::sleep(Duration::from_millis(millis)).await,
        Some(Fault::Stall) => tokio::time::sleep(STALL).await,
        Some(Fault::Drop) => return broken(0),
        Some(Fault::Truncate) => return broken(answer.body.len()),
        _ => {}
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let builder = Response::builder().status(status).header("content-type", answer.content_type);
    let builder = builder.header("x-amzn-requestid", request_id);
    builder.body(Body::from(answer.body)).unwrap_or_default()
}

/// A body that promises more than comes, so that the connection ends in the middle.
fn broken(promised: usize) -> Response<Body> {
    let parts: Vec<Result<Bytes, std::io::Error>> =
        vec![Ok(Bytes::from_static(b"{\"services\":[{")), Err(std::io::Error::other("dropped on purpose"))];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    Response::builder().header("content-length", promised + 100).body(body).unwrap_or_default()
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    Response::builder().status(status).body(Body::from(text)).unwrap_or_default()
}

/// Who calls.
struct Caller<'a> {
    authorization: Option<&'a str>,
    token: Option<&'a str>,
    user_agent: &'a str,
}

impl World {
    /// Answers a call; the fault, if there is one, is for the connection.
    fn take(&mut self, call: &Call, caller: &Caller, request_id: &str) -> (Answer, Option<Fault>) {
        let error = |error: AwsError| error.answer(call.protocol, request_id);
        // "Credential=AKID/20261124/eu-west-1/ecs/aws4_request, …"
        let scope = caller.authorization.and_then(|text| text.split("Credential=").nth(1));
        let scope = scope.map(|text| text.split('/')).and_then(|mut scope| Some((scope.next()?, scope.nth(1)?)));
        let Some((access_key, region)) = scope.or_else(|| sts::is_unsigned(call).then_some(("", ""))) else {
            let text = "Request is missing Authentication Token";
            let mut missing = AwsError::new("MissingAuthenticationToken", text);
            missing.status = 403;
            return (error(missing), None);
        };
        let operation = format!("{}:{}", call.service, call.operation);
        let admitted = self.journal.admit(&operation, region, Instant::now());
        self.journal.calls.push(Recorded {
            operation: operation.clone(),
            region: region.to_owned(),
            access_key: access_key.to_owned(),
            token: caller.token.map(str::to_owned),
            user_agent: caller.user_agent.to_owned(),
            input: call.input.clone(),
            batch: batch(call),
            throttled: !admitted,
        });
        let fault = if admitted { self.journal.next_fault(&operation) } else { Some(Fault::Throttle) };
        if let Some(failed) = fault.as_ref().and_then(|fault| as_error(fault, call, &operation)) {
            return (error(failed), None);
        }
        if fault == Some(Fault::Html) {
            let body = "<html><body>It works!</body></html>".to_owned();
            return (Answer { status: 200, content_type: "text/html", body }, None);
        }
        let answer = self.answer(call, region, access_key, request_id);
        if let Some(policy) = &self.policy {
            // A refusal comes before any other mistake.
            let body = answer.as_ref().map(Answer::json).unwrap_or_default();
            if let Err(denied) = policy.judge(call, region, &body) {
                return (error(denied), fault);
            }
        }
        (answer.unwrap_or_else(error), fault)
    }

    fn answer(&mut self, call: &Call, region: &str, access_key: &str, request_id: &str) -> Result<Answer, AwsError> {
        if region == REGION
            && let Some(history) = &mut self.history
            && let Some(answer) = history.call(call)
        {
            return answer.map(|body| json_answer(200, &body));
        }
        answer(self.region(region), call, access_key, request_id)
    }
}

/// What AWS answers to a call in a region.
pub(crate) fn answer(region: &mut Region, call: &Call, access_key: &str, request_id: &str) -> Result<Answer, AwsError> {
    if let Some(answer) = account::answer(region, call, request_id) {
        return answer;
    }
    match call.service {
        "ecs" => ecs::answer(region, call).map(|body| json_answer(200, &body)),
        "codedeploy" => code_deploy_answer::answer(region, call).map(|body| json_answer(200, &body)),
        "ecr" => ecr::answer(region, call).map(|body| json_answer(200, &body)),
        "elasticloadbalancing" => {
            elbv2::answer(region, call).map(|result| query_answer(&call.operation, result, request_id))
        }
        "sts" => sts::answer(region, access_key, call).map(|result| query_answer(&call.operation, result, request_id)),
        _ if call.protocol == Protocol::Json => Err(AwsError::new("UnknownOperationException", "")),
        _ => Err(AwsError::new("InvalidAction", format!("The action {} is not valid.", call.operation))),
    }
}

/// Services, ARNs or ids in one call.
fn batch(call: &Call) -> usize {
    let lists = [
        "services",
        "serviceRevisionArns",
        "serviceDeploymentArns",
        "deploymentIds",
        "RuleArns",
        "ListenerArns",
        "TargetGroupArns",
    ];
    let images = call.input["imageIds"].as_array().map_or(0, Vec::len);
    lists.iter().map(|name| call.list(name).len()).max().unwrap_or_default().max(images).max(1)
}

fn as_error(fault: &Fault, call: &Call, operation: &str) -> Option<AwsError> {
    let query = call.protocol == Protocol::Query;
    let (status, code, message) = match fault {
        Fault::Throttle if query => (400, "Throttling", "Rate exceeded".to_owned()),
        Fault::Throttle => (400, "ThrottlingException", "Rate exceeded".to_owned()),
        Fault::InternalError => {
            (500, if query { "InternalFailure" } else { "ServerException" }, "Service failed".to_owned())
        }
        Fault::Unavailable => (503, "ServiceUnavailable", "Service unavailable".to_owned()),
        Fault::AccessDenied => {
            let user = format!("arn:aws:iam::{}:user/fake", state::ACCOUNT_ID);
            let message = format!("User: {user} is not authorized to perform: {operation} on resource: *");
            (if query { 403 } else { 400 }, if query { "AccessDenied" } else { "AccessDeniedException" }, message)
        }
        Fault::ExpiredToken => {
            let code = if query { "ExpiredToken" } else { "ExpiredTokenException" };
            (400, code, "The security token included in the request is expired".to_owned())
        }
        Fault::Drop | Fault::Stall | Fault::Truncate | Fault::Html | Fault::Latency(_) => return None,
    };
    Some(AwsError { status, code: code.to_owned(), message })
}
