async fn load(&self, id: u64, name: String) -> Result<User, Error> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite = ::trace_runtime::__private::Callsite::new(
            ::trace_runtime::__private::None,
            ::trace_runtime::__private::type_name::<__Marker>,
            ::trace_runtime::__private::Kind::Internal,
            ("trace-macros", "VERSION"),
        );
        ::trace_runtime::__private::start(&__CALLSITE)
    };
    ::trace_runtime::__private::AsyncSpan::run(
        __guard,
        async move {
            #[allow(clippy::used_underscore_binding)]
            let _ = &name;
            #[allow(clippy::used_underscore_binding)]
            let _ = &id;
            let _ = &self;
            if false {
                return ::trace_runtime::__private::never::<Result<User, Error>>();
            }
            let row = self.row(id).await?;
            Ok(User::new(row, name))
        },
        |__value: &Result<User, Error>, __end| {
            use ::trace_runtime::__private::probe::*;
            (&&&::trace_runtime::__private::Probe(__value)).trace_runtime_look(__end);
        },
    )
    .await
}
