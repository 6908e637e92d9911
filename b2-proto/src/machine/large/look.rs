//! How a file is looked at after its finish: by its ID, or in the list of versions.
//!
//! A key that only stores may not read files. If it may list them, the list tells the same: the
//! versions of the name, from this one on.

use super::FileId;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::error::ErrorKind;
#[cfg(feature = "alloc")]
use crate::machine::session::Session;
#[cfg(feature = "alloc")]
use crate::model::Capability;
use crate::op::get_file_info::GetFileInfo;
use crate::op::receipt::Receipt;
#[cfg(feature = "alloc")]
use crate::op::{ListFileVersions, file_spec::FileSpec};
use crate::op::{Operation as _, Spec};
use crate::wire::body::WriteJson;
use crate::wire::reply::Reply;

/// Which call looks, and its answer.
#[derive(Debug)]
pub(super) struct Look<R> {
    pub(super) by_id: GetFileInfo<FileId, R>,
    #[cfg(feature = "alloc")]
    in_list: Option<alloc::boxed::Box<ListFileVersions>>,
}

impl<R: Receipt> Look<R> {
    pub(super) const fn new(file_id: FileId) -> Self {
        Self {
            by_id: GetFileInfo::new(file_id),
            #[cfg(feature = "alloc")]
            in_list: None,
        }
    }

    pub(super) fn spec(&self) -> &'static Spec {
        #[cfg(feature = "alloc")]
        if self.in_list.is_some() {
            return &ListFileVersions::SPEC;
        }
        &GetFileInfo::<FileId, R>::SPEC
    }

    pub(super) fn body(&self) -> &dyn WriteJson {
        #[cfg(feature = "alloc")]
        if let Some(list) = &self.in_list {
            return &**list;
        }
        &self.by_id
    }

    /// The file in an answer; nothing when a list has it no more.
    pub(super) fn file<'a>(&self, reply: &Reply<'a>) -> Option<Reply<'a>> {
        #[cfg(feature = "alloc")]
        if self.in_list.is_some() {
            let body = first_row(reply.body, &self.by_id.file_id)?;
            return Some(Reply { body, ..*reply });
        }
        Some(*reply)
    }

    pub(super) fn parse(&self, file: &Reply<'_>) -> Result<R, Error> {
        self.by_id.parse(file)
    }
}

#[cfg(feature = "alloc")]
impl<R: Receipt> Look<R> {
    /// Looks in the list if the login tells that the key may do that and nothing else.
    pub(super) fn begin(&mut self, cx: &Session, spec: &FileSpec<'_>) {
        let may = |capability| permits(cx, &capability);
        if may(Capability::ReadFiles) == Some(false) && may(Capability::ListFiles) == Some(true) {
            self.list(spec);
        }
    }

    /// Looks in the list from now on, if the file itself was refused to the key and it is not known
    /// that the list is too; whether it does.
    pub(super) fn is_refused(&mut self, cx: &Session, spec: &FileSpec<'_>) -> bool {
        let is_refused =
            matches!(cx.fault.error.kind, ErrorKind::Unauthorized | ErrorKind::AccessDenied);
        let may_list = permits(cx, &Capability::ListFiles) != Some(false);
        let does = is_refused && may_list && self.in_list.is_none();
        if does {
            self.list(spec);
        }
        does
    }

    fn list(&mut self, spec: &FileSpec<'_>) {
        let list = ListFileVersions::new(spec.bucket_id)
            .start_at_version(spec.name, self.by_id.file_id.as_str())
            .prefix(spec.name)
            .page_len(1);
        self.in_list = Some(list.into());
    }
}

/// Whether the key has a capability, if that is known.
#[cfg(feature = "alloc")]
fn permits(cx: &Session, capability: &Capability) -> Option<bool> {
    cx.account().map(|account| account.storage_api.allowed.permits(capability))
}

/// The row that a page of versions begins with, if it is of this version.
#[cfg(feature = "alloc")]
fn first_row<'a>(page: &'a [u8], file_id: &str) -> Option<&'a [u8]> {
    let rows = crate::wire::json_read::Json::parse(page).ok()?.get("files")?;
    let row = rows.items().ok()?.next()?;
    let is_it = row.get("fileId").is_some_and(|id| id.is_str(file_id));
    is_it.then(|| row.raw().as_bytes())
}
