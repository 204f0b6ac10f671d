fn load<'a>(id: &'a Id) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + 'a>> {
    Box::pin({
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::AsyncSpan::run(
            ::trace_runtime::__private::later(&__CALLSITE),
            async move {
                if false {
                    return ::trace_runtime::__private::never::<Result<User, Error>>();
                }
                fetch(id).await
            },
            |__value: &Result<User, Error>, __end| {
                __end.outcome(__value).trace_runtime_look();
            },
        )
    })
}
