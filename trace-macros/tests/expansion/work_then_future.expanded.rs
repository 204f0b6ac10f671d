fn load(id: u64) -> impl Future<Output = u64> + Send {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::start(&__CALLSITE)
    };
    let __value: _ = {
        let __current = ::trace_runtime::__private::AsyncSpan::enter(&__guard);
        let __value: _;
        __value = {
            let key = prepare(id);
            async move { fetch(key).await }
        };
        __value
    };
    #[allow(unreachable_code)]
    let __traced = {
        use ::trace_runtime::__private::items::*;
        (&mut ::trace_runtime::__private::Items::new(__value)).trace_runtime_future(__guard, |__value, __end| {
            __end.outcome(__value).trace_runtime_look();
        })
    };
    __traced
}
