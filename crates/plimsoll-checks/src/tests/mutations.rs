//! A sound image, changed in one place: exactly the items that are about the change fail.

use crate::example;
use plimsoll_model::CheckResult;
use std::collections::BTreeSet;

/// A small Debian with sshd, sudo and nginx, set up as the baselines ask.
const SOUND: &[(&str, &str)] = &[
    ("os", "debian"),
    (
        "/etc/passwd 0644",
        "root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534:sync:/bin:/bin/sync\nbin:x:2:2::/bin:/usr/sbin/nologin\napp:x:1000:1000::/home/app:/bin/sh\n",
    ),
    ("/etc/group 0644", "root:x:0:\nbin:x:2:\nshadow:x:42:\nsudo:x:27:\napp:x:1000:\nnogroup:x:65534:\n"),
    (
        "/etc/shadow 0640 0:42",
        "root:*:19000:0:99999:7:::\nsync:*:19000:0:99999:7:::\nbin:*:19000::::::\napp:!:19000::::::\n",
    ),
    ("/etc/gshadow 0640 0:42", "root:*::\n"),
    ("/etc/shells 0644", "/bin/sh\n/bin/bash\n"),
    ("/root/ 0700", ""),
    ("/home/app/ 0750 1000:1000", ""),
    ("/tmp/ 1777", ""),
    ("/bin -> usr/bin", ""),
    ("/usr/bin/ 0755", ""),
    ("/usr/bin/bash 0755", "ELF"),
    ("/usr/bin/sh -> bash", ""),
    ("/usr/sbin/sshd 0755", "ELF"),
    ("/usr/sbin/nginx 0755", "ELF"),
    (
        "/etc/ssh/sshd_config 0600",
        "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\nPasswordAuthentication no\nMaxAuthTries 4\n",
    ),
    ("/etc/ssh/sshd_config.d/a.conf 0600", "AllowGroups app\n"),
    (
        "/etc/nginx/nginx.conf 0644",
        "user www-data;\nhttp {\n server_tokens off;\n include conf.d/*.conf;\n}\n",
    ),
    ("/etc/nginx/conf.d/a.conf 0644", "server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; }\n"),
    ("/etc/apt/sources.list 0644", "deb http://deb.debian.org/debian-security bookworm-security main\n"),
    (
        "config",
        r#"{"config":{"User":"1000","Healthcheck":{"Test":["CMD","true"]},"Env":["PATH=/usr/bin"]},"history":[{"created_by":"ADD rootfs / # buildkit"}]}"#,
    ),
];

fn failed(rows: &[(&str, &str)]) -> BTreeSet<String> {
    let (contents, config) = example::image(rows);
    let checks = crate::audit(&contents, &config);
    checks.into_iter().filter(|check| check.result == CheckResult::Fail).map(|check| check.id).collect()
}

