//! How a builder's job begins, and how it is given up.

/// Writes that awaiting a driver's builder does the same as its `send`; nothing for a driver that
/// does not await.
#[doc(hidden)]
#[macro_export]
macro_rules! awaited_face {
    ($builder:ident -> $output:ty) => {};
    ($builder:ident<$output:ident>) => {};
    ($async:ident $await:ident $builder:ident<$output:ident>) => {
        impl<$output: Send + 'static> ::core::future::IntoFuture for $builder<$output> {
            type Output = Result<$output, ::b2_proto::error::Error>;
            type IntoFuture =
                ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
    ($async:ident $await:ident $builder:ident -> $output:ty) => {
        impl ::core::future::IntoFuture for $builder {
            type Output = Result<$output, ::b2_proto::error::Error>;
            type IntoFuture =
                ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// Writes how a driver's builder is told of a token that gives its job up; nothing for a driver
/// whose jobs are futures, since dropping one does that.
#[doc(hidden)]
#[macro_export]
macro_rules! cancel_face {
    ($async:ident $builder:ident$(<$output:ident>)?, $what:literal) => {};
    ($builder:ident$(<$output:ident>)?, $what:literal) => {
        impl$(<$output>)? $builder$(<$output>)? {
            #[doc = concat!("Gives ", $what, " up when `cancel` says so.")]
            pub fn cancel_with(mut self, cancel: &Cancel) -> Self {
                self.client = self.client.cancel_with(cancel);
                self
            }
        }
    };
}
