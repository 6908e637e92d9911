//! Where Backblaze's own tools keep a login, and so do these (behaviour g.2).
//!
//! The environment and the look at the disk are arguments, so that the rules can be tried out and
//! nothing reads them unasked.

use core::fmt;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use b2_proto::error::{Error as ProtoError, ErrorKind};

/// The variable that names the file.
pub const FILE_VARIABLE: &str = "B2_ACCOUNT_INFO";
/// The variable that names the folder for settings.
pub const CONFIG_VARIABLE: &str = "XDG_CONFIG_HOME";

/// Longest name of a profile.
const PROFILE_LEN_MAX: usize = 64;
/// The file of those who came before the folder for settings.
const LEGACY_FILE: &str = ".b2_account_info";

/// A place for an account store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The database.
    pub path: PathBuf,
    /// Whether its folder belongs to it, and is made when it is missing.
    pub owns_folder: bool,
}

/// Which place is asked for. The default is the usual one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Choice<'a> {
    /// This file, whatever the environment says.
    pub file: Option<&'a Path>,
    /// The file of this profile; an empty name is none.
    pub profile: Option<&'a str>,
}

/// Why there is no place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LocationError {
    /// The name of the profile has other characters than letters, digits, `_` and `-`, or more
    /// than 64.
    InvalidProfile(String),
    /// Both a file and a profile are named.
    FileAndProfile,
    /// Both the variable `B2_ACCOUNT_INFO` and a profile are there.
    VariableAndProfile,
    /// The variable `B2_ACCOUNT_INFO` is there, with no text.
    EmptyVariable,
    /// No variable tells the home folder.
    NoHome,
}

/// What a system has for settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Convention {
    /// The folder `~/.config`, as the XDG specification says.
    Xdg,
    /// Hidden files in the home folder: Windows and macOS.
    Home,
}

impl Convention {
    /// That of the system this runs on.
    pub const HERE: Self =
        if cfg!(any(windows, target_os = "macos")) { Self::Home } else { Self::Xdg };
}

impl<'a> Choice<'a> {
    /// The usual place, or that of a profile.
    pub const fn profile(profile: Option<&'a str>) -> Self {
        Self { file: None, profile }
    }
}

impl Location {
    /// The place on this system; `variable` reads the environment, as [`std::env::var_os`] does.
    ///
    /// # Errors
    /// See [`LocationError`].
    pub fn find(
        choice: Choice<'_>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, LocationError> {
        Self::find_on(Convention::HERE, choice, &variable, &|path| path.exists())
    }

    /// The place by the rules of `convention`; `exists` looks whether a file is there.
    ///
    /// # Errors
    /// See [`LocationError`].
    pub fn find_on(
        convention: Convention,
        choice: Choice<'_>,
        variable: &dyn Fn(&str) -> Option<OsString>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, LocationError> {
        let profile = choice.profile.filter(|name| !name.is_empty());
        check_profile(profile)?;
        if let Some(file) = choice.file {
            none(profile, LocationError::FileAndProfile)?;
            return named(file, variable);
        }
        if let Some(file) = variable(FILE_VARIABLE) {
            none(profile, LocationError::VariableAndProfile)?;
            let file = Some(file).filter(|file| !file.is_empty());
            return named(Path::new(&file.ok_or(LocationError::EmptyVariable)?), variable);
        }
        let config = variable(CONFIG_VARIABLE);
        let home = home(variable);
        if let Some(home) = &home {
            let legacy = home.join(legacy_name(profile));
            if exists(&legacy) {
                return Ok(Self { path: legacy, owns_folder: false });
            }
        }
        if config.is_some() || convention == Convention::Xdg {
            let config = match config.filter(|config| !config.is_empty()) {
                Some(config) => expand(Path::new(&config), variable)?,
                None => home.ok_or(LocationError::NoHome)?.join(".config"),
            };
            let name =
                profile.map_or_else(|| "account_info".to_owned(), |p| format!("db-{p}.sqlite"));
            return Ok(Self { path: config.join("b2").join(name), owns_folder: true });
        }
        let home = home.ok_or(LocationError::NoHome)?;
        Ok(Self { path: home.join(legacy_name(profile)), owns_folder: false })
    }
}

fn legacy_name(profile: Option<&str>) -> String {
    profile.map_or_else(|| LEGACY_FILE.to_owned(), |name| format!(".b2db-{name}.sqlite"))
}

fn named(
    file: &Path,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Location, LocationError> {
    Ok(Location { path: expand(file, variable)?, owns_folder: false })
}

fn none(profile: Option<&str>, error: LocationError) -> Result<(), LocationError> {
    profile.map_or(Ok(()), |_| Err(error))
}

/// The reference tests only how the name begins, which lets `a/../b` through (defect G1).
fn check_profile(profile: Option<&str>) -> Result<(), LocationError> {
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    match profile {
        Some(name) if name.len() > PROFILE_LEN_MAX || !name.bytes().all(is_legal) => {
            Err(LocationError::InvalidProfile(name.to_owned()))
        }
        _ => Ok(()),
    }
}

/// A leading `~` stands for the home folder; that of another user is not looked up.
fn expand(
    path: &Path,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, LocationError> {
    match path.strip_prefix("~") {
        Ok(rest) => Ok(home(variable).ok_or(LocationError::NoHome)?.join(rest)),
        Err(_) => Ok(path.to_owned()),
    }
}

fn home(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let names = if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
    let mut homes = names.iter().filter_map(|name| variable(name));
    homes.find(|home| !home.is_empty()).map(PathBuf::from)
}

impl fmt::Display for LocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidProfile(name) => {
                write!(f, "Invalid profile name: {}", b2_proto::name::Hexed(name))
            }
            Self::FileAndProfile => f.write_str("Provide either a file or a profile, not both"),
            Self::VariableAndProfile => {
                write!(f, "Provide either {FILE_VARIABLE} env var or profile, not both")
            }
            Self::EmptyVariable => {
                write!(f, "The variable {FILE_VARIABLE} is empty; name a file or remove it")
            }
            Self::NoHome => {
                write!(f, "No home folder to keep a login in; set {FILE_VARIABLE} to a file")
            }
        }
    }
}

