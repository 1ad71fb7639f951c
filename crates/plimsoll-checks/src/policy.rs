//! The password policy of an image: what is effectively asked of a new password.

use crate::formats::Format;
use crate::pam::{self, Line};
use crate::tree::Tree;
use plimsoll_model::{
    Check, CheckResult, Details, Evidence, Finding, PolicyDetails, RiskKind, Severity, Urgency,
};

/// The id of the finding and the check.
pub(crate) const ID: &str = "password-policy";
/// The least length that counts as enough.
const LENGTH: i64 = 8;
/// What is suggested: length and classes of the CIS benchmarks.
const SUGGESTION: &str = "pam_pwquality with minlen=14, dcredit=-1, ucredit=-1, lcredit=-1, ocredit=-1, and use_authtok on pam_unix";
const FIX: &str = "RUN apt-get update && apt-get install -y libpam-pwquality && rm -rf /var/lib/apt/lists/* \\\n    && printf 'minlen = 14\\ndcredit = -1\\nucredit = -1\\nlcredit = -1\\nocredit = -1\\nenforce_for_root\\n' >> /etc/security/pwquality.conf\nor lock the accounts: RUN passwd -l NAME";
const AUDIT: &str = "grep -rn '^password' /etc/pam.d/common-password /etc/pam.d/system-auth /etc/pam.d/passwd; cat /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf";

/// What is asked of a new password.
struct Policy {
    mechanism: &'static str,
    length: i64,
    /// Upper, lower, digit, special: must there be one?
    classes: [bool; 4],
    /// How many classes there must be.
    least: i64,
    evidence: Vec<Evidence>,
    /// What takes the force out of it.
    weakness: Option<String>,
}

enum Answer {
    /// No password policy is of use here, for this reason.
    NotApplicable(String),
    Policy(Policy),
}

fn answer(tree: &Tree<'_>) -> Answer {
    if let Some(reason) = pam::unneeded(tree) {
        return Answer::NotApplicable(reason);
    }
    let services = ["passwd", "common-password", "system-auth", "password-auth", "login", "sshd", "other"];
    let stack = services
        .iter()
        .find_map(|service| pam::stack(tree, service, "password").filter(|lines| !lines.is_empty()));
    match stack {
        Some(lines) => Answer::Policy(of_stack(tree, &lines)),
        None if has_login(tree) => Answer::Policy(none(tree)),
        None => Answer::NotApplicable("the image has no PAM and nothing that asks for a password".into()),
    }
}

/// Programs that take passwords from someone.
fn has_login(tree: &Tree<'_>) -> bool {
    let programs = [
        "/usr/sbin/sshd",
        "/usr/sbin/dropbear",
        "/usr/bin/dropbear",
        "/bin/login",
        "/usr/bin/login",
        "/usr/sbin/in.telnetd",
        "/usr/sbin/vsftpd",
    ];
    programs.iter().any(|program| tree.file(program).is_some())
}

fn none(tree: &Tree<'_>) -> Policy {
    Policy {
        mechanism: "none",
        length: 0,
        classes: [false; 4],
        least: 0,
        evidence: vec![tree.whole("/etc/passwd", Some("no mechanism looks at new passwords".into()))],
        weakness: Some("no mechanism looks at new passwords".into()),
    }
}

fn of_stack(tree: &Tree<'_>, lines: &[Line]) -> Policy {
    let quality = lines.iter().position(|line| {
        matches!(line.module.as_str(), "pam_pwquality" | "pam_cracklib" | "pam_passwdqc" | "pam_pwcheck")
    });
    let Some(at) = quality else { return of_unix(tree, lines) };
    let line = &lines[at];
    let mut policy = match line.module.as_str() {
        "pam_passwdqc" => passwdqc(tree, line),
        "pam_pwcheck" => pwcheck(line),
        _ => pwquality(tree, line),
    };
    let after = lines[at + 1..].iter().find(|line| matches!(line.module.as_str(), "pam_unix" | "pam_unix2"));
    let weakness = if !line.is_enforced() {
        Some(format!("{} is {}: its verdict does not count", line.module, line.control))
    } else if !pam::is_reached(lines, at) {
        Some(format!("{} is never reached: a line before it ends the stack", line.module))
    } else {
        after.filter(|unix| unix.argument("use_authtok").is_none()).map(|unix| {
            policy.evidence.push(unix.evidence.clone());
            format!(
                "{} behind {} lacks use_authtok and may ask for another password",
                unix.module, line.module
            )
        })
    };
    policy.evidence.insert(0, line.evidence.clone());
    policy.weakness = weakness.or(policy.weakness);
    policy
}

