//! Elastic Load Balancing: where load balancers send requests.

mod describe;
mod routes;

pub(in crate::aws) use routes::Routes;
