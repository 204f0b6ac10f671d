//! Nothing: the examples of this package are programs of their own.
