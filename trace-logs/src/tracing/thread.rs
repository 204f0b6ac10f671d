//! What is known of a thread (semantic conventions "General thread attributes").

use std::thread;
use trace_runtime::Value;
use trace_runtime::export::AdoptedPlace;

thread_local! {
    static THIS: (Option<i64>, Option<String>) = {
        let this = thread::current();
        // The number is nowhere but in this text.
        let id = format!("{:?}", this.id());
        let digits: String = id.chars().filter(char::is_ascii_digit).collect();
        (digits.parse().ok(), this.name().map(str::to_owned))
    };
}

/// Says on a span which thread started it.
pub(super) fn tell(there: &AdoptedPlace) {
    let _ = THIS.try_with(|(id, name)| {
        if let Some(id) = id {
            there.set_attribute("thread.id", id);
        }
        if let Some(name) = name {
            there.set_attribute("thread.name", &Value::Str(name.into()));
        }
    });
}
