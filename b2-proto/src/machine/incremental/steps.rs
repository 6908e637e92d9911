//! What an incremental upload does next.

use super::plan::copy_sizes;
use super::{Base, Cuts, GrownPlan, Incremental, LOOK_SLOT, Large, Stage};
use crate::error::{Error, ErrorKind};
use crate::info::SSE_C_KEY_ID;
use crate::machine::apart::Apart;
use crate::machine::append::{Append, Appended, Comparison, Reason};
use crate::machine::copy::{
    CopyOptions, CopySource, CopyTarget, FileCopy, NamedKey, TargetEncryption,
};
use crate::machine::large::LargeUpload;
use crate::machine::large::cut::{Cut as _, is_source_gone};
use crate::machine::put::{Continue, Put, PutOptions, sizing};
use crate::machine::resume::{Resume, Resumed, Wanted};
use crate::machine::session::{Gate, Session};
use crate::machine::single::Single;
use crate::machine::upload::{Continued, Payload, Reused};
use crate::model::{Capability, ContentSha1, FileVersion, ListEntry};
use crate::op::file_spec::{DescribeFile as _, Encryption};
use crate::op::list_file_names::FileNamesPage;
use crate::op::new_file::NewFile;
use crate::op::{CopyFile, CopyPart, ListFileNames, Operation as _, upload_file};
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

impl Incremental {
    /// Decides what to do first, as far as the session allows; whether something was decided.
    pub(super) fn begin(&mut self, cx: &mut Session) -> bool {
        if let Err(error) = self.check() {
            self.end(Err(error));
            return true;
        }
        let part_len_min = match (cx.gate(), cx.grant()) {
            (Gate::Open(_), Some(grant)) => grant.part_len_min,
            (Gate::Closed, _) => {
                cx.note_no_login();
                self.end(Err(cx.take_error()));
                return true;
            }
            (Gate::Open(_) | Gate::Wait, _) => return false,
        };
        if let Err(error) = cx.check_needs(&self.file.needs()) {
            self.end(Err(error.in_operation(upload_file::SPEC.name)));
            return true;
        }
        // A login that is not known whole is not known to lack anything.
        let allowed = cx.account().map(|account| &account.storage_api.allowed);
        let may = |capability| allowed.is_none_or(|allowed| allowed.permits(&capability));
        if !may(Capability::ListFiles) || !may(Capability::ReadFiles) {
            self.upload_whole(Reused::NotAllowed);
        } else if self.len() < part_len_min {
            self.upload_whole(Reused::Nothing(Reason::TooShort));
        } else {
            let newest = newest(self.file.bucket_id(), self.file.name());
            self.stage = Stage::Looking(Box::new(Single::new(newest).in_slot(LOOK_SLOT)));
        }
        true
    }

    fn check(&self) -> Result<(), Error> {
        self.file.check()?;
        self.payload.check()?;
        if self.payload.can_reread && self.payload.len.is_some() {
            return Ok(());
        }
        Err(Error::invalid("an incremental upload needs a source that can be read again"))
    }

    fn len(&self) -> u64 {
        self.payload.len.unwrap_or(0)
    }

    /// Goes on without what the service has.
    pub(super) fn upload_whole(&mut self, reused: Reused) {
        self.reused = reused;
        let put = Put::new(self.file.clone(), self.payload, self.options.clone());
        self.stage = Stage::Whole(Box::new(Apart(put)));
    }

    /// Whether the version turned out to be gone or other when it was copied.
    pub(super) fn is_refuted(&self, error: &Error) -> bool {
        let is_copy =
            [CopyPart::SPEC, CopyFile::SPEC].iter().any(|spec| spec.name == error.operation);
        match self.stage {
            Stage::Growing(_) => {
                is_copy && (is_source_gone(error) || error.kind == ErrorKind::Corrupted)
            }
            // What one call has copied is there, whatever it is.
            Stage::Copying(_) => is_copy && is_source_gone(error),
            Stage::Undecided
            | Stage::Looking(_)
            | Stage::Comparing(_)
            | Stage::Searching(..)
            | Stage::Whole(_)
            | Stage::Ended(_) => false,
        }
    }

