//! Stores elsewhere: a server on this machine that counts what it is asked for, and fails as it is told.
fn main() {}
