//! Rules on every file of the tree: set-uid, capabilities, world-writable, unowned, left behind.

mod capabilities;

use crate::rule::Outcome;
use crate::tree::Tree;
use plimsoll_model::{EntryKind, Evidence, File};

/// Set-uid and set-gid programs of distributions, by name.
const KNOWN: [&str; 63] = [
    "arping",
    "at",
    "auth_pam_tool",
    "bwrap",
    "chage",
    "chfn",
    "chsh",
    "crontab",
    "dbus-daemon-launch-helper",
    "dotlockfile",
    "expiry",
    "fusermount",
    "fusermount3",
    "gpasswd",
    "ksu",
    "locate",
    "login",
    "mail-lock",
    "mail-touchlock",
    "mail-unlock",
    "mlocate",
    "mount",
    "mount.cifs",
    "mount.nfs",
    "newgidmap",
    "newgrp",
    "newuidmap",
    "pam_timestamp_check",
    "passwd",
    "ping",
    "ping6",
    "pkexec",
    "plocate",
    "polkit-agent-helper-1",
    "pppd",
    "screen",
    "ssh-agent",
    "ssh-keysign",
    "su",
    "sudo",
    "sudoedit",
    "umount",
    "unix_chkpwd",
    "unix2_chkpwd",
    "userhelper",
    "doas",
    "dotlock",
    "exim4",
    "fping",
    "lockfile",
    "maildrop",
    "mtr-packet",
    "ntfs-3g",
    "postdrop",
    "postqueue",
    "procmail",
    "sendmail",
    "snap-confine",
    "staprun",
    "suexec",
    "usernetctl",
    "utempter",
    "write",
];

fn is_kernels(path: &str) -> bool {
    ["/proc/", "/sys/", "/dev/"].iter().any(|place| path.starts_with(place))
}

fn at(file: &File, value: String) -> Evidence {
    crate::tree::evidence(&file.entry.path, file.layer, None, Some(value))
}

fn special(file: &&File) -> bool {
    matches!(file.entry.kind, EntryKind::File | EntryKind::Hardlink) && file.entry.mode & 0o6000 != 0
}

fn shown(file: &File) -> Evidence {
    let entry = &file.entry;
    at(file, format!("{} {:04o} {}:{}", entry.path, entry.mode, entry.uid, entry.gid))
}

pub(super) fn no_setuid_files(tree: &Tree<'_>) -> Outcome {
    if tree.contents.files.is_empty() {
        return Outcome::not_applicable("the image has no files");
    }
    Outcome::of(tree.contents.files.iter().filter(special).map(shown).collect(), "none")
}

pub(super) fn no_unusual_setuid_files(tree: &Tree<'_>) -> Outcome {
    let usual = |file: &&File| {
        let entry = &file.entry;
        let name = entry.file_name();
        let place = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib", "/usr/libexec/", "/lib"];
        let known = KNOWN.contains(&name) || name.starts_with("unix_chkpwd") || name.starts_with("Xorg");
        known && place.iter().any(|place| entry.path.starts_with(place))
    };
    let wrong = tree.contents.files.iter().filter(special).filter(|file| !usual(file));
    Outcome::of(wrong.map(shown).collect(), "none")
}

/// Set-uid to root of something that runs what its user says.
pub(super) fn no_setuid_interpreters(tree: &Tree<'_>) -> Outcome {
    const RUNS_ANYTHING: [&str; 31] = [
        "ash", "awk", "bash", "busybox", "cp", "dash", "dd", "docker", "ed", "emacs", "env", "find", "gawk",
        "gdb", "git", "less", "lua", "mawk", "more", "mv", "nano", "nmap", "node", "perl", "php", "python",
        "ruby", "sed", "sh", "tar", "vim",
    ];
    let wrong = tree.contents.files.iter().filter(special).filter(|file| {
        let name = file.entry.file_name().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        file.entry.mode & 0o4000 != 0 && file.entry.uid == 0 && RUNS_ANYTHING.contains(&name)
    });
    Outcome::of(wrong.map(shown).collect(), "none")
}

pub(super) fn no_world_writable_files(tree: &Tree<'_>) -> Outcome {
    let wrong = tree.contents.files.iter().filter(|file| {
        let entry = &file.entry;
        matches!(entry.kind, EntryKind::File | EntryKind::Hardlink)
            && entry.mode & 0o002 != 0
            && !is_kernels(&entry.path)
    });
    Outcome::of(wrong.map(shown).collect(), "none")
}

pub(super) fn sticky_world_writable_folders(tree: &Tree<'_>) -> Outcome {
    let wrong = tree.contents.files.iter().filter(|file| {
        let entry = &file.entry;
        entry.kind == EntryKind::Dir && entry.mode & 0o1002 == 0o002 && !is_kernels(&entry.path)
    });
    Outcome::of(wrong.map(shown).collect(), "each is sticky")
}

pub(super) fn no_unowned_files(tree: &Tree<'_>) -> Outcome {
    if tree.file("/etc/passwd").is_none() || tree.file("/etc/group").is_none() {
        return Outcome::not_applicable("the image names no accounts");
    }
    let names = tree.names();
    let wrong = tree.contents.files.iter().filter(|file| {
        (!names.has_user(file.entry.uid) || !names.has_group(file.entry.gid)) && !is_kernels(&file.entry.path)
    });
    // A tree of thousands is told by its first files.
    Outcome::of(wrong.take(1000).map(shown).collect(), "none")
}

