//! `b2 license`: under which terms this program is given, and what it is built of (spec 6.7).

use crate::args::LicenseArgs;
use crate::failure::Failure;
use crate::output::Out;

const MIT: &str = include_str!("../../../../LICENSE-MIT");
const APACHE: &str = include_str!("../../../../LICENSE-APACHE");
/// Every package that any part of this project is built of, with its version.
const PACKAGES: &str = include_str!("../../../../Cargo.lock");

pub(crate) fn run(out: &Out, program: &str, args: &LicenseArgs) -> Result<(), Failure> {
    if args.with_packages {
        out.say("Packages of other authors that this project is built of:")?;
        for (name, version) in packages(PACKAGES) {
            out.say(format_args!("{name} {version}"))?;
        }
        out.say("")?;
    }
    out.say(format_args!(
        "{program} license:\nMIT or Apache-2.0, as you choose.\n\n{MIT}\n{APACHE}"
    ))?;
    out.flush()
}

/// Name and version of the packages that come from a registry.
fn packages(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    lock.split("[[package]]").filter(|package| package.contains("\nsource = ")).filter_map(|it| {
        let value = |key: &str| {
            let line = it.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_matches('"'))
        };
        Some((value("name = ")?, value("version = ")?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_others_are_found() {
        let all: Vec<_> = packages(PACKAGES).collect();
        assert!(all.iter().any(|(name, version)| *name == "clap" && version.starts_with('4')));
        assert!(!all.iter().any(|(name, _)| name.starts_with("b2-")));
    }
}
