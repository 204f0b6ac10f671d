//! The same functions with our attributes and without them.

/// Modules `bare` and `traced` with the same functions.
#[macro_export]
macro_rules! twice {
    ($($items:tt)*) => {
        #[allow(unreachable_pub)]
        mod bare {
            use super::*;
            $($items)*
        }
        #[::trace_runtime::trace]
        #[allow(unreachable_pub)]
        mod traced {
            use super::*;
            $($items)*
        }
    };
}

/// An expression's two values; in it `subject` is `bare` first, and `traced` then.
#[macro_export]
#[allow(clippy::crate_in_macro_def)] // the modules are the calling test's
macro_rules! both {
    ($run:expr) => {{
        let bare = {
            use crate::bare as subject;
            $run
        };
        let traced = {
            use crate::traced as subject;
            $run
        };
        (bare, traced)
    }};
}
