#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use super::*;
use crate::example;
use plimsoll_model::CheckResult;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn lines_of_every_builder_are_read() {
    let check = |line: &str, keyword: &str, text: &str| {
        let step = Step::parse(line);
        assert_eq!((step.keyword, step.text), (keyword, text), "{line}");
    };
    check("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD", "[\"bash\"]");
    check("/bin/sh -c #(nop) ADD file:1 in / ", "ADD", "file:1 in /");
    check("/bin/sh -c apt-get update", "RUN", "apt-get update");
    check("RUN /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update");
    check("RUN |1 A=b c /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update");
    check("|2 A=b B=c /bin/bash -o pipefail -c make", "RUN", "make");
    check("RUN --mount=type=cache,target=/var/cache apk add git", "RUN", "apk add git");
    check("ADD rootfs.tar.xz / # buildkit", "ADD", "rootfs.tar.xz /");
    check("COPY /a /b # buildkit", "COPY", "/a /b");
    check("bazel build ...", "", "");
    check("", "", "");
}

#[test]
fn verdicts_on_scripts() {
    let check = |rule: fn(&Commands) -> bool, script: &str, expected: bool| {
        assert_eq!(rule(&commands(script)), expected, "{script}");
    };
    check(update_alone, "apt-get update", true);
    check(update_alone, "apt-get update && apt-get -y install git", false);
    check(update_alone, "set -eux; \\\n\tapt-get update; \\\n\tapt-get install -y git", false);
    check(update_alone, "<<EOF\napt-get update\napt-get install -y git\nEOF", false);
    check(update_alone, "echo 'apt-get update'", false);
    check(apt_lists_left, "apt-get update; apt-get install -y git; rm -rf /var/lib/apt/lists/*", false);
    check(apt_lists_left, "apt-get update; apt-get install -y git; apt-get clean", true);
    check(apk_cache_left, "apk add --no-cache git; apk add curl", true);
    check(apk_cache_left, "apk add --virtual .deps --no-cache git", false);
    check(dist_upgrade, "apt-get update && apt-get -y dist-upgrade", true);
    check(sudo, "echo a && /usr/bin/sudo ls", true);
    check(sudo, "echo 'no sudo here'", false);
    check(dnf_cache_left, "yum install -y git", true);
    check(dnf_cache_left, "yum install -y git && yum clean all", false);
    check(dnf_cache_left, "yum install -y git && rm -rf /var/cache/yum", false);
    for (script, expected) in [
        ("curl -fsSL https://x | sh", true),
        ("curl -fsSL https://x | sudo -E bash -", true),
        ("wget -O- https://x | tar xz", false),
        ("sh -c \"$(curl -fsSL https://x)\"", true),
        ("curl -o a https://x || sh b", false),
        ("bash <(curl https://x)", true),
        ("echo a | sh", false),
    ] {
        assert_eq!(pipes_to_shell(script), expected, "{script}");
    }
    for (mode, open) in [
        ("777", true),
        ("0666", true),
        ("1777", false),
        ("755", false),
        ("a+rwx", true),
        ("o+w", true),
        ("u+w", false),
        ("go-w", false),
        ("+x", false),
    ] {
        assert_eq!(is_open_mode(mode), open, "{mode}");
    }
}

#[test]
fn names_of_credentials() {
    for (name, value, expected) in [
        ("PASSWORD", "x", true),
        ("MYSQL_ROOT_PASSWORD", "x", true),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes", false),
        ("PASSWORD_FILE", "/run/x", false),
        ("AWS_ACCESS_KEY_ID", "AKIA", true),
        ("GPG_KEY", "E3FF2839", false),
        ("GPG_KEYS", "E3FF2839", false),
        ("NGINX_GPGKEY", "57", false),
        ("API_TOKEN", "x", true),
        ("TOKEN", "$TOKEN", false),
        ("KEYBOARD", "us", false),
        ("MONKEY", "x", false),
        ("PASS", "", false),
        ("BYPASS", "x", false),
        ("dbpass", "x", true),
    ] {
        assert_eq!(is_credential(name, value), expected, "{name}={value}");
    }
}

#[test]
fn configs_of_the_truth_data() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth/dockle/cases.jsonl");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: no shared data");
        return;
    };
    let contents = plimsoll_model::Contents::default();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let input = &case["input"];
        let right = match case["kind"].as_str() {
            Some("image-config") => {
                let config = example::config(input);
                let mut expected: Vec<&str> = case["expected"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|one| one["check"].as_str())
                    .collect();
                expected.sort_unstable();
                let checks = crate::audit(&contents, &config);
                let failed = checks.iter().filter(|check| check.result == CheckResult::Fail);
                let numbers = failed.flat_map(|check| &check.references);
                let mut found: Vec<&str> =
                    numbers.filter(|number| number.contains("-DI-")).map(String::as_str).collect();
                found.sort_unstable();
                found.dedup();
                found == expected
            }
            Some("run-command") => {
                let lines: Vec<String> = input
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|command| {
                        let words = command.as_array().into_iter().flatten().filter_map(Value::as_str);
                        words.collect::<Vec<_>>().join(" ")
                    })
                    .collect();
                let script = lines.join(" && ");
                let commands = commands(&script);
                let found = match case["check"].as_str() {
                    Some("CIS-DI-0007") => update_alone(&commands),
                    Some("CIS-DI-0009") => Step::parse(&script).keyword == "ADD",
                    Some("DKL-DI-0001") => sudo(&commands),
                    Some("DKL-DI-0003") => dist_upgrade(&commands),
                    Some("DKL-DI-0004") => apk_cache_left(&commands),
                    Some("DKL-DI-0005") => apt_lists_left(&commands),
                    other => panic!("{other:?}"),
                };
                Some(found) == case["expected"].as_bool()
            }
            Some("history-line") => {
                let line = input.as_str().expect("a line");
                Some(credential(&Step::parse(line)).is_some()) == case["expected"].as_bool()
            }
            other => panic!("{other:?}"),
        };
        if !right {
            wrong.push(case["id"].to_string());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

proptest! {
    #[test]
    fn arbitrary_lines_never_panic(text in "[ -~\n\"'\\\\|&;$#é]{0,120}") {
        fuzz(text.as_bytes());
    }

    #[test]
    fn mutated_lines_never_panic(at in 0_usize..60, byte in any::<u8>()) {
        let mut bytes = b"RUN |1 A=b /bin/sh -c curl -fsSL \"$(x)\" | sh # buildkit".to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        fuzz(&bytes);
    }
}
