//! Empty objects in answers of Amazon ECS, which the SDK cannot read everywhere.
//!
//! Some members are tagged unions: `resources` of a gateway connection, `sharingStrategy`, the container of Service Connect.
//! While ECS has nothing to tell, it writes `{}`, and one such member would make the whole answer unreadable. An object
//! without members says as much as its absence, so it is taken out before the SDK reads.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use serde_json::Value;

/// True for a request whose answer may hold some.
pub fn may_answer(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target").is_some_and(|target| target.starts_with("AmazonEC2ContainerService"))
}

/// The same answer without members that are empty objects. A body that breaks off goes on breaking off.
pub async fn without(mut response: HttpResponse) -> HttpResponse {
    let body = match response.take_body().collect().await {
        Ok(body) => {
            let body = body.to_bytes();
            mended(&body).map_or_else(|| SdkBody::from(body), SdkBody::from)
        }
        Err(error) => SdkBody::from_body_1_x(StreamBody::new(stream::iter([Err(error)]))),
    };
    *response.body_mut() = body;
    response
}

/// The JSON without members that are empty objects; `None` when there are none.
fn mended(body: &[u8]) -> Option<Vec<u8>> {
    if !body.windows(2).any(|two| two == b"{}") {
        return None;
    }
    let mut json: Value = serde_json::from_slice(body).ok()?;
    remove(&mut json);
    serde_json::to_vec(&json).ok()
}

fn remove(json: &mut Value) {
    match json {
        Value::Object(members) => {
            members.values_mut().for_each(remove);
            members.retain(|_, value| !value.as_object().is_some_and(serde_json::Map::is_empty));
        }
        Value::Array(elements) => elements.iter_mut().for_each(remove),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_go_and_elements_and_texts_stay() {
        let mended = |text: &str| mended(text.as_bytes()).map(|body| String::from_utf8(body).expect("UTF-8"));
        assert_eq!(mended(r#"{"a":1}"#), None);
        assert_eq!(mended("{} and no JSON"), None);
        let text = r#"{"a":[{},{"b":{}}],"c":"{}","d":{"e":{}}}"#;
        assert_eq!(mended(text).as_deref(), Some(r#"{"a":[{},{}],"c":"{}"}"#));
    }
}