    /// Sends what could not be copied. The unfinished file that was begun is cancelled.
    pub(super) fn upload_instead(&mut self) {
        if let Continue::File(_) = self.options.resume {
            self.options.resume = Continue::Auto;
        }
        self.resumed = Resumed::none(Continued::NotTried);
        self.upload_whole(Reused::Nothing(Reason::Refuted));
    }

    /// Compares the source with the newest version, if that has the name.
    pub(super) fn compare(&mut self, cx: &Session, page: FileNamesPage) {
        let remote = visible(page, self.file.name());
        // Without a login there is another, and then it is looked at again.
        let Some(grant) = cx.grant() else {
            self.stage = Stage::Undecided;
            return;
        };
        let (len, part_len_min) = (self.len(), grant.part_len_min);
        let key = remote.as_ref().and_then(|remote| key_of(remote, &self.file));
        let has_customer_key = key.is_some();
        let mut pieces = Vec::new();
        if let Some(remote) = &remote {
            let mut source = CopySource::of_version(remote);
            if let Some(key) = key {
                source = source.customer_key(key);
            }
            let has_grown = (part_len_min.max(1)..len).contains(&remote.content_length);
            let cuts = || Cuts::new(len, remote.content_length, &self.options, grant);
            // Whether it can be sent whole shows there.
            let Ok(cuts) = has_grown.then(cuts).transpose() else {
                return self.upload_whole(Reused::Nothing(Reason::Limits));
            };
            pieces = cuts.map(|cuts| cuts.lens()).unwrap_or_default();
            let own_sha1 = remote.content_sha1.as_ref().and_then(ContentSha1::digest);
            self.base = Some(Base { source, has_sha1: own_sha1.is_some(), cuts });
        }
        let payload = self.payload;
        let comparison = Comparison { remote, payload, pieces, part_len_min, has_customer_key };
        self.stage = Stage::Comparing(Box::new(Append::new(comparison)));
    }

    pub(super) fn compared(&mut self, appended: Appended) {
        let whole = match &appended {
            Appended::Rest { whole, .. } | Appended::Unchanged { whole } => Some(*whole),
            Appended::All { .. } => None,
        };
        if self.payload.sha1.zip(whole).is_some_and(|(told, is)| told != is) {
            return self.end(Err(Error::invalid("the source has another SHA-1 than was told")));
        }
        self.read_sha1 = whole;
        match (appended, self.base.take()) {
            (
                Appended::Rest { remote_len, pieces, .. },
                Some(Base { source, cuts: Some(cuts), .. }),
            ) => {
                self.reused = Reused::Version { bytes: remote_len };
                let encryption = TargetEncryption::of_new_file(&self.file.spec());
                self.grow(GrownPlan::new(cuts, &source, &encryption, pieces));
            }
            (Appended::Unchanged { .. }, _) if self.file.spec().upload_timestamp_ms.is_some() => {
                self.upload_whole(Reused::Nothing(Reason::UploadTime));
            }
            (Appended::Unchanged { .. }, Some(base)) => self.copy(base),
            (Appended::All { reason }, _) => self.upload_whole(Reused::Nothing(reason)),
            // There is nothing to copy from.
            (Appended::Rest { .. } | Appended::Unchanged { .. }, _) => {
                self.upload_whole(Reused::Nothing(Reason::NoVersion));
            }
        }
    }

    /// The SHA-1 of the file as far as it is known.
    fn sha1(&self) -> Option<Sha1> {
        self.read_sha1.or(self.payload.sha1)
    }

    /// The file in parts, with its SHA-1.
    fn large_file(&self) -> NewFile {
        let mut file = self.file.clone();
        if let Some(sha1) = self.sha1() {
            file.note_large_sha1(sha1);
        }
        file
    }