#[test]
fn one_change_fails_exactly_what_is_about_it() {
    let before = failed(SOUND);
    let check = |rows: &[(&str, &str)], expected: &[&str]| {
        let mut all = SOUND.to_vec();
        all.extend(rows);
        let after = failed(&all);
        let new: Vec<&str> = after.difference(&before).map(String::as_str).collect();
        assert_eq!(new, expected, "{rows:?}");
        let gone: Vec<&String> = before.difference(&after).collect();
        assert!(gone.is_empty(), "{rows:?} should not mend {gone:?}");
    };
    let passwd = |line: &str| format!("{}{line}\n", SOUND[1].1);
    let shadow = |line: &str| format!("{}{line}\n", SOUND[3].1);
    check(&[("/etc/passwd 0666", SOUND[1].1)], &["files-no-world-writable", "files-passwd-mode"]);
    check(&[("/etc/shadow 0644 0:42", SOUND[3].1)], &["files-shadow-mode"]);
    check(&[("/etc/gshadow 0640 0:2", "root:*::")], &["files-gshadow-mode"]);
    check(
        &[("/etc/passwd 0644", &passwd("toor:x:0:0::/root:/bin/sh"))],
        &["accounts-only-root-has-gid-0", "accounts-only-root-is-uid-0", "accounts-unique-users-and-uids"],
    );
    check(
        &[("/etc/passwd 0644", &passwd("bin2:x:3:2::/bin:/bin/sh"))],
        &["accounts-system-accounts-nologin"],
    );
    check(&[("/etc/passwd 0644", &passwd("+::::::"))], &["accounts-no-plus-in-passwd"]);
    check(
        &[("/etc/passwd 0644", &passwd("new:x:1001:1001::/home/new:/usr/sbin/nologin"))],
        &["accounts-groups-exist"],
    );
    check(&[("/etc/shadow 0640 0:42", &shadow("new::19000::::::"))], &["accounts-no-empty-password"]);
    check(
        &[("/etc/group 0644", &format!("{}more:x:27:\n", SOUND[2].1))],
        &["accounts-unique-groups-and-gids"],
    );
    check(
        &[("/etc/group 0644", &SOUND[2].1.replace("sudo:x:27:", "sudo:x:27:app"))],
        &["accounts-no-unprivileged-in-privileged-group"],
    );
    check(
        &[("/etc/group 0644", &SOUND[2].1.replace("shadow:x:42:", "shadow:x:42:bin"))],
        &["accounts-shadow-group-empty"],
    );
    check(&[("/tmp/ 0777", "")], &["files-tmp-sticky"]);
    check(&[("/home/app/ 0777 1000:1000", "")], &["accounts-home-folders", "files-tmp-sticky"]);
    check(
        &[("/usr/bin/bash 4755", "ELF")],
        &["files-no-setuid-interpreters", "files-no-unusual-setuid", "files-setuid-review"],
    );
    check(&[("/opt/x 0644 77:77", "x")], &["files-no-unowned"]);
    check(&[("/root/.ssh/authorized_keys 0600", "ssh-rsa AAAA me")], &["accounts-no-root-keys"]);
    check(&[("/root/.rhosts 0600", "+")], &["accounts-no-rhosts"]);
    check(
        &[("/etc/ssh/sshd_config.d/a.conf 0600", "AllowGroups app\nPermitRootLogin yes")],
        &["ssh-permit-root-login", "ssh-root-no-password"],
    );
    check(
        &[("/etc/ssh/sshd_config.d/a.conf 0600", "AllowGroups app\nMatch User x\nPermitEmptyPasswords yes")],
        &["ssh-permit-empty-passwords"],
    );
    check(&[("/etc/ssh/sshd_config.d/a.conf 0600", "Port 22")], &["ssh-access-restricted"]);
    check(&[("/etc/ssh/ssh_host_rsa_key 0644", "k")], &["ssh-host-key-mode", "ssh-host-keys-not-shared"]);
    check(
        &[("/etc/nginx/conf.d/a.conf 0644", "server { autoindex on; ssl_protocols TLSv1 TLSv1.2; }")],
        &["nginx-autoindex", "nginx-tls-versions"],
    );
    check(
        &[("/etc/nginx/nginx.conf 0644", "user root; http { server_tokens off; }")],
        &["nginx-user-not-root"],
    );
    check(
        &[(
            "/etc/apt/sources.list 0644",
            "deb [trusted=yes] http://x/debian-security bookworm-security main",
        )],
        &["debian-apt-no-trusted"],
    );
    check(&[("/app/.git/ 0755", "")], &["files-no-stray-files"]);
    check(&[("package telnetd", "1")], &["software-telnet-server"]);
    let config = SOUND[SOUND.len() - 1].1;
    check(&[("config", &config.replace("1000", "root"))], &["image-user-not-root"]);
    check(&[("config", &config.replace("1000", "bin"))], &[]);
    check(&[("config", &config.replace("\"PATH=", "\"API_TOKEN=abc\",\"PATH="))], &["image-no-credentials"]);
}
