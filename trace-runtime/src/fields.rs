//! What a call's options say of its span.

use crate::attribute::set_attribute;
use crate::current::{push_link, set_name};
use crate::handle::Handle;
use crate::outcome::text_within;
use crate::snapshot::ToLinks;
use crate::thread::Restore;
use crate::tracer::TEXT_BYTES;
use crate::value::ToValue;
use crate::wire::Key;

/// Where the attributes of a call go, evaluated once it is known that they are wanted.
pub struct Fields {
    handle: Handle,
    _current: Option<Restore>,
}

impl Fields {
    pub(crate) fn new(handle: Handle, current: Option<Restore>) -> Self {
        Self { handle, _current: current }
    }

    /// Sets one. `key` is a `KeyValue.key` in OTLP's wire form, with tag and length.
    pub fn set<T: ToValue + ?Sized>(&self, key: &[u8], value: &T) {
        self.put(Key::Encoded(key), value);
    }

    /// `name = "load {id}"`: the span's own name.
    pub fn name(&self, name: &std::fmt::Arguments<'_>) {
        if let Some(name) = text_within(TEXT_BYTES, name) {
            set_name(self.handle, &name);
        }
    }

    /// `links = ..`
    pub fn links(&self, links: &(impl ToLinks + ?Sized)) {
        links.each(&mut |link| {
            if link.is_valid() {
                push_link(self.handle, link);
            }
        });
    }

    pub(crate) fn put<T: ToValue + ?Sized>(&self, key: Key<'_>, value: &T) {
        set_attribute(self.handle, key, value);
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields")
    }
}
