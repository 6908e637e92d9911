//! `b2 install-autocomplete` (spec 6.7): teaches a shell to ask this program how lines go on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

use crate::args::{Global, InstallArgs};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) fn run(out: &Out, global: &Global, args: &InstallArgs) -> Result<(), Failure> {
    let by_variable = || {
        let path = PathBuf::from(env::var_os("SHELL").unwrap_or_default());
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let shell = args.shell.clone().unwrap_or_else(by_variable);
    let home = env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home =
        home.ok_or_else(|| Failure::message("HOME is not set, so no shell is found there"))?;
    let program = &global.program;
    let installed = match shell.as_str() {
        "bash" => bash(&home, program),
        "zsh" => zsh(&home, program),
        "fish" => fish(&home, program),
        other => {
            return Err(Failure::message(format_args!(
                "unsupported shell: {other}. Supported shells: ['bash', 'fish', 'zsh']. Use \
                 --shell to specify a target shell manually."
            )));
        }
    };
    installed.map_err(|error| {
        Failure::message(format_args!("the completion of {shell} is not installed: {error}"))
    })?;
    out.say(format_args!("Autocomplete successfully installed for {shell}."))?;
    out.say("You have to restart your shell, or start a new one, for it to work.")
}

fn bash(home: &Path, program: &str) -> io::Result<()> {
    let script = home.join(".bash_completion.d").join(program);
    let name = function(program);
    let text = format!(
        "{name}() {{\n    local IFS=$'\\n'\n    \
         COMPREPLY=($(\"$1\" complete-words bash \"${{COMP_LINE:0:COMP_POINT}}\" 2>/dev/null))\n\
         }}\ncomplete -o nospace -o default -F {name} {program}\n"
    );
    write(&script, &text)?;
    let asked = Command::new("bash")
        .args(["-i", "-c", &format!("complete -p {program}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // A shell that looks into the folder by itself needs no more.
    if asked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let source = format!("source {}", b2_proto::name::Quoted(&script.to_string_lossy()));
    add_section(&home.join(".bashrc"), program, &source)
}

fn zsh(home: &Path, program: &str) -> io::Result<()> {
    let folder = home.join(".zsh").join("completion");
    let name = function(program);
    let text = format!(
        "#compdef {program}\n{name}() {{\n    \
         local asked=\"$($words[1] complete-words zsh \"$LBUFFER\" 2>/dev/null)\"\n    \
         compadd -S '' -- ${{(f)asked}}\n    \
         [[ $compstate[nmatches] -gt 0 ]] || _files\n}}\ncompdef {name} {program}\n"
    );
    write(&folder.join(format!("_{program}")), &text)?;
    let folder = b2_proto::name::Quoted(&folder.to_string_lossy()).to_string();
    let source = format!(
        "fpath=({folder} $fpath)\nautoload -Uz compinit && compinit\nsource {folder}/_{program}"
    );
    add_section(&home.join(".zshrc"), program, &source)
}

fn fish(home: &Path, program: &str) -> io::Result<()> {
    let script = home.join(".config/fish/completions").join(format!("{program}.fish"));
    let text =
        format!("complete -c {program} -a '({program} complete-words fish (commandline -cp))'\n");
    write(&script, &text)
}

/// The name of a shell function for a program.
fn function(program: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("_complete_{}", program.chars().map(allowed).collect::<String>())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

/// Puts a section into a file of a shell, in place of the same section before. What was there is
/// kept beside it.
fn add_section(path: &Path, program: &str, text: &str) -> io::Result<()> {
    let (start, end) =
        (format!("# >>> {program} autocomplete >>>"), format!("# <<< {program} autocomplete <<<"));
    let before = match fs::read_to_string(path) {
        Ok(before) => {
            let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let mut backup = path.as_os_str().to_owned();
            backup.push(format!(".{}.bak", seconds.as_secs()));
            fs::write(backup, &before)?;
            before
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    fs::write(path, with_section(&before, (&start, &end), program, text))
}

fn with_section(before: &str, (start, end): (&str, &str), program: &str, text: &str) -> String {
    let section = format!(
        "{start}\n# This section is managed by {program} . Manual edit may break automated \
         updates.\n{text}\n{end}\n"
    );
    let range = before.find(start).and_then(|from| {
        let to = before.get(from..)?.find(end)? + from + end.len();
        Some((from, to))
    });
    match range {
        Some((from, to)) => {
            let (head, tail) = (before.get(..from), before.get(to..));
            let tail = tail.unwrap_or_default();
            let tail = tail.strip_prefix('\n').unwrap_or(tail);
            format!("{}{section}{tail}", head.unwrap_or_default())
        }
        None if before.is_empty() || before.ends_with('\n') => format!("{before}{section}"),
        None => format!("{before}\n{section}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_same_one() {
        let marks = ("# >>> b2", "# <<< b2");
        let first = with_section("alias x=y", marks, "b2", "source one");
        assert!(first.starts_with("alias x=y\n# >>> b2\n# This section is managed by b2 . "));
        assert!(first.ends_with("\nsource one\n# <<< b2\n"));
        let more = format!("{first}export Z=1\n");
        let second = with_section(&more, marks, "b2", "source two");
        assert!(second.ends_with("source two\n# <<< b2\nexport Z=1\n"), "{second}");
        assert!(second.starts_with("alias x=y\n") && !second.contains("one"), "{second}");
        assert_eq!(function("b2-v4"), "_complete_b2_v4");
    }
}
