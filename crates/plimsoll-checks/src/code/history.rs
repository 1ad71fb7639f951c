//! Rules on how an image was built: the lines of its history, as the classic builder, BuildKit and Buildah write them.

mod shell;
mod step;

use super::image::{in_config, missing};
use crate::rule::Outcome;
use crate::tree::Tree;
use plimsoll_model::Evidence;
use shell::{commands, words};
use step::Step;

pub(crate) use step::fuzz;

type Commands = Vec<Vec<String>>;

/// Fails for each step that `is_wrong` says is.
fn steps(tree: &Tree<'_>, good: &str, is_wrong: impl Fn(&Step<'_>) -> bool) -> Outcome {
    if tree.config.history.is_empty() {
        return Outcome::not_applicable("the image has no history");
    }
    let wrong = Step::all(&tree.config.history).into_iter().filter(|step| is_wrong(step));
    Outcome::of(wrong.map(|step| step.evidence()).collect(), good)
}

/// Fails for each `RUN` whose commands are wrong. Caches mounted for the time of the build never reach the image.
fn runs(tree: &Tree<'_>, good: &str, is_wrong: impl Fn(&Commands) -> bool) -> Outcome {
    steps(tree, good, |step| step.run().is_some_and(|script| is_wrong(&commands(script))))
}

/// Does a command run one of these tools with one of these verbs?
fn calls(command: &[String], tools: &[&str], verbs: &[&str]) -> bool {
    let tool = command.iter().position(|word| tools.contains(&base(word)));
    tool.is_some_and(|at| command[at + 1..].iter().any(|word| verbs.contains(&word.as_str())))
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

const APT: &[&str] = &["apt-get", "apt", "aptitude"];

/// Package lists brought up to date without anything installed from them: the layer's cache hides later updates.
pub(super) fn update_alone(commands: &Commands) -> bool {
    let tools: [(&[&str], &[&str], &[&str]); 2] = [
        (APT, &["update"], &["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "satisfy"]),
        (&["apk"], &["update"], &["add", "upgrade"]),
    ];
    tools.iter().any(|(tools, update, used)| {
        let updated = commands.iter().position(|command| calls(command, tools, update));
        updated.is_some_and(|at| !commands[at..].iter().any(|command| calls(command, tools, used)))
    })
}

/// Package lists left in the layer.
pub(super) fn apt_lists_left(commands: &Commands) -> bool {
    let uses = commands.iter().any(|command| calls(command, APT, &["update", "install"]));
    let cleans = |command: &Vec<String>| {
        calls(command, APT, &["dist-clean", "distclean"])
            || (command.iter().any(|word| matches!(base(word), "rm" | "find"))
                && command.iter().any(|word| word.trim_end_matches('/').starts_with("/var/lib/apt")))
    };
    uses && !commands.iter().any(cleans)
}

pub(super) fn apk_cache_left(commands: &Commands) -> bool {
    let adds = commands.iter().filter(|command| calls(command, &["apk"], &["add"]));
    adds.into_iter().any(|command| !command.iter().any(|word| word == "--no-cache"))
}

pub(super) fn dist_upgrade(commands: &Commands) -> bool {
    commands.iter().any(|command| calls(command, APT, &["dist-upgrade", "full-upgrade"]))
}

pub(super) fn sudo(commands: &Commands) -> bool {
    commands.iter().flatten().any(|word| base(word) == "sudo")
}

fn dnf_cache_left(commands: &Commands) -> bool {
    const TOOLS: &[&str] = &["yum", "dnf", "microdnf", "tdnf", "zypper"];
    let installs = commands.iter().any(|command| {
        calls(command, TOOLS, &["install", "update", "upgrade", "in", "localinstall", "groupinstall"])
    });
    let cleans = |command: &Vec<String>| {
        calls(command, TOOLS, &["clean", "cc"])
            || (command.iter().any(|word| base(word) == "rm")
                && command.iter().any(|word| word.starts_with("/var/cache/")))
    };
    installs && !commands.iter().any(cleans)
}

pub(super) fn no_update_alone(tree: &Tree<'_>) -> Outcome {
    runs(tree, "none", update_alone)
}

pub(super) fn apt_lists_removed(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        !step.mounts("/var/lib/apt") && step.run().is_some_and(|script| apt_lists_left(&commands(script)))
    })
}

pub(super) fn apk_no_cache(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        !step.mounts("/var/cache/apk") && step.run().is_some_and(|script| apk_cache_left(&commands(script)))
    })
}

pub(super) fn dnf_cache_removed(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        !step.mounts("/var/cache") && step.run().is_some_and(|script| dnf_cache_left(&commands(script)))
    })
}

