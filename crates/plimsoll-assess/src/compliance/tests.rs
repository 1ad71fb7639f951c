use super::*;
use plimsoll_model::{Component, Entry, OsRelease, PurlType};

fn installed(kind: PurlType, name: &str, version: &str, license: &str) -> Installed {
    let mut component = Component::new(kind, "", name, version);
    component.licenses.extend((!license.is_empty()).then(|| license.to_owned()));
    Installed {
        component,
        found_by: "test".into(),
        paths: vec!["/db".into()],
        layer: 0,
        owned_by: None,
        present: true,
    }
}

fn program(path: &str) -> File {
    let entry = Entry {
        path: path.into(),
        kind: EntryKind::File,
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 1,
        link: String::new(),
        mtime: 0,
        capability: None,
        sha256: None,
    };
    File { entry, layer: 0 }
}

/// Contents from words: `deb:gdb@1`, `npm:x@1=MIT`, `/usr/bin/x`.
fn contents(words: &str) -> Contents {
    let mut contents = Contents {
        os: Some(OsRelease { id: "debian".into(), version_id: Some("12".into()), ..OsRelease::default() }),
        ..Contents::default()
    };
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if word.starts_with('/') {
            contents.files.push(program(word));
            continue;
        }
        let (kind, rest) = word.split_once(':').expect("type:name@version");
        let (rest, license) = rest.split_once('=').unwrap_or((rest, ""));
        let (name, version) = rest.rsplit_once('@').expect("type:name@version");
        let kind = PurlType::parse(kind).expect("a type");
        contents.components.push(installed(kind, name, version, &license.replace('_', " ")));
    }
    contents
}

fn image() -> Image {
    Image { name: "shop/web:1".into(), today: "2026-11-24".into(), ..Image::default() }
}

#[track_caller]
fn check(policy: &str, words: &str, expected: &[&str]) {
    let policy = Policy::parse(policy).unwrap_or_else(|error| panic!("{error}"));
    let found = findings(&contents(words), &image(), &policy);
    let shown: Vec<String> = found
        .iter()
        .map(|finding| format!("{} {}", finding.id, finding.title.rsplit(": ").next().unwrap_or("")))
        .collect();
    assert_eq!(shown, expected, "{words}");
    assert!(found.iter().all(|finding| !finding.evidence.is_empty()));
}

#[test]
fn built_in_rules_know_tools_by_package_and_by_file() {
    let builtin = |words: &str, expected: &[&str]| check("", words, expected);
    builtin("deb:gdb@13.1-3 /usr/bin/gdb", &["debugger gdb 13.1-3"]);
    builtin("/usr/local/bin/gdb", &["debugger /usr/local/bin/gdb"]);
    builtin("deb:netcat-openbsd@1 deb:libgcc-s1@12 deb:gcc-12-base@12 deb:openssh-client@9", &[]);
    builtin("deb:netcat-traditional@1", &["tunnel netcat-traditional 1"]);
    builtin("deb:gcc-12@12.2", &["compiler gcc-12 12.2"]);
    builtin("rpm:nmap@7 /opt/x/nmap", &["scanner nmap 7", "scanner /opt/x/nmap"]);
    builtin("/root/.x/xmrig", &["miner /root/.x/xmrig"]);
    builtin("npm:event-stream@3.3.6 npm:event-stream@3.3.5", &["backdoored-event-stream event-stream 3.3.6"]);
    builtin(
        "apk:xz-libs@5.6.1-r0 apk:xz-libs@5.4.5-r0 apk:xz-libs@5.6.2-r0",
        &["backdoored-xz xz-libs 5.6.1-r0"],
    );
    builtin("deb:xz-utils@5.6.1-1 deb:xz-utils@5.6.1+really5.4.5-1", &["backdoored-xz xz-utils 5.6.1-1"]);
    builtin("deb:libc6@2.36-9 deb:base-files@12 /usr/bin/ls", &[]);
}

