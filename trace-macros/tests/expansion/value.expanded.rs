fn open(path: &Path) -> io::Result<File> {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: ::trace_runtime::__private::Callsite =
            ::trace_runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        ::trace_runtime::__private::enter(&__CALLSITE)
    };
    let __value: io::Result<File>;
    __value = { File::open(path) };
    #[allow(unreachable_code)]
    (&__guard).outcome(&__value).trace_runtime_look();
    __value
}
