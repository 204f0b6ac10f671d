//! The cases of the conformance suite that are plain lists of headers.

use crate::TRACEPARENT;

/// The suite's name of a case, the rule that decides it in our words, and its requests.
pub(crate) type Row<R> = (&'static str, &'static str, &'static [R]);

/// A `traceparent` after which a new trace begins.
pub(crate) const RESTARTED: &[Row<&str>] = &[
    (
        "traceparent_version_0x00",
        "version 00 has four fields and ends there",
        &[
            "00-12345678901234567890123456789012-1234567890123456-01.",
            "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        ],
    ),
    (
        "traceparent_version_0xff",
        "version 255 is invalid",
        &["ff-12345678901234567890123456789012-1234567890123456-01"],
    ),
    (
        "traceparent_version_illegal_characters",
        "a version is two hex characters and a dash, else the trace restarts",
        &[
            ".0-12345678901234567890123456789012-1234567890123456-01",
            "0.-12345678901234567890123456789012-1234567890123456-01",
        ],
    ),
    (
        "traceparent_version_too_long",
        "a version is two hex characters and a dash, else the trace restarts",
        &[
            "000-12345678901234567890123456789012-1234567890123456-01",
            "0000-12345678901234567890123456789012-1234567890123456-01",
        ],
    ),
    (
        "traceparent_version_too_short",
        "a version is two hex characters and a dash, else the trace restarts",
        &["0-12345678901234567890123456789012-1234567890123456-01"],
    ),
    (
        "traceparent_trace_id_all_zero",
        "a trace-id of zeros is invalid, and with it the header",
        &["00-00000000000000000000000000000000-1234567890123456-01"],
    ),
    (
        "traceparent_trace_id_illegal_characters",
        "a trace-id of other than lower-case hex is invalid, and with it the header",
        &[
            "00-.2345678901234567890123456789012-1234567890123456-01",
            "00-1234567890123456789012345678901.-1234567890123456-01",
        ],
    ),
    (
        "traceparent_trace_id_too_long",
        "a trace-id has 32 characters",
        &["00-123456789012345678901234567890123-1234567890123456-01"],
    ),
    (
        "traceparent_trace_id_too_short",
        "a trace-id has 32 characters",
        &["00-1234567890123456789012345678901-1234567890123456-01"],
    ),
    (
        "traceparent_parent_id_all_zero",
        "a parent-id of zeros is invalid, and with it the header",
        &["00-12345678901234567890123456789012-0000000000000000-01"],
    ),
    (
        "traceparent_parent_id_illegal_characters",
        "with an invalid parent-id the header is ignored",
        &[
            "00-12345678901234567890123456789012-.234567890123456-01",
            "00-12345678901234567890123456789012-123456789012345.-01",
        ],
    ),
    (
        "traceparent_parent_id_too_long",
        "a parent-id has 16 characters",
        &["00-12345678901234567890123456789012-12345678901234567-01"],
    ),
    (
        "traceparent_parent_id_too_short",
        "a parent-id has 16 characters",
        &["00-12345678901234567890123456789012-123456789012345-01"],
    ),
    (
        "traceparent_trace_flags_illegal_characters",
        "invalid flags make a new traceparent (processing model)",
        &[
            "00-12345678901234567890123456789012-1234567890123456-.0",
            "00-12345678901234567890123456789012-1234567890123456-0.",
        ],
    ),
    (
        "traceparent_trace_flags_too_long",
        "flags have two characters",
        &["00-12345678901234567890123456789012-1234567890123456-001"],
    ),
    (
        "traceparent_trace_flags_too_short",
        "flags have two characters",
        &["00-12345678901234567890123456789012-1234567890123456-1"],
    ),
];

/// A `traceparent` with which the trace goes on.
pub(crate) const CONTINUED: &[Row<&str>] = &[
    (
        "traceparent_included_tracestate_missing",
        "the parent-id is set to that of the current operation",
        &[TRACEPARENT],
    ),
    (
        "traceparent_ows_handling",
        "white space around a field's value is no part of it (RFC 9110)",
        &[
            " 00-12345678901234567890123456789012-1234567890123456-01",
            "\t00-12345678901234567890123456789012-1234567890123456-01",
            "00-12345678901234567890123456789012-1234567890123456-01 ",
            "00-12345678901234567890123456789012-1234567890123456-01\t",
            "\t 00-12345678901234567890123456789012-1234567890123456-01 \t",
        ],
    ),
];

/// `tracestate` headers after a good `traceparent`, and what is passed on of them.
pub(crate) const STATES: &[Row<(&[&str], &str)>] = &[
    (
        "tracestate_included_traceparent_included",
        "a received tracestate is sent on",
        &[(&["foo=1,bar=2"], "foo=1,bar=2")],
    ),
    (
        "tracestate_empty_header",
        "empty headers are accepted and not sent",
        &[(&[""], ""), (&["foo=1", ""], "foo=1"), (&["", "foo=1"], "foo=1")],
    ),
    (
        "tracestate_multiple_headers_different_keys",
        "several headers combine to one, in order (RFC 9110)",
        &[(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3")],
    ),
    (
        "tracestate_duplicated_keys",
        "one entry a key is allowed, others may be discarded; the left-most is the most recent",
        &[
            (&["foo=1,foo=1"], "foo=1"),
            (&["foo=1,foo=2"], "foo=1"),
            (&["foo=1", "foo=1"], "foo=1"),
            (&["foo=1", "foo=2"], "foo=1"),
        ],
    ),
    (
        "tracestate_ows_handling",
        "spaces and tabs around list members are ignored",
        &[
            (&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            (&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
            (&[" foo=1"], "foo=1"),
            (&["\tfoo=1"], "foo=1"),
            (&["foo=1 "], "foo=1"),
            (&["foo=1\t"], "foo=1"),
            (&["\t foo=1 \t"], "foo=1"),
        ],
    ),
    (
        "tracestate_key_illegal_characters",
        "keys have no spaces, capitals and dots; a list that cannot be parsed may be discarded",
        &[(&["foo =1"], ""), (&["FOO=1"], ""), (&["foo.bar=1"], "")],
    ),
    (
        "tracestate_key_illegal_vendor_format",
        "at signs are key characters, but a key begins with a letter or a digit",
        &[
            (&["foo@=1,bar=2"], "foo@=1,bar=2"),
            (&["@foo=1,bar=2"], ""),
            (&["foo@@bar=1,bar=2"], "foo@@bar=1,bar=2"),
            (&["foo@bar@baz=1,bar=2"], "foo@bar@baz=1,bar=2"),
        ],
    ),
    (
        "tracestate_value_illegal_characters",
        "values have no equals sign and at least one character",
        &[(&["foo=bar=baz"], ""), (&["foo=,bar=3"], "")],
    ),
];