impl core::error::Error for LocationError {}

impl From<LocationError> for ProtoError {
    fn from(error: LocationError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place with these variables, where these files exist.
    fn place(
        convention: Convention,
        choice: Choice<'_>,
        variables: &[(&str, &str)],
        files: &[&str],
    ) -> Result<(String, bool), LocationError> {
        let variable = |name: &str| {
            let mut found = variables.iter().filter(|(each, _)| *each == name);
            found.next().map(|(_, value)| OsString::from(value))
        };
        let exists = |path: &Path| files.iter().any(|file| Path::new(file) == path);
        Location::find_on(convention, choice, &variable, &exists)
            .map(|found| (found.path.to_string_lossy().replace('\\', "/"), found.owns_folder))
    }

    /// With the home folder `/h` on a system with XDG folders.
    #[track_caller]
    fn check(profile: &str, variables: &[(&str, &str)], files: &[&str], want: (&str, bool)) {
        let variables: Vec<_> = [("HOME", "/h")].iter().chain(variables).copied().collect();
        let choice = Choice::profile(Some(profile));
        let found = place(Convention::Xdg, choice, &variables, files);
        assert_eq!(found, Ok((want.0.to_owned(), want.1)));
    }

    #[test]
    fn the_folder_for_settings_is_the_usual_place() {
        let xdg = [("XDG_CONFIG_HOME", "/x")];
        check("", &[], &[], ("/h/.config/b2/account_info", true));
        check("work", &[], &[], ("/h/.config/b2/db-work.sqlite", true));
        check("", &xdg, &[], ("/x/b2/account_info", true));
        check("a-B_9", &xdg, &[], ("/x/b2/db-a-B_9.sqlite", true));
        check("", &[("XDG_CONFIG_HOME", "")], &[], ("/h/.config/b2/account_info", true));
        check("", &[("XDG_CONFIG_HOME", "~/c")], &[], ("/h/c/b2/account_info", true));
    }

    #[test]
    fn files_that_were_there_before_stay_in_use() {
        let files = ["/h/.b2_account_info", "/h/.b2db-work.sqlite"];
        let xdg = [("XDG_CONFIG_HOME", "/x")];
        check("", &xdg, &files, ("/h/.b2_account_info", false));
        check("work", &xdg, &files, ("/h/.b2db-work.sqlite", false));
        check("other", &xdg, &files, ("/x/b2/db-other.sqlite", true));
    }

    #[test]
    fn a_file_can_be_named() {
        let files = ["/h/.b2_account_info"];
        check("", &[("B2_ACCOUNT_INFO", "/a/b")], &files, ("/a/b", false));
        check("", &[("B2_ACCOUNT_INFO", "~/b")], &files, ("/h/b", false));
        check("", &[("B2_ACCOUNT_INFO", "~root/b")], &files, ("~root/b", false));
        let variables = [("B2_ACCOUNT_INFO", "/a/b")];
        let given = Choice { file: Some(Path::new("c")), profile: Some("") };
        let found = place(Convention::Xdg, given, &variables, &files);
        assert_eq!(found, Ok(("c".to_owned(), false)));
    }

    #[test]
    fn without_a_folder_for_settings_it_is_the_home_folder() {
        let in_home = |profile, variables: &[_]| {
            place(Convention::Home, Choice::profile(profile), variables, &[])
        };
        let home = [("HOME", "/h")];
        assert_eq!(in_home(None, &home), Ok(("/h/.b2_account_info".to_owned(), false)));
        assert_eq!(in_home(Some("p"), &home), Ok(("/h/.b2db-p.sqlite".to_owned(), false)));
        let xdg = [("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")];
        assert_eq!(in_home(None, &xdg), Ok(("/x/b2/account_info".to_owned(), true)));
        assert_eq!(in_home(None, &[]), Err(LocationError::NoHome));
    }

    #[test]
    fn what_is_no_place_is_told() {
        let fails = |choice: Choice<'_>, variables: &[_]| {
            place(Convention::Xdg, choice, variables, &[]).expect_err("no place")
        };
        let profile = |name| Choice::profile(Some(name));
        let long = "p".repeat(65);
        for name in ["a/b", "a/../b", "é", "a b", ".", &long] {
            let error = fails(profile(name), &[("HOME", "/h")]);
            assert_eq!(error, LocationError::InvalidProfile(name.to_owned()));
        }
        let both = fails(profile("p"), &[("B2_ACCOUNT_INFO", "")]);
        let text = "Provide either B2_ACCOUNT_INFO env var or profile, not both";
        assert_eq!(both.to_string(), text);
        let given = Choice { file: Some(Path::new("f")), profile: Some("p") };
        assert_eq!(fails(given, &[]), LocationError::FileAndProfile);
        let empty = fails(Choice::default(), &[("B2_ACCOUNT_INFO", "")]);
        assert_eq!(empty, LocationError::EmptyVariable);
        assert_eq!(fails(Choice::default(), &[]), LocationError::NoHome);
        let tilde = [("XDG_CONFIG_HOME", "~/c")];
        assert_eq!(fails(Choice::default(), &tilde), LocationError::NoHome);
    }
}
