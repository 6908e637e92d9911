//! The options of jobs that may make a large file of parts.

/// Writes how many parts go at the same time, and what of an unfinished large file is continued or
/// left, for a builder with these options in `spec.options`. `$what` is what it does, `$others`
/// what others may be doing to the file, and the attributes tell what is continued unasked.
#[doc(hidden)]
#[macro_export]
macro_rules! parts_face {
    ($builder:ident, $what:literal, $others:literal, $(#[$unasked:meta])*) => {
        impl $builder {
            /// Most parts at the same time, between 1 and 64, in place of the client's setting.
            pub fn lanes(mut self, count: u16) -> Self {
                self.spec.options.lanes = count.clamp(1, $crate::face::LANES_MAX);
                self
            }

            /// Continues this unfinished large file and no other. It is an error if it is not
            #[doc = concat!("there, is not of this ", $what, ", or others ", $others, ".")]
            pub fn continue_from(mut self, file_id: impl Into<::b2_proto::model::FileId>) -> Self {
                self.spec.options.resume = ::b2_proto::machine::put::Continue::File(file_id.into());
                self
            }

            $(#[$unasked])*
            pub fn no_continue(mut self) -> Self {
                self.spec.options.resume = ::b2_proto::machine::put::Continue::Never;
                self
            }

            #[doc = concat!("What becomes of an unfinished large file when the ", $what, " fails")]
            /// or is given up.
            pub const fn leftover(
                mut self,
                leftover: ::b2_proto::machine::large::Leftover,
            ) -> Self {
                self.spec.options.leftover = leftover;
                self
            }
        }
    };
}