/// pam_unix(8): `minlen` is 6 where it is not given; `obscure` compares with the old password only.
fn of_unix(tree: &Tree<'_>, lines: &[Line]) -> Policy {
    let Some(line) = lines.iter().find(|line| matches!(line.module.as_str(), "pam_unix" | "pam_unix2"))
    else {
        return Policy {
            evidence: lines.iter().map(|line| line.evidence.clone()).take(1).collect(),
            ..none(tree)
        };
    };
    let length = line.argument("minlen").or(line.argument("min")).and_then(|value| value.parse().ok());
    Policy {
        mechanism: "pam_unix",
        length: length.unwrap_or(6),
        classes: [false; 4],
        least: 0,
        evidence: vec![line.evidence.clone()],
        weakness: None,
    }
}

/// Numbers of pam_pwquality(8) and pam_cracklib(8), whose defaults differ.
fn pwquality(tree: &Tree<'_>, line: &Line) -> Policy {
    let cracklib = line.module == "pam_cracklib";
    let mut evidence = Vec::new();
    // The folder's files are read first, so the file beside it overrides them (pwquality.conf(5)).
    let files: Vec<String> = [
        "/usr/etc/security/pwquality.conf",
        "/etc/security/pwquality.conf.d/*.conf",
        "/etc/security/pwquality.conf",
    ]
    .map(str::to_owned)
    .to_vec();
    let settings = tree.settings(&files, Format::Equals);
    let mut value = |name: &str| -> Option<String> {
        if let Some(value) = line.argument(name) {
            return Some(value.to_owned());
        }
        let found = settings.iter().filter(|_| !cracklib).rfind(|one| one.key.eq_ignore_ascii_case(name))?;
        let shown = Some(format!("{name} = {}", found.value));
        evidence.push(crate::tree::evidence(&found.path, found.layer, Some(found.line as u32), shown));
        Some(found.value.clone())
    };
    let mut number = |name: &str, default: i64| -> i64 {
        value(name).and_then(|value| value.trim().parse().ok()).unwrap_or(default)
    };
    let minlen = number("minlen", if cracklib { 9 } else { 8 });
    let credits = ["ucredit", "lcredit", "dcredit", "ocredit"].map(|name| number(name, i64::from(cracklib)));
    let minclass = number("minclass", 0);
    let enforcing = number("enforcing", 1);
    // A positive credit does not ask for a class: it lets a password be that much shorter. Neither module goes below 6.
    let given: i64 =
        credits.iter().filter(|&&credit| credit > 0).fold(0, |sum, &credit| sum.saturating_add(credit));
    let classes = credits.map(|credit| credit < 0 || minclass >= 4);
    let asked = classes.iter().filter(|&&asked| asked).count() as i64;
    Policy {
        mechanism: if cracklib { "pam_cracklib" } else { "pam_pwquality" },
        length: minlen.saturating_sub(given).max(6),
        classes,
        least: minclass.clamp(0, 4).max(asked),
        evidence,
        weakness: (enforcing == 0).then(|| "enforcing is 0: what is wrong is only said".to_owned()),
    }
}

/// pam_passwdqc(8): `min=N0,N1,N2,N3,N4`, the least lengths of passwords of one class, two, a phrase, three, four.
fn passwdqc(tree: &Tree<'_>, line: &Line) -> Policy {
    let file = line.argument("config").unwrap_or("/etc/passwdqc.conf").to_owned();
    let settings = tree.settings(std::slice::from_ref(&file), Format::Equals);
    let named = |name: &str| {
        let set =
            settings.iter().rfind(|one| one.key.eq_ignore_ascii_case(name)).map(|one| one.value.clone());
        line.argument(name).map(str::to_owned).or(set)
    };
    let min = named("min").unwrap_or_else(|| "disabled,24,11,8,7".into());
    // A list that is too short goes on with its last value.
    let mut lengths: Vec<Option<i64>> =
        min.split(',').take(5).map(|length| length.trim().parse().ok()).collect();
    lengths.resize(5, lengths.last().copied().flatten());
    let least = match (lengths[0], lengths[1], lengths[3]) {
        (Some(_), _, _) => 1,
        (None, Some(_), _) => 2,
        (None, None, Some(_)) => 3,
        _ => 4,
    };
    let enforce = named("enforce").unwrap_or_else(|| "everyone".into());
    Policy {
        mechanism: "pam_passwdqc",
        length: lengths.iter().flatten().copied().min().unwrap_or(0),
        classes: [least == 4; 4],
        least,
        evidence: settings
            .iter()
            .filter(|one| one.key.eq_ignore_ascii_case("min"))
            .map(|one| {
                crate::tree::evidence(
                    &one.path,
                    one.layer,
                    Some(one.line as u32),
                    Some(format!("min = {}", one.value)),
                )
            })
            .collect(),
        weakness: (enforce == "none").then(|| "enforce is none: what is wrong is only said".to_owned()),
    }
}

