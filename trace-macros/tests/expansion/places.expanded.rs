fn handle(parent: Option<Snapshot>) {
    let __guard = {
        enum __Marker {}
        static __CALLSITE: my::runtime::__private::Callsite =
            my::runtime::__private::Callsite::of::<__Marker>("trace-macros", "VERSION");
        my::runtime::__private::enter_parent(
            &__CALLSITE,
            if my::runtime::__private::Callsite::is_on(&__CALLSITE) {
                my::runtime::__private::parent(&(parent))
            } else {
                my::runtime::__private::None
            },
        )
    };
    work();
}
