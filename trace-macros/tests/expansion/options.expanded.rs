fn get(&self, id: u64, shown: Shown, origin: Option<SpanContext>) -> Option<u64> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("db", "VERSION")
                .named("get {id} of {self.name}")
                .with_kind(::trace_runtime::__private::Kind::Client);
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
    if let ::trace_runtime::__private::Some(__fields) = (&__guard).fields() {
        (&__fields).name(&::trace_runtime::__private::format_args!("get {} of {}", id, self.name));
        {
            (&__fields).set("user.id", &(id));
        }
        {
            (&__fields).set("a.b", &(self.a));
        }
        {
            (&__fields).set("shown", &::trace_runtime::__private::display(&(shown)));
        }
        (&__fields).links(&(origin));
    }
    let __value: Option<u64>;
    __value = { self.rows.get(id) };
    #[allow(unreachable_code)]
    ::trace_runtime::__private::Ending::ok(
        ::trace_runtime::__private::Ending::Sync(&__guard),
        ::trace_runtime::__private::Ending::classify(
            ::trace_runtime::__private::Ending::Sync(&__guard),
            &__value,
            Option::is_none,
        ),
    );
    (&__guard).outcome(&__value).trace_runtime_return_debug();
    __value
}
