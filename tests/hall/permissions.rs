//! What the broker of a class lets each user do, by the very configuration that the program writes.
