//! Contract 4: no job uses the ID of a request again, so that no answer is taken for another one.

use std::collections::BTreeSet;

use b2_proto::id::ReqId;

use crate::who::Who;

/// All that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Ids(BTreeSet<(Who, ReqId)>);

impl Ids {
    /// Something is asked for, of the service or of the driver.
    pub(crate) fn used(&mut self, who: Who, id: ReqId) {
        assert!(self.0.insert((who, id)), "rule 4: {who:?} uses {id:?} again");
    }
}
