//! Sets the options of a driver's builders.

/// A driver's builder of a sync with everything that is wanted; its lines go to the list.
#[macro_export]
macro_rules! in_step {
    ($client:expr, $sync:ident, $lines:expr) => {{
        let (lines, stop, stop_at) = ($lines, $sync.stop.clone(), $sync.stop_at);
        let (pause, hold_at) = ($sync.pause.clone(), $sync.hold_at);
        let onlooker = move |event: &_| {
            let line = $crate::in_step::line(event);
            let is_at = |at: Option<&str>| at.is_some() && line.as_deref() == at;
            if is_at(stop_at) {
                stop.iter().for_each(|stop| stop.stop());
            }
            if is_at(hold_at) {
                pause.iter().for_each(|pause| pause.hold());
            }
            let mut lines = lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            lines.extend(line);
        };
        let builder = $client.sync($sync.source, $sync.destination);
        let mut builder = builder.files_at_once(1).on_event(onlooker);
        ($sync.change)(builder.options_mut());
        if let Some(stop) = &$sync.stop {
            builder = builder.stop_with(stop);
        }
        if let Some(pause) = &$sync.pause {
            builder = builder.pause_with(pause);
        }
        if $sync.skip_symlinks {
            builder = builder.skip_symlinks();
        }
        if let Some(ms) = $sync.as_of_ms {
            builder = builder.as_of_ms(ms);
        }
        if $sync.dry_run {
            builder = builder.dry_run();
        }
        if let Some(filter) = $sync.filter {
            builder = builder.filter(filter);
        }
        if let Some(storing) = $sync.storing {
            builder = builder.provider(storing);
        }
        builder
    }};
}

/// A driver's builder of a file with everything that is wanted.
#[macro_export]
macro_rules! built {
    ($driver:ident, $bucket:expr, $name:ident, $build:ident) => {{
        use $crate::build::Bytes;
        let mut builder = match ($build.is_concatenation, $build.is_stream) {
            (false, false) => $bucket.create_file($name),
            (false, true) => {
                $bucket.create_file($name).stream($crate::streamed!($driver, $build.bytes))
            }
            (true, true) => {
                $bucket.concatenate_stream($name, $crate::streamed!($driver, $build.bytes))
            }
            (true, false) => {
                let intents = $crate::streamed!($driver, $build.bytes);
                $bucket.concatenate($name, intents.map(|it| it.expect("no stream")))
            }
        };
        for bytes in $build.bytes {
            builder = match bytes {
                Bytes::Append(bytes) => builder.append(bytes),
                Bytes::Write(offset, bytes) => builder.write(offset, bytes),
                Bytes::Ranges(path, ranges) => builder.write_ranges(path, ranges),
                Bytes::AppendCopy(source) => builder.append_copy(source),
                Bytes::Copy(offset, source) => builder.copy(offset, source),
                Bytes::Wait(_) | Bytes::Failure(_) => panic!("only streams have these"),
            };
        }
        if $build.least_transfer {
            builder = builder.least_transfer();
        }
        if $build.verify_overlap {
            builder = builder.verify_overlap();
        }
        if $build.no_continue {
            builder = builder.no_continue();
        }
        if $build.one_pass {
            builder = builder.one_pass();
        }
        $crate::apply!(
            builder, $build: encryption, sha1, priority, part_len, part_len_min, lanes,
            leftover, continue_from, progress, large_file_started,
        );
        builder
    }};
}

/// An iterator of the driver's intents, which takes the list of bytes.
#[macro_export]
macro_rules! streamed {
    ($driver:ident, $bytes:expr) => {{
        use $crate::build::Bytes;
        use $driver::{Intent, Source};
        let intents = |bytes| match bytes {
            Bytes::Append(bytes) => vec![Ok(Intent::append(bytes))],
            Bytes::Write(offset, bytes) => vec![Ok(Intent::write(offset, bytes))],
            Bytes::Ranges(path, ranges) => {
                let part = |range| Source::part_of(path.clone(), range);
                let each = |(offset, range)| Ok(Intent::write(offset, part(range)));
                ranges.into_iter().map(each).collect()
            }
            Bytes::AppendCopy(source) => vec![Ok(Intent::append_copy(source))],
            Bytes::Copy(offset, source) => vec![Ok(Intent::copy(offset, source))],
            Bytes::Wait(wait) => {
                wait();
                Vec::new()
            }
            Bytes::Failure(text) => vec![Err(std::io::Error::other(text))],
        };
        core::mem::take(&mut $bytes).into_iter().flat_map(intents)
    }};
}

/// Calls the builder's method of that name for each option that is set.
#[macro_export]
macro_rules! apply {
    ($builder:ident, $options:ident: $($option:ident),* $(,)?) => {
        $(
            if let Some(value) = $options.$option {
                $builder = $builder.$option(value);
            }
        )*
    };
}
