//! The core without any I/O: requests go to a buffer, answers come from memory.

pub mod canned;
pub mod codecs;
pub mod examples;
pub mod machines;
pub mod operations;
pub mod sync;

use b2_proto::machine::Session;
use b2_proto::machine::session::Credentials;
use b2_proto::op::Grant;
use b2_proto::secret::SecretText;
use b2_proto::wire::text::Text;

/// One thing to measure.
pub struct Case {
    /// What the table calls it.
    pub name: &'static str,
    /// Does it once.
    pub run: Box<dyn FnMut()>,
}

impl core::fmt::Debug for Case {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

impl Case {
    fn new(name: &'static str, run: impl FnMut() + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// A login with texts as long as the service's.
pub fn grant() -> Grant {
    const EXPECT: &str = "shorter than its limit";
    Grant {
        account_id: Text::try_from("a30f20426f0b").expect(EXPECT),
        token: SecretText::new(examples::TOKEN).expect(EXPECT),
        api_url: Text::try_from("https://api005.backblazeb2.example").expect(EXPECT),
        download_url: Text::try_from("https://f005.backblazeb2.example").expect(EXPECT),
        recommended_part_len: b2_proto::limits::PART_LEN_RECOMMENDED,
        part_len_min: b2_proto::limits::PART_LEN_MIN,
    }
}

/// A session that has logged in.
pub fn session() -> Session {
    let realm = "https://backblazeb2.example";
    let credentials = Credentials::new("0014a30f20426f0b0000000001", "K001secret", realm);
    let mut session = Session::new(credentials.expect("credentials of the usual form"), 1);
    session.resume_login(grant());
    session
}
