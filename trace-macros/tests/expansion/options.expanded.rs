fn get(&self, id: u64, shown: Shown, origin: Option<SpanContext>) -> Option<u64> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite = ::trace_runtime::__private::Callsite::new(
            ::trace_runtime::__private::Some("get {id} of {self.name}"),
            ::trace_runtime::__private::type_name::<__Marker>,
            ::trace_runtime::__private::Kind::Client,
            ("db", "VERSION"),
        );
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
    if let ::trace_runtime::__private::Some(__fields) = (&__guard).fields() {
        (&__fields).name(&::trace_runtime::__private::format_args!("get {} of {}", id, self.name));
        (&__fields).set(b"\n\x07user.id", &(id));
        (&__fields).set(b"\n\x03a.b", &(self.a));
        (&__fields).set(b"\n\x05shown", &::trace_runtime::__private::display(&(shown)));
        (&__fields).links(origin);
    }
    let __value: Option<u64> = { self.rows.get(id) };
    #[allow(unreachable_code)]
    let __end = ::trace_runtime::__private::Guard::ending(&__guard);
    {
        use ::trace_runtime::__private::probe::*;
        ::trace_runtime::__private::Ending::ok(
            __end,
            ::trace_runtime::__private::Ending::classify(__end, &__value, Option::is_none),
        );
        (&&::trace_runtime::__private::Probe(&__value)).trace_runtime_return_debug(__end);
    }
    __value
}
