//! The allow-list of destinations admits what it says and nothing that looks like it.

use crate::TRACEPARENT;
use trace_runtime::propagation::{Destination, Destinations, Propagation};

fn only(patterns: &[&str]) -> Destinations {
    Destinations::only(patterns).expect("patterns")
}

const ADMITTED: &[&str] = &[
    "https://good.org",
    "https://good.org/",
    "HTTPS://GOOD.ORG/x?y#z",
    "https://good.org.:8443/",
    "good.org",
    "good.org:1",
    "https://user:pass@good.org/",
    "https://good.org?u=https://evil.com/",
    "https://good.org#@evil.com",
    "https://a.better.org",
    "https://a.b.better.org:1/",
    "api.internal:8443",
    "https://api.internal:8443",
    "https://[2001:db8:0::1]:99/",
    "http://10.0.0.7/",
    "http://[::1]/",
    "[0:0:0:0:0:0:0:1]:80",
];

const DENIED: &[&str] = &[
    "https://good.org.evil.com/",
    "https://evilgood.org/",
    "https://sub.good.org/",
    "https://good.org@evil.com/",
    "https://good.org:443@evil.com/",
    "https://good.org%40evil.com/",
    "https://a@good.org@evil.com/",
    "https://evil.com@x@good.org/",
    "https://evil.com\\@good.org/",
    "https://good.org\\@evil.com/",
    "https://good.org\\.evil.com/",
    "https://evil.com/good.org",
    "https://evil.com?good.org",
    "https://evil.com#good.org",
    "https://evil.com/https://good.org/",
    "evil.com/://good.org",
    "https:good.org",
    "https:/good.org",
    "https:///good.org/",
    "//good.org/",
    "https://.good.org/",
    "https://good.org../",
    "https://good..org/",
    "https://good.org:443:80/",
    "https://good.org:0x1bb/",
    "https://good.org:+443/",
    "https://good.org:65536/",
    "https://good.org:000443/",
    "https://good.org;evil.com/",
    "https://good.org,evil.com/",
    "https://good.org evil.com/",
    " https://good.org/",
    "https://good.org\t/",
    "https://good.org\r\nhost: evil.com",
    "https://good.org\0.evil.com/",
    "https://%67ood.org/",
    "https://ｇood.org/",
    "https://gооd.org/", // with Cyrillic letters
    "https://good\u{ad}.org/",
    "https://good。org/",
    "https://better.org/",
    "https://evilbetter.org/",
    "https://a.better.org.evil.com/",
    "https://.better.org/",
    "https://*.better.org/",
    "api.internal",
    "https://api.internal/",
    "https://api.internal:443/",
    "https://api.internal:84430/",
    "https://[2001:db8::2]/",
    "https://[2001:db8::1%25eth0]/",
    "https://[2001:db8::1]evil.com/",
    "https://[2001:db8::1]:80:80/",
    "https://[2001:db8::1",
    "https://[::ffff:10.0.0.7]/",
    "2001:db8::1",
    "https://[::1]/",
    "http://10.0.0.70/",
    "http://10.7/",
    "http://0xa.0.0.7/",
    "http://167772167/",
    "http://012.0.0.7/",
    "",
    "/",
    "https://",
    "@",
    ":80",
];

#[test]
fn hosts_are_compared_whole() {
    let list = only(&["good.org", "*.better.org", "api.internal:8443", "[2001:db8::1]", "10.0.0.7", "[::1]:80"]);
    for address in ADMITTED {
        assert!(list.admit((*address).into()), "{address}");
    }
    for address in DENIED {
        assert!(!list.admit((*address).into()), "{address}");
    }
    assert!(list.admit(Destination::Local));
}

#[test]
fn every_part_of_a_pattern_has_to_be_understood() {
    for bad in [
        "",
        "*",
        "*.",
        "*good.org",
        "a.*.org",
        "good.*",
        "https://good.org",
        "good.org/",
        "good.org:x",
        "good..org",
        ".good.org",
        "*.0.0.7",
        "*.0x7",
        "*.[::1]",
        "[::1",
        "::1",
        "gööd.org",
        "good.org ",
        "good.org:99999",
    ] {
        let error = Destinations::only([bad]).expect_err(bad).to_string();
        assert!(error.starts_with(&format!("`{bad}` is none of ")), "{error}");
    }
    let error = Destinations::only(["https://user:canary@good.org"]).expect_err("no pattern");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[test]
fn with_a_list_all_others_are_denied_and_without_one_none() {
    let (nobody, everybody) = (only(&[]), Destinations::all());
    assert!(!nobody.admit("https://good.org/".into()) && everybody.admit("https://good.org/".into()));
    assert!(everybody.admit("no address".into()));
    assert!(only(&["good.org:443"]).admit("wss://good.org/".into()));
    assert!(only(&["good.org:80"]).admit("http://good.org:/".into()));
    assert!(!only(&["good.org:80"]).admit("good.org".into()), "no scheme, no port");
}

#[test]
fn what_a_caller_sent_is_not_copied_to_a_destination_that_is_not_on_the_list() {
    let propagation = Propagation::default().sending_to(only(&["good.org"]));
    let headers = [("Traceparent", TRACEPARENT), ("baggage", "a=1"), ("b3", "0"), ("accept", "*/*")];
    let from = propagation.extract(&headers).snapshot();
    let copied = || headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mut sent = copied();
    assert!(!propagation.inject(&from, &mut sent, "https://good.org.evil.com/"));
    assert_eq!(sent, [("accept".to_owned(), "*/*".to_owned())]);
    assert_eq!(propagation.clone().counts().withheld, 1, "clones count together");
    let mut sent = copied();
    assert!(propagation.inject(&from, &mut sent, "https://good.org/"));
    assert!(propagation.inject(&from, &mut sent, Destination::Local));
    assert_eq!(sent.len(), 4);
    assert_eq!(propagation.counts().withheld, 1);
}
