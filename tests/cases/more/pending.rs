// Not built yet: cases that the attributes or the names do not handle so far, in the form of the others.

//# h16b_impl_for_dyn_with_several_bounds
use std::any::Any;
trait T { fn t(&self) -> u8; }
#[trace_type]
impl T for dyn Any + Send { fn t(&self) -> u8 { 1 } }
//>
let any: &(dyn Any + Send) = &1;
T::t(any);
//= <dyn Any + Send as T>::t
