//! In place of the crash recorder where there is none.
