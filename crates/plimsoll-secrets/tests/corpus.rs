//! A planted corpus: made-up secrets of every rule in the places where images have them, scored; look-alikes with
//! wrong checksums; one character changed; arbitrary bytes.

mod generator;

use generator::Random;
use plimsoll_model::{Confidence, Contents, Fact, Finding, History, ImageConfig, Secret, Severity, Sighting};
use plimsoll_secrets::{findings, search};
use proptest::prelude::*;

const KEY: [u8; 32] = [3; 32];

/// One planted secret: what is written, where, and the rules that may name it.
struct Case {
    name: String,
    place: Place,
    rules: Vec<String>,
}

enum Place {
    /// A file of the final image, or of a lower layer only.
    File {
        path: String,
        content: Vec<u8>,
        present: bool,
    },
    Env(String),
    Label(String),
    History(String),
    Command(Vec<String>),
}

/// Templates in places, one a line: name, place, rules, template. `\n` is a line break.
const PLANTED: &str = include_str!("corpus.txt");

fn cases() -> Vec<Case> {
    let mut random = Random::new(48);
    let mut cases = Vec::new();
    for line in PLANTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.splitn(3, " | ").collect();
        let [place, rules, template] = parts[..] else { panic!("{line}: place | rules | template") };
        let rules: Vec<String> = rules.split(' ').map(str::to_owned).collect();
        let written = random.write(&template.replace("\\n", "\n").replace("\\t", "\t"));
        let text = String::from_utf8_lossy(&written).into_owned();
        let mut plant = |name: &str, place: Place| {
            cases.push(Case { name: format!("{name}: {line}"), place, rules: rules.clone() });
        };
        match place {
            "env" => plant("env", Place::Env(text)),
            "label" => plant("label", Place::Label(text)),
            "history" => plant("history", Place::History(text)),
            "command" => plant("command", Place::Command(text.split(' ').map(str::to_owned).collect())),
            path => {
                let file =
                    |content: Vec<u8>, present| Place::File { path: path.to_owned(), content, present };
                plant("final", file(written.clone(), true));
                plant("buried", file(written.clone(), false));
            }
        }
    }
    // The same token in every kind of container of text.
    for number in 0..12 {
        let token = random.write("key = {{github:ghp_}}\n");
        let text = String::from_utf8_lossy(&token).into_owned();
        let wide = |big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        let noise = random.bytes(3000);
        let (name, path, content) = match number {
            0 => ("utf-16 le", "/a.txt", [&[0xff, 0xfe][..], &wide(false)].concat()),
            1 => ("utf-16 be", "/a.txt", [&[0xfe, 0xff][..], &wide(true)].concat()),
            2 => ("utf-16 without mark", "/a.txt", wide(false)),
            3 => ("base64", "/a.yml", random.write(&format!("data: {{{{b64={text}}}}}\n"))),
            4 => ("base64 shifted", "/a.yml", random.write(&format!("data: {{{{b64=x{text}}}}}\n"))),
            5 => ("base64 shifted twice", "/a.yml", random.write(&format!("data: {{{{b64=xy{text}}}}}\n"))),
            6 => ("elf", "/bin/a", [b"\x7fELF\x02\x01", &noise[..], &token, &noise].concat()),
            7 => ("windows program", "/a.dll", [b"MZ\x90\0", &noise[..], &wide(false), &noise].concat()),
            8 => (
                "pyc",
                "/a.cpython-311.pyc",
                [&[0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0xe3][..], &token].concat(),
            ),
            9 => ("sqlite", "/a.db", [b"SQLite format 3\0", &noise[..], &token, &noise].concat()),
            10 => (
                "one long line",
                "/a.js",
                [&b"x".repeat(900_000)[..], b" ", &token, &b"y".repeat(900_000)].concat(),
            ),
            _ => (
                "end of a large file",
                "/a.log",
                [&b"all is well today\n".repeat(200_000)[..], &token].concat(),
            ),
        };
        let place = Place::File { path: path.to_owned(), content, present: true };
        cases.push(Case { name: name.to_owned(), place, rules: vec!["github-token".to_owned()] });
    }
    cases
}

fn found(case: &Case) -> Vec<Finding> {
    let mut config = ImageConfig::default();
    let mut sightings = Vec::new();
    match &case.place {
        Place::File { path, content, present } => {
            sightings = search(path, content, &KEY)
                .into_iter()
                .map(|secret| sighting(path, secret, *present))
                .collect();
        }
        Place::Env(text) => config.env = vec![text.clone()],
        Place::Label(text) => {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            config.labels = [(name.to_owned(), value.to_owned())].into();
        }
        Place::History(text) => {
            config.history = vec![History { created_by: text.clone(), ..History::default() }];
        }
        Place::Command(words) => config.cmd = words.clone(),
    }
    findings(&Contents { sightings, ..Contents::default() }, &config, &KEY)
}

fn sighting(path: &str, secret: Secret, present: bool) -> Sighting {
    Sighting {
        fact: Fact::Secret(secret),
        found_by: "secrets".to_owned(),
        path: path.to_owned(),
        inner_path: String::new(),
        layer: 1,
        entry: 0,
        mode: 0o644,
        uid: 0,
        gid: 0,
        present,
        owned_by: None,
        unchanged: false,
    }
}

