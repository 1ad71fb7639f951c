//! One line of a history: which instruction it was, with what.

use plimsoll_model::{Evidence, History};

/// Instructions of Dockerfiles (Dockerfile reference).
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// One step of how an image was built.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// Its number in the history, from 0.
    pub number: usize,
    /// The layer it made, or the one before.
    pub layer: u32,
    /// Did it make the first layer?
    first_layer: bool,
    /// `RUN`, `ADD`, …; empty when it is none of Docker's.
    pub keyword: &'a str,
    /// What stands behind it: for `RUN` the script.
    pub text: &'a str,
    /// Build arguments of a `RUN`, `NAME=VALUE`.
    pub arguments: Vec<String>,
    /// The line as written.
    line: &'a str,
}

impl<'a> Step<'a> {
    /// Every step of a history.
    pub fn all(history: &'a [History]) -> Vec<Step<'a>> {
        let mut layers = 0_u32;
        let mut out = Vec::new();
        for (number, entry) in history.iter().enumerate() {
            let mut step = Step::parse(&entry.created_by);
            step.number = number;
            step.layer = if entry.empty_layer { layers.saturating_sub(1) } else { layers };
            step.first_layer = layers == 0 && !entry.empty_layer;
            layers += u32::from(!entry.empty_layer);
            out.push(step);
        }
        out
    }

    /// Reads one `created_by`.
    pub fn parse(line: &'a str) -> Step<'a> {
        let text = line.trim();
        let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
        let step = Step { line, ..Step::default() };
        // The classic builder: `/bin/sh -c #(nop)  ENV A=b`, and `/bin/sh -c script` for RUN.
        if let Some((_, rest)) = text.split_once("#(nop)") {
            let (keyword, rest) = keyword(rest.trim_start());
            return Step { keyword, text: rest, ..step };
        }
        match keyword(text) {
            ("RUN", rest) => {
                let (arguments, script) = script(rest);
                Step { keyword: "RUN", text: script, arguments, ..step }
            }
            ("", _) => match script(text) {
                (_, script) if script.len() == text.len() => step,
                (arguments, script) => Step { keyword: "RUN", text: script, arguments, ..step },
            },
            (keyword, rest) => Step { keyword, text: rest, ..step },
        }
    }

    /// The script of a `RUN`.
    pub fn run(&self) -> Option<&'a str> {
        (self.keyword == "RUN").then_some(self.text)
    }

    /// Is something mounted over this place while it ran (`RUN --mount=type=cache,target=…`)?
    pub fn mounts(&self, place: &str) -> bool {
        let options = self.line.split_whitespace().filter(|word| word.starts_with("--mount="));
        let mut targets =
            options.flat_map(|option| option.split(',')).filter_map(|part| part.split_once('='));
        targets.any(|(key, value)| {
            matches!(key, "target" | "dst" | "destination")
                && std::path::Path::new(place).starts_with(value.trim_end_matches('/'))
                || (matches!(key, "target" | "dst" | "destination") && value.starts_with(place))
        })
    }

    /// Is it the file system a base image begins with: the `ADD` that made the first layer?
    pub fn is_base(&self) -> bool {
        self.keyword == "ADD" && (self.number == 0 || (self.first_layer && self.puts_in_root()))
    }

    fn puts_in_root(&self) -> bool {
        self.text.split_whitespace().last().is_some_and(|to| to == "/")
    }

    /// Evidence: this step.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            path: Evidence::HISTORY.into(),
            inner_path: Some(self.number.to_string()),
            line: None,
            layer: self.layer,
            value: Some(crate::cut(&crate::mask(self.line.trim()), 200)),
        }
    }
}

fn keyword(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if KEYWORDS.contains(&first) { (first, rest.trim()) } else { ("", text) }
}

/// The script behind build arguments (`|1 A=b`), options (`--mount=…`) and a shell (`/bin/sh -c`, `/bin/bash -o
/// pipefail -c`); the text itself where there is no shell.
fn script(text: &str) -> (Vec<String>, &str) {
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    let mut arguments = Vec::new();
    let count = rest.strip_prefix('|').and_then(|rest| rest.split_once(char::is_whitespace));
    if let Some((_, after)) = count.filter(|(count, _)| count.parse::<usize>().is_ok()) {
        // Values may hold spaces: the arguments end where the shell begins.
        let shell = after.find("/bin/").map_or(after.len(), |at| after[..at].len());
        arguments = super::words(&after[..shell]);
        rest = &after[shell..];
    }
    let first = rest.split_whitespace().next().unwrap_or("");
    let is_shell = first.starts_with('/') && first.ends_with("sh");
    let inner = rest.find(" -c ").filter(|&at| is_shell && at < 100).map(|at| &rest[at + 4..]);
    (arguments, inner.unwrap_or(rest).trim_start())
}

/// For fuzz targets: bytes as a history line.
pub(crate) fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let step = Step::parse(&text);
    super::credential(&step);
    let _ = (step.is_base(), step.mounts("/var/cache"), super::pipes_to_shell(step.text));
}
