//! Which files are kept for the checks.

use crate::baseline::BASELINES;
use crate::glob;
use plimsoll_model::{Entry, EntryKind};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Bytes of a settings file that is kept.
const MAX_BYTES: u64 = 1 << 20;

/// Read by code, or included by what the data names.
const OTHERS: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/login.defs",
    "/etc/default/useradd",
    "/etc/shells",
    "/etc/hosts.equiv",
    "/etc/shosts.equiv",
    "/etc/hosts.allow",
    "/etc/hosts.deny",
    "/etc/pam.conf",
    "/etc/pam.d/*",
    "/usr/lib/pam.d/*",
    "/usr/share/pam.d/*",
    "/usr/etc/pam.d/*",
    "/etc/authselect/*",
    "/etc/security/*.conf",
    "/etc/security/*.conf.d/*.conf",
    "/usr/etc/security/*.conf",
    "/etc/passwdqc.conf",
    "/etc/sudoers",
    "/etc/sudoers.d/*",
    "/etc/profile",
    "/etc/profile.d/*.sh",
    "/etc/bash.bashrc",
    "/etc/bashrc",
    "/root/.bashrc",
    "/root/.bash_profile",
    "/root/.profile",
    "/root/.rhosts",
    "/root/.shosts",
    "/root/.ssh/authorized_keys",
    "/root/.ssh/authorized_keys2",
    "/home/*/.rhosts",
    "/home/*/.shosts",
    "/home/*/.ssh/authorized_keys",
    "/home/*/.ssh/authorized_keys2",
    "/etc/ssh/*config",
    "/etc/ssh/*_config.d/*.conf",
    "/usr/etc/ssh/*config",
    "/etc/nginx/**",
    "/usr/local/nginx/conf/**",
    "/usr/local/openresty/nginx/conf/**",
    "/opt/bitnami/nginx/conf/**",
    "/etc/apache2/**",
    "/etc/httpd/**",
    "/usr/local/apache2/conf/**",
    "/etc/my.cnf",
    "/etc/mysql/**",
    "/etc/my.cnf.d/*",
    "/etc/dovecot/**",
    "/etc/bind/*",
    "/etc/named*",
    "/etc/named/*",
    "/etc/redis*",
    "/etc/redis/*",
    "/etc/valkey/*",
    "/usr/local/tomcat/conf/web.xml",
    "/opt/tomcat/conf/web.xml",
    "/opt/bitnami/tomcat/conf/web.xml",
    "/etc/tomcat*/web.xml",
];

struct Wanted {
    exact: HashSet<&'static str>,
    /// Globs by the first part of the path; those that begin with a wildcard under the empty name.
    globs: HashMap<&'static str, Vec<&'static str>>,
}

static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let of_data = BASELINES.iter().flat_map(|baseline| {
        let own = baseline.items.iter().flat_map(|item| item.check.globs());
        baseline.files.iter().chain(own).map(String::as_str)
    });
    let mut wanted = Wanted { exact: HashSet::new(), globs: HashMap::new() };
    for pattern in OTHERS.iter().copied().chain(of_data) {
        let fixed = glob::fixed_folder(pattern);
        if fixed.len() == pattern.len() {
            wanted.exact.insert(pattern);
        } else {
            let list = wanted.globs.entry(first_part(fixed)).or_default();
            if !list.contains(&pattern) {
                list.push(pattern);
            }
        }
    }
    wanted
});

fn first_part(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or("")
}

/// Is this a settings file whose text the checks read? `head` is its first bytes, at most 4096.
pub fn keeps(entry: &Entry, head: &[u8]) -> bool {
    if entry.kind != EntryKind::File || entry.size > MAX_BYTES || head.contains(&0) {
        return false;
    }
    let path = entry.path.as_str();
    if WANTED.exact.contains(path) {
        return true;
    }
    let below = |first: &str| {
        let globs = WANTED.globs.get(first);
        globs.is_some_and(|globs| {
            globs.iter().any(|pattern| begins(pattern, path) && glob::matches(pattern, path))
        })
    };
    below(first_part(path)) || below("")
}

/// A quick no: the path does not begin as the pattern does, or does not end so.
fn begins(pattern: &str, path: &str) -> bool {
    let fixed = glob::fixed_folder(pattern);
    let end = pattern.rsplit(['*', '?', ']']).next().unwrap_or("");
    path.starts_with(fixed) && path.ends_with(end)
}
