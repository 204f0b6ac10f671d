#[allow(unused)]
fn odd() {
    use std::fmt::Write;
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite = ::trace_runtime::__private::Callsite::new(
            ::trace_runtime::__private::None,
            ::trace_runtime::__private::type_name::<__Marker>,
            ::trace_runtime::__private::Kind::Internal,
            ("trace-macros", "VERSION"),
        );
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
}
