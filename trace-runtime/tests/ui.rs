//! What the attributes say about mistakes, and where.

#[test]
fn every_mistake_has_a_message_on_its_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