#[test]
fn planted_secrets_are_found_by_the_right_rule() {
    let cases = cases();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut missed = Vec::new();
    for case in &cases {
        let found = found(case);
        let right = found.iter().find(|finding| case.rules.contains(&finding.id));
        match right {
            None => {
                let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
                missed.push(format!("{} is {ids:?}", case.name));
            }
            Some(finding) => {
                let buried = matches!(case.place, Place::File { present: false, .. });
                assert_eq!(finding.present, !buried, "{}", case.name);
                assert!(!buried || finding.severity <= Severity::High, "{}", case.name);
                assert!(!finding.evidence.is_empty() && finding.details.advice.is_some(), "{}", case.name);
            }
        }
    }
    let share = 1.0 - missed.len() as f64 / cases.len() as f64;
    assert!(share >= 1.0, "{share:.3} of {} found; missed:\n{}", cases.len(), missed.join("\n"));
}

#[test]
fn look_alikes_with_a_wrong_checksum_are_not_found() {
    let mut random = Random::new(10_000);
    let forms = [
        "ghp_{{base62:36}}",
        "npm_{{base62:36}}",
        "glpat-{{base62:48}}.01.1c{{base36:7}}",
        "glsa_{{base62:32}}_{{hex:8}}",
    ];
    let mut text = Vec::new();
    for number in 0..10_000 {
        text.extend(random.write(&format!("see {} here\n", forms[number % forms.len()])));
    }
    for part in text.chunks(60_000) {
        let found = search("/app/notes.txt", part, &KEY);
        assert!(found.is_empty(), "{} found: {}", found.len(), found[0].rule);
    }
}

#[test]
fn one_changed_character_takes_the_certainty_away() {
    let mut random = Random::new(7);
    for template in [
        "{{github:ghp_}}",
        "{{github:gho_}}",
        "{{github:ghs_}}",
        "{{github:npm_}}",
        "{{gitlab-routable:glpat-}}",
        "{{grafana}}",
        "{{nkey:U}}",
        "{{age}}",
        "{{confluent}}",
        "{{crc-hex:ATBB}}",
    ] {
        for _ in 0..20 {
            let mut token = random.write(template);
            let level = |token: &[u8]| {
                let text = [b"see ", token, b" here"].concat();
                search("/app/notes.txt", &text, &KEY).iter().map(|secret| secret.confidence).max()
            };
            assert_eq!(level(&token), Some(Confidence::High), "{template}");
            let at = token.len() / 2;
            token[at] = match token[at] {
                b'A'..=b'Y' | b'a'..=b'y' | b'2'..=b'6' => token[at] + 1,
                b'7' => b'2',
                byte if byte.is_ascii_uppercase() => b'A',
                _ => b'a',
            };
            assert!(level(&token) < Some(Confidence::Medium), "{template}");
        }
    }
}

#[test]
fn a_secret_is_never_shown() {
    let mut random = Random::new(11);
    for case in cases() {
        let Place::File { path, content, .. } = &case.place else { continue };
        let shown = format!("{:?}", search(path, content, &KEY));
        // Windows of twelve characters of the planted text that are random enough to be of a secret.
        let text = String::from_utf8_lossy(content);
        for word in text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| word.len() >= 12) {
            let is_mixed = word.bytes().any(|byte| byte.is_ascii_digit())
                && word.bytes().any(|byte| byte.is_ascii_lowercase());
            let at = random.below(word.len() - 11);
            // Ids and names of accounts are told; the rest is not.
            let is_told = shown.contains("AKIA") || shown.contains("private_key_id");
            assert!(!is_mixed || is_told || !shown.contains(&word[at..at + 12]), "{}: {word}", case.name);
        }
    }
}

/// Twice the bytes take about twice the time, whatever they are: no shape of file is a cliff.
#[test]
fn many_keywords_are_searched_in_bounded_work() {
    for word in [
        "password=",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "AKIA",
        "eyJ",
        "Z2hwX",
        "kind: Secret\ndata:\n a: b\n",
        "://a:b@",
    ] {
        let content = word.repeat(60_000 / word.len());
        assert!(search("/a.env", content.as_bytes(), &KEY).len() <= 2000, "{word}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        plimsoll_secrets::fuzz::secrets(&bytes);
        plimsoll_secrets::fuzz::private_key(&bytes);
    }

    #[test]
    fn changed_examples_never_panic(seed in 1u64..1_000_000, line in 0usize..200, at in 0usize..400, byte in any::<u8>()) {
        let lines: Vec<&str> = PLANTED.lines().filter(|line| line.contains(" | ")).collect();
        let parts: Vec<&str> = lines[line % lines.len()].splitn(3, " | ").collect();
        let mut content = Random::new(seed).write(&parts[2].replace("\\n", "\n"));
        let length = content.len().max(1);
        if let Some(place) = content.get_mut(at % length) {
            *place = byte;
        }
        content.truncate(content.len() - (seed as usize % 7).min(content.len()));
        search(parts[0], &content, &KEY);
        plimsoll_secrets::fuzz::private_key(&content);
    }
}