#[test]
fn licences_are_expressions() {
    let builtin = |words: &str, expected: &[&str]| check("", words, expected);
    builtin("npm:a@1=AGPL-3.0-only", &["licence-network-copyleft a 1"]);
    builtin("npm:a@1=MIT_OR_AGPL-3.0-only", &[]);
    builtin("npm:a@1=(MIT_AND_AGPL-3.0-only)", &["licence-network-copyleft a 1"]);
    builtin("npm:a@1=(MIT_OR_BSD-3-Clause)_AND_SSPL-1.0", &["licence-network-copyleft a 1"]);
    builtin("npm:a@1=GPL-2.0-only_WITH_Classpath-exception-2.0", &[]);
    // A Debian copyright file names the licences of everything in the source.
    builtin("deb:a@1=AGPL-3.0-only", &[]);
    builtin("npm:a@1=((((", &[]);
}

#[test]
fn a_policy_denies_allows_requires_and_excepts() {
    let rule = |text: &str| format!("builtin = false\n[[rule]]\nid = \"r\"\ntitle = \"T\"\n{text}");
    check(&rule("effect = \"deny\"\nmatch.name = [\"left-*\"]"), "npm:left-pad@1 npm:x@1", &["r left-pad 1"]);
    check(
        &rule("effect = \"deny\"\nmatch.name = [\"x\"]\nmatch.version = [\"<2\", \">=3, <4\"]"),
        "npm:x@1.9 npm:x@2.0 npm:x@3.1",
        &["r x 1.9", "r x 3.1"],
    );
    check(&rule("effect = \"require\"\nmatch.name = [\"agent\"]"), "npm:x@1", &["r T"]);
    check(&rule("effect = \"require\"\nmatch.name = [\"agent\"]"), "npm:agent@1", &[]);
    let excepted = |until: &str| {
        rule(&format!(
            "effect = \"deny\"\nmatch.name = [\"x\"]\n[[rule.exception]]\nmatch.version = [\"=1\"]\nmatch.name = [\"x\"]\nuntil = \"{until}\""
        ))
    };
    check(&excepted("2026-11-24"), "npm:x@1 npm:x@2", &["r x 2"]);
    check(&excepted("2026-11-23"), "npm:x@1 npm:x@2", &["r x 1", "r x 2"]);
    check(
        "[[rule]]\nid = \"ours\"\ntitle = \"T\"\neffect = \"allow\"\nmatch.name = [\"gdb\"]",
        "deb:gdb@1 deb:strace@1",
        &["debugger strace 1"],
    );
    check("disabled = [\"debugger\"]", "deb:gdb@1", &[]);
    check(&rule("effect = \"deny\"\nmatch.name = [\"x\"]\nscope.image = [\"other/*\"]"), "npm:x@1", &[]);
    check(
        &rule("effect = \"deny\"\nmatch.name = [\"x\"]\nscope.image = [\"shop/*\"]"),
        "npm:x@1",
        &["r x 1"],
    );
    check(
        &rule("effect = \"deny\"\nmatch.type = [\"npm\"]\nmatch.without-license = true"),
        "npm:x@1 npm:y@1=MIT",
        &["r x 1"],
    );
}

#[test]
fn support_that_ended_is_told() {
    let check = |component: &str, os: &str, expected: &[&str]| {
        let mut image = image();
        image.end_of_life.extend((!component.is_empty()).then(|| (0, component.to_owned())));
        image.os_end_of_life = (!os.is_empty()).then(|| os.to_owned());
        let found = findings(&contents("generic:node@14.1.0"), &image, &Policy::default());
        let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, expected, "{component} {os}");
    };
    check("2023-04-30", "", &["end-of-life-software"]);
    check("2030-04-30", "", &[]);
    check("", "2026-11-23", &["end-of-life-os"]);
    check("", "2026-12-24", &["end-of-life-soon-os"]);
    check("", "2028-06-30", &[]);
}

#[test]
fn bad_policies_are_refused_with_the_reason() {
    let check = |text: &str, expected: &str| {
        let error = Policy::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let rule = |rest: &str| format!("[[rule]]\nid = \"r\"\ntitle = \"T\"\neffect = \"deny\"\n{rest}");
    check(&rule("[rule.match]"), "about everything");
    check(&rule("match.nam = [\"x\"]"), "unknown field `nam`");
    check(&rule("match.name = [\"x\"]\nseverity = \"bad\""), "`bad` is no severity");
    check(&rule("match.name = [\"x\"]\nmatch.version = [\">=\"]"), "no range of versions");
    check(&rule("match.name = [\"x\"]\n[[rule.exception]]\nuntil = \"soon\""), "`soon`, which is no day");
    check(&format!("{0}\n{0}", rule("match.name = [\"x\"]")), "same id");
}
