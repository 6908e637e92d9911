//! What holds for every plan.

use core::cmp::Reverse;

use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Origin, Part, Piece, Plan, Priority, Synthesis};
use b2_proto::plan::synthesis::{StreamedPart, SynthesisError};
use proptest::prelude::*;

use crate::oracle::{Legal, check_plan, end};

const PRIORITIES: [Priority; 4] =
    [Priority::Reference, Priority::Local, Priority::Remote, Priority::LocalVerification];

fn sizes() -> impl Strategy<Value = Sizes> {
    (1_u64..6, 0_u64..30, 0_u64..60).prop_map(|(min, more, most)| {
        Sizes::new(min, min + more, min + more + most).expect("as it should be")
    })
}

/// Intents in any order, overlapping and nested, often with a hole.
fn intents() -> impl Strategy<Value = Vec<Intent>> {
    let intent = (any::<bool>(), 0_u64..150, 0_u64..60).prop_map(|(is_local, offset, len)| {
        if is_local { Intent::local(offset, len) } else { Intent::remote(offset, len) }
    });
    proptest::collection::vec(intent, 1..20)
}

/// The same without holes: what is missing is local.
fn covered() -> impl Strategy<Value = Vec<Intent>> {
    intents().prop_map(|mut intents| {
        while let Err(SynthesisError::Hole { from, to }) = hole(&intents) {
            intents.push(Intent::local(from, to - from));
        }
        intents
    })
}

fn sorted() -> impl Strategy<Value = Vec<Intent>> {
    intents().prop_map(|mut intents| {
        intents.sort_by_key(|intent| intent.offset);
        intents
    })
}

/// The first hole, found in the plainest way.
fn hole(intents: &[Intent]) -> Result<(), SynthesisError> {
    let mut intents = intents.to_vec();
    intents.sort_by_key(|intent| intent.offset);
    let mut from = 0;
    for intent in intents {
        if intent.offset > from {
            return Err(SynthesisError::Hole { from, to: intent.offset });
        }
        from = from.max(end(&intent));
    }
    Ok(())
}

fn legal(sizes: &Sizes) -> Legal {
    Legal::of(sizes.min(), sizes.recommended(), sizes.max())
}

fn stream(synthesis: &Synthesis, intents: &[Intent]) -> Result<Vec<StreamedPart>, SynthesisError> {
    synthesis.stream(intents.iter().copied()).collect()
}

fn owned(plan: &Plan) -> Vec<StreamedPart> {
    let own = |part| match part {
        Part::Send(piece) => Part::Send(piece),
        Part::Copy(piece) => Part::Copy(piece),
        Part::Join(pieces) => Part::Join(Box::from(pieces)),
    };
    plan.parts().map(own).collect()
}

/// Where each byte comes from.
fn origins(plan: &Plan) -> Vec<Origin> {
    let pieces = plan.parts().flat_map(|part| part.pieces().to_vec());
    pieces.flat_map(|piece| (0..piece.len).map(move |_| piece.origin)).collect()
}

fn has(intents: &[Intent], origin: Origin, at: u64) -> bool {
    intents.iter().any(|i| i.origin == origin && i.offset <= at && at < end(i))
}