    /// Copies all of the version.
    fn copy(&mut self, base: Base) {
        self.reused = Reused::Version { bytes: self.len() };
        let file = if base.has_sha1 { self.file.clone() } else { self.large_file() };
        let PutOptions { lanes, leftover, .. } = self.options;
        let sizes = copy_sizes(&self.options);
        let resume = self.options.resume.clone();
        let options = CopyOptions { lanes, sizes, leftover, resume, ..CopyOptions::default() };
        let target = CopyTarget::like(&file);
        self.stage = Stage::Copying(Box::new(FileCopy::new(base.source, target, options)));
    }

    /// Looks for an unfinished file of the same parts, unless that is not wanted.
    fn grow(&mut self, plan: GrownPlan) {
        let file_id = match &self.options.resume {
            Continue::Never => return self.send(plan, Resumed::none(Continued::NotTried)),
            Continue::Auto => None,
            Continue::File(id) => Some(id.clone()),
        };
        let wanted = Wanted {
            file: self.large_file(),
            parts: plan.wanted(),
            source: self.payload.source,
            file_id,
        };
        self.stage = Stage::Searching(Box::new(Resume::new(wanted)), plan);
    }

    pub(super) fn searched(&mut self, resumed: Resumed) {
        let stage = core::mem::replace(&mut self.stage, Stage::Undecided);
        if let Stage::Searching(_, plan) = stage {
            self.send(plan, resumed);
        }
    }

    /// Copies and sends the parts that are not there yet.
    fn send(&mut self, plan: GrownPlan, resumed: Resumed) {
        let payload = Payload { sha1: self.sha1(), ..self.payload };
        let large = large(self.large_file(), payload, plan, &resumed, &self.options);
        self.resumed = resumed;
        self.stage = match large {
            Ok(large) => Stage::Growing(Box::new(large)),
            Err(error) => Stage::Ended(Some(Err(error))),
        };
    }
}

fn large(
    file: NewFile,
    payload: Payload,
    plan: GrownPlan,
    resumed: &Resumed,
    options: &PutOptions,
) -> Result<Large, Error> {
    let lanes = sizing::lanes(plan.parts_max(), plan.longest_sent(), options, false);
    let what = (file, payload, plan);
    let large = LargeUpload::by_lanes(what, lanes, resumed.file_id()?, resumed.stored.clone());
    Ok(large.leftover(options.leftover))
}

/// Asks for the visible version of a name.
pub(crate) fn newest(bucket: &str, name: &str) -> ListFileNames {
    ListFileNames::new(bucket).start_at(name).prefix(name).page_len(1)
}

/// The version that was asked for, if there is one.
pub(crate) fn visible(page: FileNamesPage, name: &str) -> Option<FileVersion> {
    page.files.into_iter().find_map(|entry| match entry {
        ListEntry::File(file) if file.file_name == name => Some(file),
        ListEntry::File(_) | ListEntry::Folder(_) => None,
    })
}

/// The key of a version that is encrypted with the key of the new file, as far as the service or
/// the caller's name for the key tells.
pub(crate) fn key_of(remote: &FileVersion, file: &NewFile) -> Option<NamedKey> {
    let spec = file.spec();
    let Encryption::Customer(key) = spec.encryption else { return None };
    let told = remote.server_side_encryption.as_ref()?.customer_key_md5.as_deref();
    let named = remote.file_info.get(SSE_C_KEY_ID).map(String::as_str);
    let is_it = match told {
        Some(md5) => md5 == key.md5_base64,
        None => named.is_some() && named == key.id,
    };
    match TargetEncryption::of_new_file(&spec) {
        TargetEncryption::Customer(key) if is_it => Some(key),
        TargetEncryption::Customer(_) | TargetEncryption::Default | TargetEncryption::Managed => {
            None
        }
    }
}
