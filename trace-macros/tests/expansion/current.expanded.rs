fn check(text: &str) -> Result<(), Invalid> {
    let __guard = ::trace_runtime::__private::enter_current();
    if let ::trace_runtime::__private::Some(__fields) = (&__guard).fields() {
        {
            (&__fields).set("size", &(text.len()));
        }
    }
    let __value: Result<(), Invalid>;
    __value = { parse(text) };
    #[allow(unreachable_code)]
    (&__guard).outcome(&__value).trace_runtime_look();
    __value
}
