fn parse(text: &str) -> Result<u8, ParseIntError> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
    #[allow(clippy::result_large_err)]
    let __value = ::trace_runtime::__private::call(|| -> Result<u8, ParseIntError> {
        let number: u8 = text.parse()?;
        Ok(number)
    });
    (&__guard).outcome(&__value).trace_runtime_look();
    __value
}
