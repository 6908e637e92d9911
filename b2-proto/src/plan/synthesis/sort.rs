//! Sorting by where intents begin, equal ones as they came.

use alloc::vec::Vec;

use super::intent::Item;

/// So many are sorted faster by their digits than by comparing them.
const COUNT_MIN: usize = 2_048;
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Sorts items that are in the order of their index.
pub(super) fn by_start(mut items: Vec<Item>) -> Vec<Item> {
    if items.len() < COUNT_MIN {
        items.sort_unstable_by_key(|item| (item.start, item.index));
        return items;
    }
    let last = items.iter().map(|item| item.start).max().unwrap_or(0);
    let mut sorted = items.clone();
    // From the lowest digit on: sorting by a higher one keeps the order of the lower ones.
    for shift in (0..u64::BITS - last.leading_zeros()).step_by(DIGIT_BITS as usize) {
        let digit = |item: &Item| {
            let digit = (item.start >> shift) % DIGITS as u64;
            usize::try_from(digit).unwrap_or(0)
        };
        let mut places = [0; DIGITS];
        items.iter().for_each(|item| places[digit(item)] += 1);
        let mut before = 0;
        for place in &mut places {
            (*place, before) = (before, before + *place);
        }
        for item in &items {
            let place = &mut places[digit(item)];
            sorted[*place] = *item;
            *place += 1;
        }
        core::mem::swap(&mut items, &mut sorted);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::synthesis::Origin;
    use crate::rng::Rng;

    #[test]
    fn digits_sort_as_comparing_does() {
        let mut rng = Rng::from_seed(1);
        for (below, count) in [(1, 3_000), (50, 5_000), (1 << 22, 4_000), (10_u64.pow(13), 20_000)]
        {
            let items: Vec<Item> = (0..count)
                .map(|index| {
                    let start = rng.below(below);
                    Item { start, end: start + 1, index, origin: Origin::Local }
                })
                .collect();
            let mut compared = items.clone();
            compared.sort_by_key(|item| item.start);
            assert_eq!(by_start(items), compared);
        }
    }
}
