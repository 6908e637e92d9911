//! Words of the pages of builders, which differ with how a driver waits.

/// When something begins.
#[doc(hidden)]
#[macro_export]
macro_rules! begins {
    ($async:ident $what:literal) => {
        concat!($what, " when this is awaited.")
    };
    ($what:literal) => {
        concat!($what, " with [`send`](Self::send).")
    };
}

/// What `send` does.
#[doc(hidden)]
#[macro_export]
macro_rules! sends {
    ($async:ident $what:literal) => {
        concat!($what, "; awaiting the builder does the same.")
    };
    ($what:literal) => {
        concat!($what, ".")
    };
}

/// How a job is given up.
#[doc(hidden)]
#[macro_export]
macro_rules! given_up {
    ($async:ident $what:literal) => {
        concat!("Dropping the future gives ", $what, " up.")
    };
    ($what:literal) => {
        concat!("A [`Cancel`](crate::Cancel) gives ", $what, " up from another thread.")
    };
}
