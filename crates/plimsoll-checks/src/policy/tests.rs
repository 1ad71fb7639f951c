use super::*;
use crate::example;

const HASH: &str = "$y$j9T$aaaaaaaaaaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The rows of an image with an account that can be logged in to, and these.
fn details(rows: &[(&str, &str)]) -> Option<PolicyDetails> {
    let shadow = format!("root:{HASH}:19000:0:99999:7:::");
    let mut all = vec![
        ("/bin/sh 0755", "ELF"),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh"),
        ("/etc/shadow 0640", shadow.as_str()),
    ];
    all.extend(rows);
    let (contents, config) = example::image(&all);
    let tree = Tree::new(&contents, &config);
    match answer(&tree) {
        Answer::Policy(policy) => Some(policy.details()),
        Answer::NotApplicable(_) => None,
    }
}

/// `length ULDS` of what is effectively asked for, with `-` for a class that is not, `weak` when the length is not
/// enough or nothing is enforced.
fn check(rows: &[(&str, &str)], expected: &str) {
    let details = details(rows).unwrap_or_else(|| panic!("not applicable: {rows:?}"));
    let flags = [
        (details.upper_ok, 'U'),
        (details.lower_ok, 'L'),
        (details.digit_ok, 'D'),
        (details.special_ok, 'S'),
    ];
    let flags: String = flags.iter().map(|(asked, letter)| if *asked { *letter } else { '-' }).collect();
    let weak = if details.length_ok { "" } else { " weak" };
    let found = format!("{} {} {flags}{weak}", details.mechanism, details.min_length.unwrap_or(0));
    assert_eq!(found, expected, "{rows:?}");
}

const UNIX: &str = "password [success=1 default=ignore] pam_unix.so obscure use_authtok yescrypt";

#[test]
fn stacks_are_evaluated() {
    let debian = |line: &str| {
        format!("{line}\n{UNIX}\npassword requisite pam_deny.so\npassword required pam_permit.so")
    };
    let stack = |line: &str, expected: &str| {
        check(
            &[
                ("/etc/pam.d/passwd", "@include common-password"),
                ("/etc/pam.d/common-password", &debian(line)),
            ],
            expected,
        );
    };
    stack("", "pam_unix 6 ---- weak");
    stack("password requisite pam_pwquality.so retry=3", "pam_pwquality 8 ----");
    stack("password requisite pam_pwquality.so minlen=14 minclass=4", "pam_pwquality 14 ULDS");
    stack("password requisite pam_pwquality.so minlen=14 dcredit=-1 ucredit=-1", "pam_pwquality 14 U-D-");
    stack("password requisite pam_pwquality.so minlen=10 dcredit=1 ucredit=2", "pam_pwquality 7 ---- weak");
    stack("password requisite pam_pwquality.so minlen=8 ocredit=9", "pam_pwquality 6 ---- weak");
    stack("password optional pam_pwquality.so minlen=14 minclass=4", "pam_pwquality 14 ---- weak");
    stack("password [success=ok default=die] pam_pwquality.so minlen=14 minclass=4", "pam_pwquality 14 ULDS");
    stack("password requisite pam_pwquality.so enforcing=0 minclass=4", "pam_pwquality 8 ---- weak");
    stack("password requisite pam_cracklib.so", "pam_cracklib 6 ---- weak");
    stack(
        "password requisite \\\n  pam_cracklib.so minlen=12 lcredit=-1 ucredit=-1 dcredit=-1 ocredit=-1",
        "pam_cracklib 12 ULDS",
    );
    stack("password requisite pam_passwdqc.so", "pam_passwdqc 7 ---- weak");
    stack(
        "password requisite pam_passwdqc.so min=disabled,disabled,disabled,disabled,12",
        "pam_passwdqc 12 ULDS",
    );
    stack(
        "password sufficient pam_unix.so\npassword requisite pam_pwquality.so minclass=4",
        "pam_pwquality 8 ---- weak",
    );
    stack("-password requisite pam_pwquality.so minclass=4", "pam_pwquality 8 ULDS");
    let lacks = "password requisite pam_pwquality.so minclass=4\npassword required pam_unix.so";
    check(&[("/etc/pam.d/passwd", lacks)], "pam_pwquality 8 ---- weak");
    check(&[("/etc/pam.d/passwd", "password required pam_unix.so minlen=12")], "pam_unix 12 ----");
}

#[test]
fn files_of_settings_and_other_places() {
    let system = "password requisite pam_pwquality.so\npassword sufficient pam_unix.so use_authtok";
    check(
        &[
            ("/etc/pam.d/passwd", "password substack system-auth"),
            ("/etc/pam.d/system-auth -> /etc/authselect/system-auth", ""),
            ("/etc/authselect/system-auth", system),
            ("/etc/security/pwquality.conf", "# minlen = 4\nminclass = 4"),
            ("/etc/security/pwquality.conf.d/50.conf", "minlen=15"),
        ],
        "pam_pwquality 15 ULDS",
    );
    check(
        &[
            ("/etc/pam.d/passwd", system),
            ("/etc/security/pwquality.conf", "minlen = 9"),
            ("/etc/security/pwquality.conf.d/50.conf", "minlen=15"),
        ],
        "pam_pwquality 9 ----",
    );
    check(
        &[("/usr/lib/pam.d/passwd", "password include x"), ("/usr/lib/pam.d/x", system)],
        "pam_pwquality 8 ----",
    );
    check(&[("/etc/pam.conf", "other password required pam_unix.so")], "pam_unix 6 ---- weak");
    check(&[("/usr/sbin/sshd", "ELF")], "none 0 ---- weak");
    // Files that include each other end.
    check(
        &[("/etc/pam.d/passwd", "@include passwd\n@include passwd\npassword required pam_unix.so")],
        "pam_unix 6 ---- weak",
    );
}

#[test]
fn images_without_accounts_or_shells_are_not_judged() {
    assert!(details(&[]).is_none());
    let pam = ("/etc/pam.d/passwd", "password required pam_unix.so");
    assert!(details(&[pam]).is_some());
    assert!(details(&[pam, ("/etc/shadow", "root:*:19000:0:99999:7:::")]).is_none());
    assert!(details(&[pam, ("/etc/shadow", "root:!$6$aaaaaaaaaaaaa:1::::::")]).is_none());
    assert!(details(&[pam, ("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin")]).is_none());
    let (contents, config) = example::image(&[pam]);
    let check = super::check(&Tree::new(&contents, &config));
    assert_eq!(check.result, CheckResult::NotApplicable);
    assert!(check.reason.is_some());
}

#[test]
fn a_finding_says_what_and_where() {
    let shadow = format!("root:{HASH}:19000:0:99999:7:::");
    let (contents, config) = example::image(&[
        ("/bin/sh 0755", "ELF"),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh"),
        ("/etc/shadow", &shadow),
        ("/etc/pam.d/passwd", "\npassword required pam_unix.so"),
    ]);
    let checks = crate::audit(&contents, &config);
    let findings = crate::findings(&contents, &config, &checks);
    let policy: Vec<_> = findings.iter().filter(|one| one.id == ID).collect();
    assert_eq!(policy.len(), 1);
    assert_eq!(policy[0].kind, RiskKind::PasswordPolicy);
    assert_eq!(
        (policy[0].evidence[0].path.as_str(), policy[0].evidence[0].line),
        ("/etc/pam.d/passwd", Some(2))
    );
    assert_eq!(policy[0].details.policy.as_ref().map(|policy| policy.mechanism.as_str()), Some("pam_unix"));
}