/// Folders programs are looked for in.
const PROGRAMS: [&str; 6] = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

pub(super) fn program_folders_owned_by_root(tree: &Tree<'_>) -> Outcome {
    let wrong = PROGRAMS.iter().filter_map(|path| tree.file(path)).filter(|file| {
        // usr/local may be of the group staff, which is empty (Debian policy 9.1.2).
        file.entry.kind == EntryKind::Dir && (file.entry.uid != 0 || file.entry.mode & 0o002 != 0)
    });
    Outcome::of(wrong.map(shown).collect(), "each is root's")
}

pub(super) fn programs_not_writable_by_others(tree: &Tree<'_>) -> Outcome {
    let wrong = tree.contents.files.iter().filter(|file| {
        let entry = &file.entry;
        let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        entry.kind == EntryKind::File
            && PROGRAMS.contains(&folder)
            && (entry.mode & 0o022 != 0 && entry.gid != 0 || entry.mode & 0o002 != 0)
    });
    Outcome::of(wrong.map(shown).collect(), "none")
}

pub(super) fn no_capabilities(tree: &Tree<'_>) -> Outcome {
    let with = tree.contents.files.iter().filter_map(|file| {
        let names = capabilities::names(file.entry.capability.as_deref()?);
        (!names.is_empty()).then(|| at(file, format!("{} {}", file.entry.path, names.join(","))))
    });
    Outcome::of(with.collect(), "none")
}

/// Capabilities that are as good as root, and those a distribution does not give to the program.
pub(super) fn no_dangerous_capabilities(tree: &Tree<'_>) -> Outcome {
    let wrong = tree.contents.files.iter().filter_map(|file| {
        let names = capabilities::names(file.entry.capability.as_deref()?);
        let allowed: &[&str] = match file.entry.file_name() {
            "ping" | "arping" | "clockdiff" | "mtr-packet" | "tcpdump" | "dumpcap" => {
                &["cap_net_raw", "cap_net_admin"]
            }
            "newuidmap" => &["cap_setuid"],
            "newgidmap" => &["cap_setgid"],
            _ => &["cap_net_bind_service", "cap_net_raw", "cap_ipc_lock"],
        };
        let bad: Vec<&str> = names.into_iter().filter(|name| !allowed.contains(name)).collect();
        (!bad.is_empty()).then(|| at(file, format!("{} {}", file.entry.path, bad.join(","))))
    });
    Outcome::of(wrong.collect(), "none")
}

pub(super) fn no_device_files(tree: &Tree<'_>) -> Outcome {
    let wrong = tree.contents.files.iter().filter(|file| {
        matches!(file.entry.kind, EntryKind::Char | EntryKind::Block) && !is_kernels(&file.entry.path)
    });
    Outcome::of(wrong.map(shown).collect(), "none")
}

/// What a build leaves behind and no service needs.
pub(super) fn no_stray_files(tree: &Tree<'_>) -> Outcome {
    const NAMES: [&str; 14] = [
        "Dockerfile",
        "docker-compose.yml",
        "docker-compose.yaml",
        "compose.yaml",
        ".dockerignore",
        ".gitlab-ci.yml",
        ".travis.yml",
        ".bash_history",
        ".ash_history",
        ".mysql_history",
        ".psql_history",
        ".viminfo",
        ".python_history",
        ".lesshst",
    ];
    const FOLDERS: [&str; 6] = [".git", ".svn", ".hg", ".idea", ".vscode", ".terraform"];
    let wrong = tree.contents.files.iter().filter(|file| {
        let entry = &file.entry;
        let name = entry.file_name();
        let packaged = entry.path.starts_with("/usr/")
            && !entry.path.starts_with("/usr/src/")
            && !entry.path.starts_with("/usr/local/");
        let is = match entry.kind {
            EntryKind::Dir => FOLDERS.contains(&name),
            EntryKind::File => NAMES.contains(&name),
            _ => false,
        };
        is && !packaged && !entry.path.contains("/node_modules/") && !entry.path.contains("/site-packages/")
    });
    Outcome::of(wrong.map(|file| at(file, file.entry.path.clone())).collect(), "none")
}

/// No folder of root's PATH, nor the image's PATH, is one that others may put programs in.
pub(super) fn safe_path(tree: &Tree<'_>) -> Outcome {
    let Some(path) = tree.config.env.iter().find_map(|variable| variable.strip_prefix("PATH=")) else {
        return Outcome::not_applicable("the image sets no PATH");
    };
    let mut wrong = Vec::new();
    for folder in path.split(':') {
        let value = match folder {
            "" => Some("an empty part".to_owned()),
            folder
                if !folder.starts_with('/')
                    && !folder.starts_with('%')
                    && !folder.starts_with(char::is_alphabetic) =>
            {
                Some(folder.to_owned())
            }
            folder => tree
                .file(folder)
                .filter(|file| file.entry.kind == EntryKind::Dir && file.entry.mode & 0o002 != 0)
                .map(|_| format!("{folder} is writable for everyone")),
        };
        wrong.extend(value.map(|value| super::image::in_config("Env/PATH", value)));
    }
    Outcome::of(wrong, path)
}
