//! What the fields of OTLP's messages are called in JSON, and how their values are written.
//!
//! Numbers and names are those of `opentelemetry/proto/{collector/trace,trace,resource,common}/v1`.

/// The fields of a message, in the order in which they are written.
pub(super) struct Message(pub(super) &'static [Entry]);

pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) repeated: bool,
    /// Written also when there is none: receivers in Rust miss it otherwise.
    pub(super) always: bool,
}

pub(super) enum Kind {
    Text,
    /// Ids: hexadecimal, unlike in other JSON made from protobuf.
    Hex,
    Base64,
    Bool,
    /// 64 bits with a sign: a text of digits.
    Int,
    /// 64 bits without: a text of digits.
    Unsigned,
    /// Up to 32 bits, and enums: a number.
    Number,
    Double,
    Message(&'static Message),
}

use Kind::{Base64, Bool, Double, Hex, Int, Message as Of, Number, Text, Unsigned};

const fn one(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { number, name, kind, repeated: false, always: false }
}

const fn many(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { number, name, kind, repeated: true, always: false }
}

const fn always(entry: Entry) -> Entry {
    Entry { always: true, ..entry }
}

pub(super) static REQUEST: Message = Message(&[many(1, "resourceSpans", Of(&RESOURCE_SPANS))]);

static RESOURCE_SPANS: Message =
    Message(&[one(1, "resource", Of(&RESOURCE)), many(2, "scopeSpans", Of(&SCOPE_SPANS)), one(3, "schemaUrl", Text)]);

static RESOURCE: Message = Message(&[
    many(1, "attributes", Of(&KEY_VALUE)),
    one(2, "droppedAttributesCount", Number),
    many(3, "entityRefs", Of(&ENTITY_REF)),
]);

static ENTITY_REF: Message = Message(&[
    one(1, "schemaUrl", Text),
    one(2, "type", Text),
    many(3, "idKeys", Text),
    many(4, "descriptionKeys", Text),
]);

pub(super) static SCOPE_SPANS: Message =
    Message(&[one(1, "scope", Of(&SCOPE)), many(2, "spans", Of(&SPAN)), one(3, "schemaUrl", Text)]);

static SCOPE: Message = Message(&[
    one(1, "name", Text),
    one(2, "version", Text),
    many(3, "attributes", Of(&KEY_VALUE)),
    one(4, "droppedAttributesCount", Number),
]);

static SPAN: Message = Message(&[
    one(1, "traceId", Hex),
    one(2, "spanId", Hex),
    one(3, "traceState", Text),
    one(4, "parentSpanId", Hex),
    one(16, "flags", Number),
    one(5, "name", Text),
    one(6, "kind", Number),
    one(7, "startTimeUnixNano", Unsigned),
    one(8, "endTimeUnixNano", Unsigned),
    many(9, "attributes", Of(&KEY_VALUE)),
    one(10, "droppedAttributesCount", Number),
    many(11, "events", Of(&EVENT)),
    one(12, "droppedEventsCount", Number),
    many(13, "links", Of(&LINK)),
    one(14, "droppedLinksCount", Number),
    one(15, "status", Of(&STATUS)),
]);

static EVENT: Message = Message(&[
    one(1, "timeUnixNano", Unsigned),
    one(2, "name", Text),
    many(3, "attributes", Of(&KEY_VALUE)),
    one(4, "droppedAttributesCount", Number),
]);

static LINK: Message = Message(&[
    one(1, "traceId", Hex),
    one(2, "spanId", Hex),
    one(3, "traceState", Text),
    many(4, "attributes", Of(&KEY_VALUE)),
    one(5, "droppedAttributesCount", Number),
    one(6, "flags", Number),
]);

static STATUS: Message = Message(&[one(2, "message", Text), one(3, "code", Number)]);

static KEY_VALUE: Message = Message(&[one(1, "key", Text), one(2, "value", Of(&ANY_VALUE))]);

static ANY_VALUE: Message = Message(&[
    one(1, "stringValue", Text),
    one(2, "boolValue", Bool),
    one(3, "intValue", Int),
    one(4, "doubleValue", Double),
    one(5, "arrayValue", Of(&ARRAY)),
    one(6, "kvlistValue", Of(&KEY_VALUES)),
    one(7, "bytesValue", Base64),
]);

static ARRAY: Message = Message(&[always(many(1, "values", Of(&ANY_VALUE)))]);

static KEY_VALUES: Message = Message(&[always(many(1, "values", Of(&KEY_VALUE)))]);
