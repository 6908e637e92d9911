//! One budget of bytes for the buffers of all jobs.
//!
//! A job that reads a source into buffers cannot go on without the room for a part, and two jobs
//! that each hold half of what one needs would wait for each other for ever. So the room a job
//! needs is reserved all at once, in the order in which jobs ask, before it reads; what it takes
//! beyond that it takes only while nobody waits. A job that needs a larger reservation, because
//! its parts have grown, gives up the one it has and asks anew once its buffers are empty: nobody
//! who waits for a reservation holds anything, so nobody waits for ever.

use crate::id::BufferId;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Bytes of all buffers unless something else is set: 64 MiB.
pub const BUFFERS_LEN: u64 = 64 * 1024 * 1024;

/// Who has how much of the budget. Jobs are told apart by a number.
#[derive(Debug)]
pub(crate) struct Buffers {
    total: u64,
    accounts: Vec<Account>,
    /// Who waits for a reservation, and how large it must be.
    queue: VecDeque<(u32, u64)>,
}

#[derive(Debug)]
struct Account {
    job: u32,
    reserved: u64,
    slots: Vec<(BufferId, u64)>,
}

/// Whether a buffer may be filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Room {
    /// Now.
    Now,
    /// When others have released something.
    Later,
    /// The whole budget is too small.
    Never,
}

impl Account {
    fn held(&self) -> u64 {
        self.slots.iter().map(|(_, len)| len).sum()
    }

    /// Bytes nobody else can have.
    fn claimed(&self) -> u64 {
        self.held().max(self.reserved)
    }

    fn len_of(&self, slot: BufferId) -> u64 {
        self.slots.iter().find(|(id, _)| *id == slot).map_or(0, |(_, len)| *len)
    }
}

impl Buffers {
    pub(crate) const fn new(total: u64) -> Self {
        Self { total, accounts: Vec::new(), queue: VecDeque::new() }
    }