pub(super) fn no_dist_upgrade(tree: &Tree<'_>) -> Outcome {
    runs(tree, "none", dist_upgrade)
}

pub(super) fn no_sudo(tree: &Tree<'_>) -> Outcome {
    runs(tree, "none", sudo)
}

/// `ADD`, but for the one that makes the first layer: a base image is made so.
pub(super) fn no_add(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| step.keyword == "ADD" && !step.is_base())
}

pub(super) fn no_add_url(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        let checked = step.text.contains("--checksum=");
        let urls = ["http://", "https://", "ftp://"];
        step.keyword == "ADD"
            && !checked
            && words(step.text).iter().any(|word| urls.iter().any(|url| word.starts_with(url)))
    })
}

/// A download given straight to a shell: `curl … | sh`, `sh -c "$(curl …)"`, `bash <(wget …)`.
pub(super) fn no_pipe_to_shell(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| step.run().is_some_and(pipes_to_shell))
}

fn pipes_to_shell(script: &str) -> bool {
    const SHELLS: &[&str] =
        &["sh", "bash", "dash", "ash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node"];
    let fetches = |text: &str| words(text).iter().any(|word| matches!(base(word), "curl" | "wget"));
    let substituted =
        ["$(curl", "$(wget", "<(curl", "<(wget", "`curl", "`wget"].iter().any(|form| script.contains(form));
    if substituted && words(script).iter().any(|word| SHELLS.contains(&base(word)) || word == "eval") {
        return true;
    }
    shell::statements(script).iter().any(|statement| {
        let mut fetched = false;
        statement.split('|').any(|part| {
            let words = words(part);
            let mut run = words.iter().skip_while(|word| {
                word.contains('=') || matches!(base(word), "sudo" | "env") || word.starts_with('-')
            });
            let to_shell = fetched && run.next().is_some_and(|word| SHELLS.contains(&base(word)));
            fetched |= fetches(part);
            to_shell
        })
    })
}

/// `chmod 777` and the like: anyone in the container may write.
pub(super) fn no_open_modes(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        let by_run = step.run().is_some_and(|script| {
            commands(script).iter().any(|command| {
                command.iter().any(|word| base(word) == "chmod")
                    && command.iter().any(|word| is_open_mode(word))
            })
        });
        by_run
            || (matches!(step.keyword, "ADD" | "COPY")
                && words(step.text).iter().filter_map(|word| word.strip_prefix("--chmod=")).any(is_open_mode))
    })
}

fn is_open_mode(word: &str) -> bool {
    let octal = (3..=4).contains(&word.len()) && word.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    // A sticky folder that all may write to is as /tmp is.
    let sticky = word.len() == 4 && word.starts_with('1');
    let writable = octal && word.bytes().last().is_some_and(|last| (last - b'0') & 2 != 0);
    (writable && !sticky)
        || word.split(',').any(|part| {
            part.split_once(['+', '=']).is_some_and(|(who, what)| {
                (who == "a"
                    || (!who.is_empty() && who.chars().all(|c| "ugo".contains(c)) && who.contains('o')))
                    && what.chars().all(|c| "rwxXst".contains(c))
                    && what.contains('w')
                    && !what.contains('t')
            })
        })
}

