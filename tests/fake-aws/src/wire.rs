//! The two protocols: JSON 1.1 with a target header, and query with XML answers.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// An answer: status, content type, body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// An error as AWS names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// HTTP status.
    pub status: u16,
    /// `ClientException`, …
    pub code: String,
    /// The text.
    pub message: String,
}

impl Answer {
    /// The body, where it is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl AwsError {
    /// A mistake of the caller: status 400.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// The error in the protocol of a call.
    pub fn answer(&self, protocol: Protocol, request_id: &str) -> Answer {
        match protocol {
            Protocol::Json => json_answer(self.status, &json!({"__type": self.code, "message": self.message})),
            Protocol::Query => {
                let kind = if self.status < 500 { "Sender" } else { "Receiver" };
                let error = Xml::default().text("Type", kind).text("Code", &self.code).text("Message", &self.message);
                let body = Xml::default().node("Error", error).text("RequestId", request_id);
                xml_answer(self.status, &format!("<ErrorResponse>{}</ErrorResponse>", body.0))
            }
        }
    }
}

/// How a call is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `X-Amz-Target` and JSON.
    Json,
    /// `Action=…` and XML.
    Query,
}

/// A call, before it is looked at.
#[derive(Debug, Clone)]
pub struct Call {
    /// `ecs`, `elasticloadbalancing`, `codedeploy`, `ecr`, `sts`, `iam`, `ec2`, `logs`, `events`, or empty.
    pub service: &'static str,
    /// `DescribeServices`, …
    pub operation: String,
    /// Which protocol it came in.
    pub protocol: Protocol,
    /// The parameters: a JSON object, or a query turned into flat strings.
    pub input: Value,
}

impl Call {
    /// Reads a request; `None` when it is no AWS call at all.
    pub fn read(target: Option<&str>, query: &str, body: &str) -> Option<Self> {
        if let Some(target) = target {
            let (prefix, operation) = target.split_once('.')?;
            let service = match prefix {
                "AmazonEC2ContainerServiceV20141113" => "ecs",
                "CodeDeploy_20141006" => "codedeploy",
                "AmazonEC2ContainerRegistry_V20150921" => "ecr",
                "Logs_20140328" => "logs",
                "AWSEvents" => "events",
                _ => "",
            };
            let input = serde_json::from_str(if body.is_empty() { "{}" } else { body }).ok()?;
            return Some(Self { service, operation: operation.to_owned(), protocol: Protocol::Json, input });
        }
        let text = if body.is_empty() { query } else { body };
        let pairs: BTreeMap<String, String> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let service = match pairs.get("Version").map(String::as_str) {
            Some("2015-12-01") => "elasticloadbalancing",
            Some("2011-06-15") => "sts",
            Some("2010-05-08") => "iam",
            Some("2016-11-15") => "ec2",
            _ => "",
        };
        let operation = pairs.get("Action")?.clone();
        Some(Self { service, operation, protocol: Protocol::Query, input: json!(pairs) })
    }

    /// A call of the query protocol, from flat parameters.
    pub fn query(operation: &str, input: Value) -> Self {
        Self { service: "elasticloadbalancing", operation: operation.to_owned(), protocol: Protocol::Query, input }
    }

    /// The parameters as a tree: in a query, `Tags.member.1.Key=team` is `{"Tags": [{"Key": "team"}]}`.
    pub fn tree(&self) -> Value {
        if self.protocol == Protocol::Json {
            return self.input.clone();
        }
        let mut tree = Value::Null;
        let pairs = self.input.as_object().into_iter().flatten();
        for (name, value) in pairs.filter(|(name, _)| !["Action", "Version"].contains(&name.as_str())) {
            let mut place = &mut tree;
            for part in name.split('.').filter(|part| *part != "member") {
                place = match part.parse::<usize>() {
                    Ok(number) => element(place, number),
                    Err(_) => &mut place[part],
                };
            }
            *place = value.clone();
        }
        tree
    }

    /// A text parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.input[name].as_str()
    }

    /// A text parameter that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, AwsError> {
        let code = if self.protocol == Protocol::Json { "InvalidParameterException" } else { "ValidationError" };
        self.text(name).ok_or_else(|| AwsError::new(code, format!("{name} is required.")))
    }

    /// A list of texts: `name: [...]` in JSON, `name.member.N` in a query.
    pub fn list(&self, name: &str) -> Vec<String> {
        let owned = |value: &Value| value.as_str().map(str::to_owned);
        match self.protocol {
            Protocol::Json => self.input[name].as_array().into_iter().flatten().filter_map(owned).collect(),
            Protocol::Query => (1..).map_while(|index| owned(&self.input[format!("{name}.member.{index}")])).collect(),
        }
    }
}

/// The element of a list that the query protocol calls by this number, made when it is not there.
fn element(place: &mut Value, number: usize) -> &mut Value {
    if !place.is_array() {
        *place = json!([]);
    }
    let index = number.saturating_sub(1);
    let Value::Array(list) = place else { unreachable!("it was made one") };
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    &mut list[index]
}

/// A JSON answer.
pub fn json_answer(status: u16, body: &Value) -> Answer {
    Answer { status, content_type: "application/x-amz-json-1.1", body: body.to_string() }
}

/// An XML answer.
pub fn xml_answer(status: u16, body: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    Answer { status, content_type: "text/xml", body }
}

/// The answer to a query operation.
pub fn query_answer(operation: &str, result: Xml, request_id: &str) -> Answer {
    let metadata = Xml::default().text("RequestId", request_id);
    let body = Xml::default().node(&format!("{operation}Result"), result).node("ResponseMetadata", metadata);
    xml_answer(200, &format!("<{operation}Response>{}</{operation}Response>", body.0))
}

/// XML in the making.
#[derive(Debug, Clone, Default)]
pub struct Xml(pub String);

impl Xml {
    /// With an element that holds text.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", escaped(text));
        self
    }

    /// With an element that holds others.
    #[must_use]
    pub fn node(mut self, name: &str, inner: Self) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", inner.0);
        self
    }

    /// A tree of parameters, spelled as the answer: lists have members, absent values are left out.
    pub fn tree(value: &Value) -> Self {
        match value {
            Value::Object(fields) => {
                let given = fields.iter().filter(|(_, value)| !value.is_null());
                given.fold(Self::default(), |xml, (name, value)| xml.node(name, Self::tree(value)))
            }
            Value::Array(list) => list.iter().fold(Self::default(), |xml, value| xml.node("member", Self::tree(value))),
            Value::Null => Self::default(),
            Value::String(text) => Self(escaped(text)),
            other => Self(other.to_string()),
        }
    }

    /// With what another holds.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 + &other.0)
    }

    /// With a list of members.
    #[must_use]
    pub fn list(self, name: &str, members: impl Iterator<Item = Self>) -> Self {
        let members = members.fold(Self::default(), |list, member| list.node("member", member));
        self.node(name, members)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Tags as services send them: `[{key, value}]`, with capitals in some, or a map of their own.
pub fn tags(value: &Value) -> BTreeMap<String, String> {
    let text = |tag: &Value, name: &str, capital: &str| {
        tag[name].as_str().or_else(|| tag[capital].as_str()).unwrap_or_default().to_owned()
    };
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
        }
        list => {
            let list = list.as_array().into_iter().flatten();
            list.map(|tag| (text(tag, "key", "Key"), text(tag, "value", "Value"))).collect()
        }
    }
}