    /// Bytes of all buffers together.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    pub(crate) const fn set_total(&mut self, total: u64) {
        self.total = total;
    }

    /// Whether nobody has or wants anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.queue.is_empty()
    }

    /// Bytes in buffers.
    pub(crate) fn held(&self) -> u64 {
        self.accounts.iter().map(Account::held).sum()
    }

    fn spare(&self) -> u64 {
        let claimed = self.accounts.iter().map(Account::claimed).sum();
        self.total.saturating_sub(claimed)
    }

    /// Whether `job` may fill `slot` with `len` bytes. It must be able to hold `needs` bytes at
    /// the same time to get anywhere.
    pub(crate) fn ask(&mut self, job: u32, slot: BufferId, len: u64, needs: u64) -> Room {
        let needs = needs.max(len);
        if needs > self.total {
            return Room::Never;
        }
        if let Some(account) = self.accounts.iter().find(|account| account.job == job) {
            let others = account.held() - account.len_of(slot);
            if others + len <= account.reserved {
                return Room::Now;
            }
            if others > 0 {
                let more = (others + len).saturating_sub(account.claimed());
                let is_free = self.queue.is_empty() && more <= self.spare();
                return if is_free { Room::Now } else { Room::Later };
            }
        }
        self.reserve(job, needs)
    }

    /// Reserves room for a job that holds nothing, when its turn has come.
    fn reserve(&mut self, job: u32, needs: u64) -> Room {
        self.accounts.retain(|account| account.job != job);
        match self.queue.iter_mut().find(|(waiting, _)| *waiting == job) {
            Some(place) => place.1 = needs,
            None => self.queue.push_back((job, needs)),
        }
        if self.next() != Some(job) {
            return Room::Later;
        }
        self.queue.pop_front();
        self.accounts.push(Account { job, reserved: needs, slots: Vec::new() });
        Room::Now
    }

    /// The job whose turn it is to reserve what it needs, if there is room for that.
    pub(crate) fn next(&self) -> Option<u32> {
        self.queue.front().filter(|(_, needs)| *needs <= self.spare()).map(|(job, _)| *job)
    }

    /// A buffer is filled with so many bytes.
    pub(crate) fn fill(&mut self, job: u32, slot: BufferId, len: u64) {
        let Some(account) = self.accounts.iter_mut().find(|account| account.job == job) else {
            return;
        };
        match account.slots.iter_mut().find(|(id, _)| *id == slot) {
            Some(place) => place.1 = len,
            None => account.slots.push((slot, len)),
        }
    }

    /// The source of a job has ended: it will fill no further buffer.
    pub(crate) fn ended(&mut self, job: u32) {
        if let Some(account) = self.accounts.iter_mut().find(|account| account.job == job) {
            account.reserved = 0;
        }
    }

    /// A buffer is empty again.
    pub(crate) fn release(&mut self, job: u32, slot: BufferId) {
        if let Some(account) = self.accounts.iter_mut().find(|account| account.job == job) {
            account.slots.retain(|(id, _)| *id != slot);
        }
    }

    /// A job does not want to reserve anything any more; whether it did.
    pub(crate) fn leave(&mut self, job: u32) -> bool {
        let before = self.queue.len();
        self.queue.retain(|(waiting, _)| *waiting != job);
        before != self.queue.len()
    }

    /// A job is gone, and all it had; whether that was anything.
    pub(crate) fn close(&mut self, job: u32) -> bool {
        let before = self.accounts.len();
        self.accounts.retain(|account| account.job != job);
        self.leave(job) || before != self.accounts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn slot(number: u16) -> BufferId {
        BufferId(number)
    }

    #[test]
    fn what_is_needed_is_reserved_at_once_and_in_order() {
        let mut buffers = Buffers::new(100);
        assert_eq!(buffers.ask(1, slot(0), 30, 60), Room::Now);
        assert_eq!(buffers.ask(2, slot(0), 30, 60), Room::Later);
        assert_eq!(buffers.ask(3, slot(0), 10, 10), Room::Later, "it would fit, but came later");
        buffers.fill(1, slot(0), 30);
        assert_eq!(buffers.ask(1, slot(1), 30, 30), Room::Now, "reserved");
        buffers.fill(1, slot(1), 30);
        assert_eq!(buffers.ask(1, slot(2), 30, 30), Room::Later, "somebody waits for it");
        assert_eq!(buffers.next(), None);
        assert!(buffers.close(1));
        assert_eq!(buffers.next(), Some(2));
        assert_eq!(buffers.ask(3, slot(0), 10, 10), Room::Later);
        assert_eq!(buffers.ask(2, slot(0), 30, 60), Room::Now);
        assert_eq!(buffers.ask(3, slot(0), 10, 10), Room::Now);
        assert_eq!(buffers.ask(4, slot(0), 101, 0), Room::Never);
    }

    #[test]
    fn a_source_that_has_ended_keeps_only_what_it_gave() {
        let mut buffers = Buffers::new(100);
        assert_eq!(buffers.ask(1, slot(0), 50, 100), Room::Now);
        buffers.fill(1, slot(0), 3);
        assert_eq!(buffers.ask(2, slot(0), 50, 90), Room::Later);
        buffers.ended(1);
        assert_eq!(buffers.ask(2, slot(0), 50, 90), Room::Now);
        assert_eq!(buffers.held(), 3);
    }

    #[test]
    fn what_is_left_may_be_used_while_nobody_waits() {
        let mut buffers = Buffers::new(100);
        assert_eq!(buffers.ask(1, slot(0), 20, 20), Room::Now);
        for number in 0..5 {
            assert_eq!(buffers.ask(1, slot(number), 20, 20), Room::Now);
            buffers.fill(1, slot(number), 20);
        }
        assert_eq!(buffers.ask(1, slot(5), 20, 20), Room::Later);
        assert_eq!(buffers.ask(1, slot(4), 20, 20), Room::Now, "in place of the same buffer");
    }

    /// A job that needs `needs` bytes to begin, then fills buffers that grow, up to `lanes` at a
    /// time.
    #[derive(Clone, Debug)]
    struct Job {
        needs: u64,
        left: u32,
        lanes: u16,
        growth: u64,
        len: u64,
        full: Vec<BufferId>,
    }

    impl Job {
        /// Does what can be done; whether that was anything.
        fn step(&mut self, number: u32, buffers: &mut Buffers, sends: bool) -> bool {
            let free = (0..self.lanes).map(BufferId).find(|id| !self.full.contains(id));
            if let Some(slot) = free.filter(|_| self.left > 0) {
                match buffers.ask(number, slot, self.len, self.needs) {
                    Room::Now => {
                        buffers.fill(number, slot, self.len);
                        self.full.push(slot);
                        self.left -= 1;
                        self.len = (self.len + self.growth).min(buffers.total());
                        self.needs = 0;
                        return true;
                    }
                    Room::Later => {}
                    Room::Never => panic!("it fits"),
                }
            }
            if sends && let Some(slot) = self.full.pop() {
                buffers.release(number, slot);
                return true;
            }
            self.left == 0 && self.full.is_empty() && buffers.close(number)
        }
    }

    fn jobs() -> impl Strategy<Value = Vec<Job>> {
        let job = (1_u64..=100, 1_u64..=50, 0_u64..30, 1_u32..20, 1_u16..5).prop_map(
            |(needs, len, growth, left, lanes)| Job {
                needs: needs.max(len),
                left,
                lanes,
                growth,
                len,
                full: Vec::new(),
            },
        );
        proptest::collection::vec(job, 1..8)
    }

    /// Whose turn it is, and whether a part of it is stored then.
    fn turns() -> impl Strategy<Value = Vec<(prop::sample::Index, bool)>> {
        proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..50)
    }

    proptest! {
        /// Whatever jobs there are and in whatever order they come: all end, and the buffers are
        /// never more than the budget.
        #[test]
        fn jobs_do_not_wait_for_each_other_for_ever(
            mut jobs in jobs(),
            turns in turns(),
        ) {
            let mut buffers = Buffers::new(100);
            for (index, sends) in turns.iter().cycle().take(5_000) {
                let at = index.index(jobs.len());
                jobs[at].step(u32::try_from(at).expect("few"), &mut buffers, *sends);
                prop_assert!(buffers.held() <= 100);
            }
            // From here on everybody has turns.
            let mut is_moving = true;
            while is_moving {
                is_moving = false;
                for (number, job) in (0..).zip(&mut jobs) {
                    is_moving |= job.step(number, &mut buffers, true);
                    prop_assert!(buffers.held() <= 100);
                }
                is_moving |= buffers.next().is_some();
            }
            prop_assert!(jobs.iter().all(|job| job.left == 0 && job.full.is_empty()));
            prop_assert!(buffers.accounts.is_empty() && buffers.queue.is_empty());
        }
    }
}
