fn parse(text: &str) -> Result<u8, ParseIntError> {
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
    #[allow(clippy::result_large_err)]
    let __value = ::trace_runtime::__private::call(|| -> Result<u8, ParseIntError> {
        let number: u8 = text.parse()?;
        Ok(number)
    });
    #[allow(unreachable_code)]
    let __end = ::trace_runtime::__private::Guard::ending(&__guard);
    {
        use ::trace_runtime::__private::probe::*;
        (&&&::trace_runtime::__private::Probe(&__value)).trace_runtime_look(__end);
    }
    __value
}
