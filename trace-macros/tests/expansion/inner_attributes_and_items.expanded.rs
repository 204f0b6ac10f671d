#[allow(unused)]
fn odd() {
    use std::fmt::Write;
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
}
