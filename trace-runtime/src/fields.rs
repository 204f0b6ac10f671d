//! What a call's options say of its span.

use crate::attribute::{Key, set_attribute};
use crate::current::{push_link, set_name};
use crate::handle::Handle;
use crate::outcome::text_within;
use crate::snapshot::ToLinks;
use crate::thread::Restore;
use crate::tracer::TEXT_BYTES;
use crate::value::ToValue;

/// Where the attributes of a call go, evaluated once it is known that they are wanted.
pub struct Fields {
    handle: Handle,
    /// What makes the span current meanwhile, if it is not.
    _current: Option<Restore>,
}

impl Fields {
    #[inline]
    pub(crate) fn new(handle: Handle, current: Option<Restore>) -> Self {
        Self { handle, _current: current }
    }

    /// Sets one whose key is known at compile time, and set nowhere else.
    #[inline]
    pub fn set<T: ToValue + ?Sized>(&self, key: &str, value: &T) {
        self.put(Key::Known(key), value);
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

    #[inline]
    pub(crate) fn put<T: ToValue + ?Sized>(&self, key: Key<'_>, value: &T) {
        set_attribute(self.handle, key, value);
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields")
    }
}
