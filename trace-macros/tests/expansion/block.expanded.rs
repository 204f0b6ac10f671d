impl Store {
    const SIZE: usize = 1;
    const fn new() -> Self {
        Self
    }
    fn len(&self) -> usize {
        0
    }
    #[trace(skip)]
    fn flush(&self) {
        let __guard = {
            enum __Marker {}
            static __CALLSITE: ::trace_runtime::__private::Callsite = ::trace_runtime::__private::Callsite::new(
                ::trace_runtime::__private::None,
                ::trace_runtime::__private::type_name::<__Marker>,
                ::trace_runtime::__private::Kind::Client,
                ("trace-macros", "VERSION"),
            );
            ::trace_runtime::__private::enter_root(&__CALLSITE)
        };
    }
    fn get(&self) {
        let __guard = {
            enum __Marker {}
            static __CALLSITE: ::trace_runtime::__private::Callsite = ::trace_runtime::__private::Callsite::new(
                ::trace_runtime::__private::None,
                ::trace_runtime::__private::type_name::<__Marker>,
                ::trace_runtime::__private::Kind::Client,
                ("trace-macros", "VERSION"),
            );
            ::trace_runtime::__private::enter(&__CALLSITE)
        };
    }
}