proptest! {
    #[test]
    fn parts_are_legal_and_cover_the_file(sizes in sizes(), intents in intents()) {
        for priority in PRIORITIES {
            let plan = Synthesis::new(sizes).priority(priority).plan(&intents);
            prop_assert_eq!(plan.as_ref().err().copied(), hole(&intents).err());
            if let Ok(plan) = plan {
                prop_assert_eq!(check_plan(&plan, &intents, legal(&plan.sizes())), Ok(()));
            }
        }
    }

    #[test]
    fn the_streaming_form_is_the_planned_form_of_what_it_gets(
        sizes in sizes(), intents in sorted(),
    ) {
        let synthesis = Synthesis::new(sizes);
        let planned = synthesis.in_order(true).plan(&intents);
        let streamed = stream(&synthesis, &intents);
        prop_assert_eq!(streamed.as_ref().err(), planned.as_ref().err());
        if let (Ok(streamed), Ok(planned)) = (streamed, planned) {
            prop_assert_eq!(&streamed, &owned(&planned));
            let mut stream = synthesis.stream(intents.iter().copied());
            prop_assert_eq!(stream.is_large(), Ok(planned.is_large()));
            prop_assert_eq!(stream.next(), streamed.into_iter().next().map(Ok));
            let grown = synthesis.plan(&intents).expect("as before");
            prop_assert_eq!(grown, planned);
        }
    }

    #[test]
    fn the_streaming_form_refuses_what_is_not_in_order(sizes in sizes(), intents in intents()) {
        let synthesis = Synthesis::new(sizes);
        let streamed = stream(&synthesis, &intents);
        let planned = synthesis.in_order(true).plan(&intents);
        let is_sorted = intents.is_sorted_by_key(|intent| intent.offset);
        prop_assert!(is_sorted || streamed.is_err());
        prop_assert_eq!(streamed.err(), planned.err());
    }

    #[test]
    fn the_order_of_the_input_is_no_matter(
        sizes in sizes(), intents in covered(), keys in proptest::collection::vec(any::<u32>(), 40),
    ) {
        // Of several that begin at one place, the order says which come first, as in the reference.
        let mut intents = intents;
        intents.sort_by_key(|intent| (intent.offset, Reverse(intent.len)));
        intents.dedup_by_key(|intent| intent.offset);
        let mut mixed: Vec<(usize, Intent)> = intents.iter().copied().enumerate().collect();
        mixed.sort_by_key(|(index, _)| keys[index % keys.len()]);
        let (from, input): (Vec<usize>, Vec<Intent>) = mixed.into_iter().unzip();
        let synthesis = Synthesis::new(sizes);
        let renamed = |piece: &Piece| {
            let intent = u32::try_from(from[piece.intent as usize]).expect("as it should be");
            Piece { intent, ..*piece }
        };
        let plan = synthesis.plan(&intents).expect("a plan");
        let other = synthesis.plan(&input).expect("a plan");
        prop_assert_eq!(plan.count(), other.count());
        for (one, other) in plan.parts().zip(other.parts()) {
            let other: Vec<Piece> = other.pieces().iter().map(renamed).collect();
            prop_assert_eq!(one.pieces(), &other[..]);
        }
    }

    #[test]
    fn priorities_choose_as_they_say(sizes in sizes(), intents in covered()) {
        let plan = |priority| {
            Synthesis::new(sizes).priority(priority).plan(&intents).expect("there is no hole")
        };
        let local = plan(Priority::Local);
        for (at, origin) in (0..).zip(origins(&local)) {
            let is_local = has(&intents, Origin::Local, at);
            prop_assert_eq!(origin == Origin::Local, is_local, "byte {}", at);
        }
        let remote = plan(Priority::Remote);
        for (at, origin) in (0..).zip(origins(&remote)) {
            prop_assert!(origin == Origin::Remote || has(&intents, Origin::Local, at));
            // Where remote bytes in a row are too few to be copied, local ones may do.
            let run = |step: i64| (0..sizes.min()).take_while(|far| {
                let far = i64::try_from(*far).expect("near");
                let at = at.checked_add_signed(step * far);
                at.is_some_and(|at| has(&intents, Origin::Remote, at))
            }).count() as u64;
            let around = (run(-1) + run(1)).saturating_sub(1);
            prop_assert!(origin == Origin::Remote || around < sizes.min(), "byte {}", at);
        }
        let verified = plan(Priority::LocalVerification);
        prop_assert_eq!(origins(&verified), origins(&remote));
    }

    #[test]
    fn marks_are_on_copies_that_local_data_covers(sizes in sizes(), intents in covered()) {
        for priority in [Priority::Reference, Priority::LocalVerification] {
            let synthesis = Synthesis::new(sizes).priority(priority);
            let plan = synthesis.verify_overlap(true).plan(&intents).expect("as it should be");
            let mut marked = plan.verifications().peekable();
            let mut start = 0;
            for (index, part) in (0..).zip(plan.parts()) {
                let stop = start + part.len();
                let is_covered = (start..stop).all(|at| has(&intents, Origin::Local, at));
                if matches!(part, Part::Copy(_)) && is_covered && stop > start {
                    let (of, pieces) = marked.next().expect("a mark");
                    prop_assert_eq!(of, index);
                    let mut at = start;
                    for piece in pieces {
                        let intent = &intents[piece.intent as usize];
                        prop_assert_eq!(intent.origin, Origin::Local);
                        prop_assert_eq!(intent.offset + piece.offset, at);
                        at += piece.len;
                        prop_assert!(at <= end(intent));
                    }
                    prop_assert_eq!(at, stop);
                }
                start = stop;
            }
            prop_assert_eq!(marked.next(), None);
        }
    }

    #[test]
    fn what_is_copied_and_local_as_well_is_verified_or_told(
        sizes in sizes(), intents in covered(), is_least in any::<bool>(), cut in any::<bool>(),
    ) {
        let priority = if cut { Priority::LocalVerification } else { Priority::Reference };
        let synthesis = Synthesis::new(sizes).priority(priority);
        let plan = |synthesis: Synthesis| match is_least {
            true => synthesis.least_transfer(&intents, &Weights::default()).expect("a plan"),
            false => synthesis.plan(&intents).expect("a plan"),
        };
        let plan = plan(synthesis.verify_overlap(true));
        let (mut covered, mut start) = (0, 0);
        for part in plan.parts() {
            let stop = start + part.len();
            if matches!(part, Part::Copy(_)) {
                let is_local = |at: &u64| has(&intents, Origin::Local, *at);
                covered += (start..stop).filter(is_local).count() as u64;
            }
            start = stop;
        }
        let overlap = plan.overlap().expect("asked for");
        prop_assert_eq!(overlap.verified + overlap.unverified, covered);
        let marked = plan.verifications().flat_map(|(_, pieces)| pieces);
        prop_assert_eq!(overlap.verified, marked.map(|piece| piece.len).sum::<u64>());
        let summary = plan.summary();
        prop_assert_eq!(summary.bytes_verified + summary.bytes_unverified, covered);
    }

    #[test]
    fn sizes_are_raised_until_parts_are_few_enough(
        sizes in sizes(), intents in covered(), parts_max in 2_u32..12,
    ) {
        let free = Synthesis::new(sizes).parts_max(u32::MAX).plan(&intents).expect("a plan");
        match Synthesis::new(sizes).parts_max(parts_max).plan(&intents) {
            Ok(plan) => {
                prop_assert!(plan.count() <= parts_max);
                prop_assert_eq!(check_plan(&plan, &intents, legal(&plan.sizes())), Ok(()));
                prop_assert_eq!(plan.sizes().max(), sizes.max());
                if free.count() <= parts_max {
                    prop_assert!(plan.parts().eq(free.parts()));
                } else {
                    prop_assert!(plan.sizes() != free.sizes());
                }
            }
            Err(error) => {
                prop_assert_eq!(error, SynthesisError::TooManyParts { max: parts_max });
                // Parts of half the maximum would be too many.
                let len = u128::from(free.totals().len);
                prop_assert!(len > u128::from(parts_max - 1) * u128::from(sizes.max() / 2));
            }
        }
    }
}