/// pam_pwcheck(8) of SUSE: a least length of 5, and what cracklib says.
fn pwcheck(line: &Line) -> Policy {
    let length = line.argument("minlen").and_then(|value| value.parse().ok());
    Policy {
        mechanism: "pam_pwcheck",
        length: length.unwrap_or(5),
        classes: [false; 4],
        least: 0,
        evidence: Vec::new(),
        weakness: None,
    }
}

impl Policy {
    fn details(&self) -> PolicyDetails {
        let counts = self.weakness.is_none();
        let [upper, lower, digit, special] = self.classes.map(|asked| asked && counts);
        let why = self.weakness.as_ref().map(|why| format!("{why}; ")).unwrap_or_default();
        PolicyDetails {
            length_ok: self.length >= LENGTH && counts,
            upper_ok: upper,
            lower_ok: lower,
            digit_ok: digit,
            special_ok: special,
            min_length: u32::try_from(self.length).ok(),
            min_classes: u32::try_from(self.least).ok(),
            mechanism: self.mechanism.to_owned(),
            suggestion: format!("{why}{SUGGESTION}"),
        }
    }

    fn current(&self) -> String {
        let names = ["upper", "lower", "digit", "special"];
        let asked: Vec<&str> =
            names.iter().zip(self.classes).filter(|(_, asked)| *asked).map(|(name, _)| *name).collect();
        let asked = if asked.is_empty() { "no class".to_owned() } else { asked.join(", ") };
        let why = self.weakness.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        format!("{}: length {}, {asked} asked for{why}", self.mechanism, self.length)
    }
}

fn is_fine(details: &PolicyDetails) -> bool {
    details.length_ok && details.upper_ok && details.lower_ok && details.digit_ok && details.special_ok
}

/// The policy as an item of the list of checks.
pub(crate) fn check(tree: &Tree<'_>) -> Check {
    let answer = answer(tree);
    let (result, reason, current, evidence) = match &answer {
        Answer::NotApplicable(reason) => (CheckResult::NotApplicable, Some(reason.clone()), None, Vec::new()),
        Answer::Policy(policy) => {
            let result = if is_fine(&policy.details()) { CheckResult::Pass } else { CheckResult::Fail };
            (result, policy.weakness.clone(), Some(policy.current()), policy.evidence.clone())
        }
    };
    Check {
        id: ID.to_owned(),
        baseline: ID.to_owned(),
        title: TITLE.to_owned(),
        severity: Severity::Medium,
        result,
        reason,
        description: WHY.to_owned(),
        audit: AUDIT.to_owned(),
        current,
        suggested: SUGGESTION.to_owned(),
        fix: FIX.to_owned(),
        evidence,
        references: Vec::new(),
    }
}

const TITLE: &str = "New passwords must be long and of every class";
const WHY: &str = "Short passwords, and those of one kind of characters, are found by trying: what PAM effectively asks of a new password is what keeps them out.";

/// A finding where it is not what it should be.
pub(crate) fn finding(tree: &Tree<'_>) -> Option<Finding> {
    let Answer::Policy(policy) = answer(tree) else { return None };
    let details = policy.details();
    if is_fine(&details) {
        return None;
    }
    Some(Finding {
        kind: RiskKind::PasswordPolicy,
        id: ID.to_owned(),
        aliases: Vec::new(),
        title: policy.current(),
        severity: Severity::Medium,
        urgency: Urgency::of(Severity::Medium),
        component: None,
        installed: None,
        fixed: None,
        state: None,
        evidence: policy.evidence,
        present: true,
        inherited: None,
        decision: None,
        references: vec!["CIS Debian 12 v1.1 5.3.3.2".to_owned()],
        details: Details {
            description: Some(WHY.to_owned()),
            advice: Some(FIX.to_owned()),
            policy: Some(details),
            ..Details::default()
        },
    })
}

#[cfg(test)]
mod tests;