/// Downloads that do not check who they come from.
pub(super) fn no_unchecked_download(tree: &Tree<'_>) -> Outcome {
    runs(tree, "none", |commands| {
        commands.iter().any(|command| {
            let has = |wanted: &[&str]| command.iter().any(|word| wanted.contains(&word.as_str()));
            let short = |letter: char| {
                command.iter().any(|word| {
                    word.len() > 1
                        && word.starts_with('-')
                        && !word.starts_with("--")
                        && word.contains(letter)
                        && word[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
                })
            };
            let runs = |tool: &str| command.iter().any(|word| base(word) == tool);
            (runs("curl") && (has(&["--insecure"]) || short('k')))
                || (runs("wget") && has(&["--no-check-certificate"]))
                || ((runs("pip") || runs("pip3")) && has(&["--trusted-host"]))
                || (runs("git") && command.iter().any(|word| word.replace(' ', "") == "http.sslVerify=false"))
                || (runs("npm")
                    && command.windows(2).any(|pair| pair[0] == "strict-ssl" && pair[1] == "false"))
                || command
                    .iter()
                    .any(|word| word == "GIT_SSL_NO_VERIFY=1" || word == "GIT_SSL_NO_VERIFY=true")
                || command.iter().any(|word| word == "NODE_TLS_REJECT_UNAUTHORIZED=0")
        })
    })
}

/// Packages installed without their signatures being looked at.
pub(super) fn no_unsigned_packages(tree: &Tree<'_>) -> Outcome {
    const OPTIONS: [&str; 12] = [
        "--allow-unauthenticated",
        "--force-yes",
        "--nogpgcheck",
        "--no-gpg-checks",
        "--no-gpg-check",
        "--allow-untrusted",
        "--nosignature",
        "--allow-insecure-repositories",
        "trusted=yes",
        "gpgcheck=0",
        "APT::Get::AllowUnauthenticated=true",
        "Acquire::AllowInsecureRepositories=true",
    ];
    runs(tree, "none", |commands| {
        commands.iter().flatten().any(|word| {
            OPTIONS.iter().any(|option| word == option || (option.contains('=') && word.contains(option)))
        })
    })
}

/// A password given on a command line of the build: `echo root:x | chpasswd`, `passwd --stdin`, `useradd -p`.
pub(super) fn no_password_set(tree: &Tree<'_>) -> Outcome {
    steps(tree, "none", |step| {
        step.run().is_some_and(|script| {
            commands(script).iter().any(|command| {
                let has = |tool: &str| command.iter().any(|word| base(word) == tool);
                let option = |wanted: &[&str]| command.iter().any(|word| wanted.contains(&word.as_str()));
                has("chpasswd")
                    || (has("passwd") && option(&["--stdin", "-d", "--delete"]))
                    || ((has("useradd") || has("usermod")) && option(&["-p", "--password"]))
            })
        })
    })
}

/// No variable of the config or the build whose name says that it holds a credential.
pub(super) fn no_credentials(tree: &Tree<'_>) -> Outcome {
    if let Some(outcome) = missing(tree) {
        return outcome;
    }
    let of_config = tree.config.env.iter().filter_map(|variable| {
        let (name, value) = variable.split_once('=')?;
        is_credential(name, value).then(|| in_config(&format!("Env/{name}"), format!("{name}=***")))
    });
    let mut wrong: Vec<Evidence> = of_config.collect();
    for step in Step::all(&tree.config.history) {
        if let Some(name) = credential(&step) {
            wrong.push(Evidence { value: Some(format!("{} {name}=***", step.keyword)), ..step.evidence() });
        }
    }
    Outcome::of(wrong, "none")
}

/// The name of a variable with a credential that this step sets.
fn credential(step: &Step<'_>) -> Option<String> {
    let assigned = |word: &String| {
        let (name, value) = word.split_once('=')?;
        is_credential(name, value).then(|| name.to_owned())
    };
    match step.keyword {
        "ENV" => {
            let words = words(step.text);
            // The old form has one name and the rest of the line is its value.
            let old = words.first().filter(|first| !first.contains('=') && words.len() > 1);
            old.filter(|name| is_credential(name, &words[1]))
                .cloned()
                .or_else(|| words.iter().find_map(assigned))
        }
        "ARG" => words(step.text).iter().find_map(assigned),
        "RUN" => {
            let arguments = step.arguments.iter().find_map(assigned);
            arguments.or_else(|| commands(step.text).iter().flatten().find_map(assigned))
        }
        _ => None,
    }
}

/// Does a variable of this name and value hold a credential?
fn is_credential(name: &str, value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let plain_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let not_one = value.is_empty()
        || value.starts_with(['$', '`', '%'])
        || value.starts_with("/run/secrets/")
        || ["yes", "no", "true", "false", "none", "null"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if !plain_name || name.starts_with('-') || not_one {
        return false;
    }
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let parts: Vec<&str> = name.split('_').collect();
    let says_where =
        ["FILE", "PATH", "DIR", "URL", "URI", "NAME", "LENGTH", "TYPE", "SIZE", "TTL", "ALGORITHM"];
    let public = ["GPG", "PGP", "PUBLIC", "PUB", "KEYRING", "KEYSERVER", "FINGERPRINT", "SIGNING"];
    if parts.last().is_some_and(|last| says_where.contains(last))
        || parts.iter().any(|part| public.contains(part) || part.starts_with("GPG"))
    {
        return false;
    }
    parts.iter().any(|part| {
        part.contains("PASSWORD")
            || part.contains("PASSWD")
            || part.contains("PASSPHRASE")
            || part.contains("SECRET")
            || part.contains("TOKEN")
            || part.contains("CREDENTIAL")
            || (part.ends_with("PASS") && !part.ends_with("BYPASS") && !part.ends_with("COMPASS"))
            || matches!(*part, "KEY" | "KEYS" | "ACCESS")
            || ["APIKEY", "ACCESSKEY", "PRIVATEKEY", "AUTHKEY", "SSHKEY"].iter().any(|key| part.contains(key))
    })
}

#[cfg(test)]
mod tests;
