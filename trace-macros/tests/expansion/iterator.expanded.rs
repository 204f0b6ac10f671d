fn lines<'a>(text: &'a str) -> impl Iterator<Item = &'a str> + Send + use<'a> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::start(&__CALLSITE)
    };
    let __value: _ = {
        let __current = ::trace_runtime::__private::AsyncSpan::enter(&__guard);
        let __value: _;
        __value = { text.lines().filter(|line| !line.is_empty()) };
        __value
    };
    #[allow(unreachable_code)]
    let __traced = {
        use ::trace_runtime::__private::items::*;
        (&mut ::trace_runtime::__private::Items::new(__value)).trace_runtime_iterator(__guard, false)
    };
    __traced
}
