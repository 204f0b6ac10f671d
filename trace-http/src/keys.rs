//! Attribute keys of OpenTelemetry's semantic conventions 1.42.0, and our own.

pub(crate) const CLIENT_ADDRESS: &str = "client.address";
pub(crate) const ERROR_TYPE: &str = "error.type";
pub(crate) const NETWORK_PEER_ADDRESS: &str = "network.peer.address";
pub(crate) const NETWORK_PEER_PORT: &str = "network.peer.port";
pub(crate) const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
pub(crate) const REQUEST_BODY_SIZE: &str = "http.request.body.size";
pub(crate) const REQUEST_RESEND_COUNT: &str = "http.request.resend_count";
pub(crate) const REQUEST_METHOD: &str = "http.request.method";
pub(crate) const REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";
pub(crate) const RESPONSE_BODY_SIZE: &str = "http.response.body.size";
pub(crate) const RESPONSE_STATUS_CODE: &str = "http.response.status_code";
pub(crate) const ROUTE: &str = "http.route";
pub(crate) const RPC_METHOD: &str = "rpc.method";
pub(crate) const RPC_METHOD_ORIGINAL: &str = "rpc.method_original";
pub(crate) const RPC_RESPONSE_STATUS_CODE: &str = "rpc.response.status_code";
pub(crate) const RPC_SYSTEM_NAME: &str = "rpc.system.name";
pub(crate) const SERVER_ADDRESS: &str = "server.address";
pub(crate) const SERVER_PORT: &str = "server.port";
pub(crate) const URL_FULL: &str = "url.full";
pub(crate) const URL_TEMPLATE: &str = "url.template";
pub(crate) const URL_PATH: &str = "url.path";
pub(crate) const URL_QUERY: &str = "url.query";
pub(crate) const URL_SCHEME: &str = "url.scheme";
pub(crate) const USER_AGENT_ORIGINAL: &str = "user_agent.original";

/// Where a request was when it was cancelled: beside `trace.end`, which says that it was.
pub(crate) const CANCELLED_AT: &str = "trace.end.at";
/// Whether a debug header asked for the trace.
pub(crate) const FORCED: &str = "trace.forced";

/// A method that is not known.
pub(crate) const OTHER: &str = "_OTHER";
