//! From variables to what follows from them.

use super::{Env, Resolved, Route, Written};
use crate::error::InitError;
use crate::spool::Mode;

fn resolve(pairs: &'static [(&'static str, &'static str)]) -> Result<Resolved, InitError> {
    Resolved::new(Written::default(), &Env::of(pairs))
}

/// With a destination, so that everything is read.
fn resolve_on(pair: (&'static str, &'static str)) -> Result<Resolved, InitError> {
    let pairs: &'static [(&str, &str)] = Box::leak(Box::new([pair, ("OTEL_TRACES_EXPORTER", "otlp")]));
    resolve(pairs)
}

/// Where spans go, with commas between.
fn url(pairs: &'static [(&'static str, &'static str)]) -> String {
    let said = |route: &Route| match route {
        Route::Backend(backend) => backend.known.to.as_ref().map_or("later".into(), |otlp| otlp.url.clone()),
        Route::Console => "console".to_owned(),
        Route::Other(other) => other.name.clone(),
    };
    match resolve(pairs).map(|resolved| resolved.routes) {
        Ok(routes) if routes.is_empty() => "off".into(),
        Ok(routes) => routes.iter().map(said).collect::<Vec<_>>().join(","),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_destination_follows_the_standard_variables() {
    assert_eq!(url(&[]), "off");
    assert_eq!(url(&[("OTEL_TRACES_EXPORTER", "otlp")]), "http://localhost:4318/v1/traces");
    assert_eq!(url(&[("OTEL_TRACES_EXPORTER", "console")]), "console");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/base/")]), "http://h:1/base/v1/traces");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:1/x")]), "http://h:1/x");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"), ("OTEL_SDK_DISABLED", "TRUE")]), "off");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"), ("OTEL_TRACES_EXPORTER", "none")]), "off");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), "off");
    assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s")]), "later");
    assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_TRACES_EXPORTER", "otlp")]), "later");
    assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h")]), "http://h/v1/traces");
    assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_SDK_DISABLED", "true")]), "off");
}

#[cfg(not(feature = "grpc"))]
#[test]
fn grpc_without_its_feature_is_an_error_that_names_the_feature() {
    let error = resolve_on(("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")).err().map(|error| error.to_string());
    let expected = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is `grpc`; accepted: `http/protobuf` or `http/json`; `grpc` with the \
                    feature `grpc` of `trace-export`";
    assert_eq!(error.as_deref(), Some(expected));
}

#[cfg(feature = "grpc")]
#[test]
fn grpc_endpoints_are_taken_as_they_are_and_may_have_no_scheme() {
    const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    assert_eq!(url(&[GRPC, ("OTEL_TRACES_EXPORTER", "otlp")]), "http://localhost:4317");
    assert_eq!(url(&[GRPC, ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h:1")]), "https://h:1");
    assert_eq!(url(&[GRPC, ("OTEL_EXPORTER_OTLP_ENDPOINT", "h:1")]), "https://h:1");
    assert_eq!(
        url(&[GRPC, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "h:1"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")]),
        "http://h:1"
    );
    let both = [("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")];
    assert_eq!(url(Box::leak(Box::new([GRPC, ("OTEL_EXPORTER_OTLP_ENDPOINT", "h"), both[0], both[1]]))), "https://h");
    for bad in ["unix:/socket", "h:0", "ftp://h", "user@h"] {
        let pairs = Box::leak(Box::new([GRPC, ("OTEL_EXPORTER_OTLP_ENDPOINT", bad)]));
        assert!(url(pairs).contains("OTEL_EXPORTER_OTLP_ENDPOINT is"), "{bad}: {}", url(pairs));
    }
}

#[test]
fn exporters_are_a_list_in_which_none_stands_alone() {
    let chosen = |list: &str| url(Box::leak(Box::new([("OTEL_TRACES_EXPORTER", &*list.to_owned().leak())])));
    let otlp = "http://localhost:4318/v1/traces";
    for (list, expected) in [
        ("otlp,console", format!("{otlp},console")),
        (" Console , otlp,otlp,", format!("{otlp},console")),
        ("console,console", "console".to_owned()),
        ("none,none", "off".to_owned()),
        (",", "off".to_owned()),
    ] {
        assert_eq!(chosen(list), expected, "{list}");
    }
    for list in ["otlp,none", "otlp,zipkin", "otlp console", "logging"] {
        assert!(chosen(list).contains(&format!("OTEL_TRACES_EXPORTER is `{list}`; accepted: ")), "{list}");
    }
}

#[test]
fn a_bad_value_is_an_error_that_names_variable_value_and_what_is_accepted() {
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:99999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/base#part"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://h"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/xml"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "many"),
        ("OTEL_RESOURCE_ATTRIBUTES", "novalue"),
        ("TRACE_ERRORS", "none"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
    ] {
        let error = resolve_on((name, value)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(name) && error.contains(value) && error.contains("accepted"), "{name}: {error}");
    }
    let ratio = resolve(&[
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ]);
    assert!(ratio.is_err_and(|error| error.to_string().contains("OTEL_TRACES_SAMPLER_ARG is `2`")));
}

#[test]
fn the_spool_is_described_by_variables() {
    let backend = |pairs| match resolve(pairs).map(|resolved| resolved.routes.into_iter().next()) {
        Ok(Some(Route::Backend(backend))) => backend.spool,
        _ => None,
    };
    let spool = backend(&[
        ("TRACE_SPOOL_DIR", "/s"),
        ("TRACE_SPOOL_MODE", "first"),
        ("TRACE_SPOOL_MAX_BYTES", "5"),
        ("TRACE_SPOOL_MAX_BATCHES", "6"),
    ]);
    let said = spool.map(|spool| (spool.mode(), spool.limits().bytes, spool.limits().batches));
    assert_eq!(said, Some((Mode::First, 5, 6)));
    for pair in [("TRACE_SPOOL_MODE", "last"), ("TRACE_SPOOL_MAX_BYTES", "1k")] {
        let pairs: &'static [(&str, &str)] = Box::leak(Box::new([pair, ("TRACE_SPOOL_DIR", "/s")]));
        assert!(resolve(pairs).is_err_and(|error| error.to_string().contains(pair.0)));
    }
}

#[test]
fn variables_that_have_no_say_are_not_looked_at() {
    for pairs in [
        &[("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "?"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/xml")]
            as &[_],
        &[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/xml")],
        &[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h/x"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "metrics:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ],
    ] {
        assert!(resolve(pairs).is_ok(), "{pairs:?}");
    }
}

#[test]
fn secrets_are_not_in_errors() {
    for pair in [
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret\u{7f}"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "b@d key=s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%zzs3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Basic s3cret=="),
        ("OTEL_EXPORTER_OTLP_HEADERS", "content-length=s3cret"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@h"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@:x"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/?api_key=s3cret"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://h/?api_key=s3cret"),
    ] {
        let error = resolve_on(pair).err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
        assert!(!error.is_empty() && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn resource_attributes_are_decoded_and_the_service_name_has_its_own_variable() {
    let resource = resolve(&[
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=b%2Cc%3Dd"),
        ("OTEL_SERVICE_NAME", "shop"),
    ]);
    let resource = resource.map(|resolved| resolved.resource).unwrap_or_default();
    let get = |key| resource.iter().find(|(known, _)| *known == key).map(|(_, value)| value.to_string());
    assert_eq!(get("service.name").as_deref(), Some("shop"));
    assert_eq!(get("team").as_deref(), Some("b,c=d"));
    let default = resolve(&[("OTEL_TRACES_EXPORTER", "console")]).map(|resolved| resolved.resource).unwrap_or_default();
    assert!(
        default.iter().any(|(key, value)| key == "service.name" && value.to_string().starts_with("unknown_service:"))
    );
}

#[test]
fn samplers_are_named_as_the_specification_does() {
    for (word, expected) in [
        ("always_off", "AlwaysOffSampler"),
        ("parentbased_always_on", "ParentBased{AlwaysOnSampler}"),
        ("parentbased_traceidratio", "ParentBased{TraceIdRatioBased{0.25}}"),
    ] {
        let pairs: &'static [(&str, &str)] = Box::leak(Box::new([
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_TRACES_SAMPLER", word),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ]));
        let sampler = resolve(pairs).map(|resolved| resolved.sampler.to_string()).unwrap_or_default();
        assert_eq!(sampler, expected);
    }
}
