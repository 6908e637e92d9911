//! Which way a file goes up, as soon as that is known.

use super::opening::{Found, Opening};
use super::preparing::{Prepared, Preparing};
use super::{Continue, Large, Put, Stage, sizing};
use crate::error::Error;
use crate::limits::PARTS_MAX;
use crate::machine::Input;
use crate::machine::large::LargeUpload;
use crate::machine::large::cut::Cut as _;
use crate::machine::session::Session;
use crate::machine::upload::{Payload, Upload};
use crate::op::Grant;
use crate::op::new_file::NewFile;
use crate::op::receipt::Receipt;
use alloc::boxed::Box;

impl<R: Receipt> Put<R> {
    pub(super) fn decide_form(&mut self, grant: &Grant) {
        let stage = core::mem::replace(&mut self.stage, Stage::Ended(None));
        let Stage::Undecided(file) = stage else {
            self.stage = stage;
            return;
        };
        self.stage = match self.form(file, grant) {
            Ok(stage) => stage,
            Err(error) => Stage::Ended(Some(error)),
        };
    }

    fn form(&self, file: NewFile, grant: &Grant) -> Result<Stage<R>, Error> {
        let options = &self.options;
        let is_buffered = !self.payload.can_reread;
        let plan = match self.payload.len {
            Some(len) if is_buffered => sizing::stream(len, options, grant)?,
            Some(len) => sizing::seekable(len, options, grant)?,
            None if is_buffered => {
                self.check_new()?;
                let plan = sizing::unbounded(options, grant)?;
                return Ok(Stage::Opening(Opening::new(file, plan)));
            }
            None => return Err(Error::invalid("how long is the source that can be read again?")),
        };
        if plan.is_large() {
            let preparing = Preparing::new(file, self.payload, plan, options);
            return Ok(Stage::Preparing(Box::new(preparing)));
        }
        self.check_new()?;
        Ok(Stage::Small(Box::new(Upload::new(file, self.payload))))
    }

    /// Nobody would read past the bytes of the parts that are there.
    pub(super) fn check_source(&self) -> Result<(), Error> {
        match self.options.resume {
            Continue::File(_) if !self.payload.can_reread => {
                Err(Error::invalid("a source that is read once cannot continue a large file"))
            }
            Continue::File(_) | Continue::Auto | Continue::Never => Ok(()),
        }
    }

    /// Only a file in parts of known lengths can be continued.
    fn check_new(&self) -> Result<(), Error> {
        match self.options.resume {
            Continue::File(_) => {
                let message = "only a file in parts, of known length, continues another";
                Err(Error::invalid(message))
            }
            Continue::Auto | Continue::Never => Ok(()),
        }
    }

    /// The upload in parts, when all is known that is needed.
    fn prepared(&self, prepared: Prepared) -> Result<Large<R>, Error> {
        let Prepared { file, payload, plan, resumed } = prepared;
        let (file_id, options) = (resumed.file_id()?, &self.options);
        let is_buffered = !payload.can_reread;
        let lanes = sizing::lanes(plan.parts_max(), plan.longest(), options, is_buffered);
        let what = (file, payload, plan);
        let large = LargeUpload::by_lanes(what, lanes, file_id, resumed.stored);
        Ok(large.leftover(options.leftover))
    }

    /// What a source of unknown length has turned out to be.
    fn opened(&self, cx: &mut Session, opening: Opening, found: Found) -> Stage<R> {
        let Opening { mut file, plan, lanes } = opening;
        match found {
            Found::Failed => Stage::Ended(Some(cx.take_error())),
            Found::Small { len, sha1 } => {
                let payload = Payload { len: Some(len), ..self.payload };
                Stage::Small(Box::new(Upload::of_buffer(file, payload, sha1)))
            }
            Found::Large => {
                self.note_sha1(&mut file);
                let digests = alloc::vec![None; usize::from(PARTS_MAX)];
                let large = LargeUpload::new(file, self.payload, plan, digests, lanes);
                Stage::Stream(Box::new(large.leftover(self.options.leftover)))
            }
        }
    }

    fn note_sha1(&self, file: &mut NewFile) {
        if let Some(sha1) = self.payload.sha1 {
            file.note_large_sha1(sha1);
        }
    }

    /// Goes on once everything is prepared.
    pub(super) fn note_prepared(&mut self) {
        let Stage::Preparing(preparing) = &mut self.stage else { return };
        let Some(prepared) = preparing.take() else { return };
        let large = prepared.and_then(|prepared| {
            self.continued = prepared.resumed.continued;
            self.prepared(prepared)
        });
        self.stage = match large {
            Ok(large) => Stage::Large(Box::new(large)),
            Err(error) => Stage::Ended(Some(error)),
        };
    }

    pub(super) fn handle_opening(&mut self, cx: &mut Session, input: &Input<'_>) {
        let Stage::Opening(opening) = &mut self.stage else { return };
        let Some(found) = opening.handle(cx, input) else { return };
        if let Stage::Opening(opening) = core::mem::replace(&mut self.stage, Stage::Ended(None)) {
            self.stage = self.opened(cx, opening, found);
        }
    }
}
