async fn load(&self, id: u64, name: String) -> Result<User, Error> {
    ::trace_runtime::__private::AsyncSpan::run(
        {
            enum __Marker {}
            static __CALLSITE: ::trace_runtime::__private::Callsite =
                ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
            ::trace_runtime::__private::first(&__CALLSITE)
        },
        async move {
            let _ = &name;
            if false {
                return ::trace_runtime::__private::never::<Result<User, Error>>();
            }
            let row = self.row(id).await?;
            Ok(User::new(row, name))
        },
        |__value: &Result<User, Error>, __end| {
            __end.outcome(__value).trace_runtime_look();
        },
    )
    .await
}
