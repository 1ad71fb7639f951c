//! Values assigned to names: is what stands behind `password =` a password?

use crate::candidate::{Candidate, Told};
use crate::placeholder;
use crate::text::Nature;
use plimsoll_model::Confidence;

/// Words of a name that mean the secret itself.
const TELLING: &str = "\
    password passwd passphrase pwd pass secret token key apikey credential psk passcode pw auth credentials \
    passwords dbpass userpass dbpassword secretkey accesskey privatekey encryptionkey authtoken accesstoken \
    userpwd signingkey";
/// What may stand between the telling word and the end of a name: `PASSWORD_PROD`, `secretKey`, `password2`.
const ENDINGS: &str = "\
    admin base b64 base64 current db default dev development key local main master new old prod production \
    root stage staging string test text user value plain plaintext env data live sandbox rw ro read write \
    primary secondary token";
/// Parts of names that make something else of them: a setting about passwords, a label, a lookup.
const ABOUT: &str = "\
    allow ask attr change check class column confirm css disable enable enter error exist expire expiry \
    field file forgot format generat has help hide hint html input invalid is label length max message min \
    missing msg needs no path pattern placeholder policy prompt public pubkey regex repeat require required \
    reset retype rule show skip title toggle type update use valid validate verify weak wrong without with \
    next csrf xsrf csrfmiddleware page sync continuation cancellation foreign primarykey sort partition \
    cache translation lang bearer grant lexer parse";
/// Values that are words of programs or of people, not secrets.
const WORDS: &str = "\
    abstract admin any array auto basic bearer blank bool boolean bytes char default disabled disable empty \
    enabled enable environment external false file global hidden inherit integer internal invalid key \
    keyring local md5 missing never nil none null number object off optional pass passphrase password passwd \
    plain private prompt public pwd random required secret sha1 sha256 sha512 str string system tbd test \
    text token true undefined unknown unset user username value varchar void nullptr self this readonly \
    static const return function class import export sufficient requisite include substack files compat sss \
    systemd ask keep always crypt yescrypt scrypt bcrypt argon2 pbkdf2 scram-sha-256 trust peer ident reject";

/// Values that switch something, or say what should stand there.
const SWITCHES: &str = "true false none null prompt ask password passwd secret yes no pass off on";

fn is_one_of(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

/// The password of an address `scheme://user:password@host`.
pub(super) fn url_password(candidate: &Candidate<'_>, told: &mut Told) -> bool {
    let secret = candidate.secret();
    let lower = secret.to_ascii_lowercase();
    let host = candidate.part("host").unwrap_or(b"").to_ascii_lowercase();
    let user = candidate.part("user").unwrap_or(b"");
    let is_sample = [
        &b"pass"[..],
        b"password",
        b"passwd",
        b"pwd",
        b"secret",
        b"pw",
        b"token",
        b"x-oauth-basic",
        b"p@ss",
        b"pass1",
    ]
    .contains(&lower.as_slice());
    let is_public = secret.eq_ignore_ascii_case(user)
        && matches!(
            user.to_ascii_lowercase().as_slice(),
            b"user" | b"username" | b"anonymous" | b"foo" | b"guest"
        );
    let ends = |end: &[u8]| host.ends_with(end);
    let is_nowhere = ends(b"example.com")
        || ends(b"example.org")
        || ends(b"example.net")
        || host.starts_with(b"host:")
        || host == b"host"
        || host == b"hostname"
        || host == b"server"
        || ends(b".example")
        || host.starts_with(b"xxx");
    if is_sample || is_public || placeholder::is_reference(user) || is_hash(secret) {
        return false;
    }
    if is_nowhere {
        told.tell("example", "host of an example");
    }
    let is_source = candidate.text.nature == Nature::Source || !candidate.text.is_text;
    if candidate.text.nature == Nature::Document || (is_source && (is_word(secret) || secret.len() < 6)) {
        told.confidence = Confidence::Low;
    }
    if placeholder::is_placeholder(&host) && host.contains(&b'{') {
        told.confidence = told.confidence.min(Confidence::Medium);
    }
    secret.len() >= 3 && !secret.contains(&b'/')
}

/// The value of a name that holds `password` or the like.
pub(super) fn password(candidate: &Candidate<'_>, told: &mut Told) -> bool {
    let secret = candidate.secret();
    if !is_about_it(candidate) || !is_literal(candidate) || is_hash(secret) {
        return false;
    }
    let is_guess = is_word(secret) || is_dashed_words(secret);
    match candidate.text.nature {
        Nature::Document => told.confidence = Confidence::Low,
        Nature::Source | Nature::Other if is_guess || secret.len() < 6 => told.confidence = Confidence::Low,
        Nature::Settings if is_guess && secret.len() < 6 => told.confidence = Confidence::Low,
        _ => {}
    }
    true
}

/// The value of a name that holds `token`, `secret`, `api_key`: must look made by a machine.
pub(super) fn token(candidate: &Candidate<'_>, told: &mut Told) -> bool {
    let secret = candidate.secret();
    if !is_about_it(candidate) || !is_literal(candidate) || is_hash(secret) {
        return false;
    }
    let is_made = secret.len() >= 16
        && secret.iter().any(u8::is_ascii_digit)
        && secret.iter().any(u8::is_ascii_alphabetic)
        && placeholder::entropy(secret) >= if secret.iter().all(u8::is_ascii_hexdigit) { 2.9 } else { 3.3 }
        && secret.iter().all(|byte| byte.is_ascii_graphic());
    let is_settings = candidate.text.nature == Nature::Settings;
    let is_chosen = is_settings && secret.len() >= 8 && !is_word(secret) && !is_dashed_words(secret);
    if !is_made && !is_chosen {
        return false;
    }
    if candidate.text.nature == Nature::Document || is_identifier(secret) {
        told.confidence = Confidence::Low;
    }
    true
}

/// Anything but a placeholder, a path or a word that switches something.
pub(super) fn value(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    let is_switch = is_one_of(SWITCHES, &String::from_utf8_lossy(&lower));
    !is_switch && !secret.starts_with(b"/") && !is_hash(secret) && secret.len() >= 3
}

/// Is it commented out, and a word rather than something made up?
pub(crate) fn is_sample(candidate: &Candidate<'_>) -> bool {
    let secret = candidate.secret();
    (is_word(secret) || is_dashed_words(secret)) && is_commented(candidate)
}

/// Does its line begin as a comment, or does it stand in a comment of XML?
fn is_commented(candidate: &Candidate<'_>) -> bool {
    let before = candidate.text.slice(candidate.secret.start.saturating_sub(4096), candidate.secret.start);
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]).trim_ascii_start();
    let begins =
        [&b"#"[..], b";", b"//", b"* ", b"--", b"<!--", b"%", b"!"].iter().any(|mark| line.starts_with(mark));
    begins
        || memchr::memmem::rfind(before, b"<!--")
            .is_some_and(|open| memchr::memmem::find(&before[open..], b"-->").is_none())
}

/// Does the name mean the secret itself, not something about it?
fn is_about_it(candidate: &Candidate<'_>) -> bool {
    let Some(name) = candidate.part("name") else { return true };
    let parts = words(name);
    let Some(at) = parts.iter().rposition(|part| is_one_of(TELLING, part) || ends_telling(part)) else {
        return false;
    };
    let is_ending = |part: &String| {
        is_one_of(ENDINGS, part) || part.bytes().all(|byte| byte.is_ascii_digit()) || part.len() == 1
    };
    let is_about = |part: &String| is_one_of(ABOUT, part);
    parts[at + 1..].iter().all(is_ending) && !parts[..at].iter().any(is_about)
}

fn ends_telling(part: &str) -> bool {
    ["password", "passwd", "passphrase", "secret", "apikey", "token", "pwd"]
        .iter()
        .any(|word| part.ends_with(word))
}

/// The words of a name, in lower case: `DB_rootPassword2` is `db`, `root`, `password`, `2`.
fn words(name: &[u8]) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut last = b'_';
    for &byte in name {
        let begins = !byte.is_ascii_alphanumeric()
            || (byte.is_ascii_uppercase() && last.is_ascii_lowercase())
            || (byte.is_ascii_digit() != last.is_ascii_digit());
        if begins {
            out.push(String::new());
        }
        if byte.is_ascii_alphanumeric()
            && let Some(word) = out.last_mut()
        {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        last = byte;
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Is it a value written down, not an expression, a path, a sentence or a word of the language?
fn is_literal(candidate: &Candidate<'_>) -> bool {
    let secret = candidate.secret();
    let lower = secret.to_ascii_lowercase();
    let name = candidate.part("name").unwrap_or(b"").to_ascii_lowercase();
    let quoted = candidate.is_quoted();
    let behind = candidate.text.bytes.get(candidate.secret.end);
    let has = |needle: &[u8]| memchr::memmem::find(secret, needle).is_some();
    if candidate.text.nature == Nature::Source && !quoted {
        return false;
    }
    if is_one_of(WORDS, &String::from_utf8_lossy(&lower)) || lower == name || name.ends_with(&lower) {
        return false;
    }
    // Paths, addresses, variables, calls, subscripts, markup, patterns.
    if matches!(secret[0], b'/' | b'~' | b'<' | b'{' | b'(' | b'[' | b',' | b':' | b'=' | b'|' | b'\\')
        || secret.starts_with(b"./")
        || has(b"://")
        || has(b"()")
        || has(b"](")
        || has(b"=>")
        || has(b"->")
        || has(b"::")
        || has(b"</")
        || has(b"\\n")
        || has(b"\\w")
        || has(b"\\s")
        || has(b":!")
        || has(b"[^")
        || has(b"\" ")
        || has(b"' ")
    {
        return false;
    }
    if !quoted
        && (matches!(behind, Some(b'(' | b'[' | b'{')) || matches!(secret[0], b'$' | b'%' | b'&' | b'*'))
    {
        return false;
    }
    // Sentences and labels; a passphrase of words is taken only where it is an assignment in settings.
    let spaces = secret.iter().filter(|byte| byte.is_ascii_whitespace()).count();
    if spaces > 0
        && (candidate.text.nature != Nature::Settings || spaces > 6 || !secret.iter().any(u8::is_ascii_digit))
    {
        return false;
    }
    // `user.password`, `config.get.secret`: a look-up; `new_password`: a name.
    let dotted = secret.split(|byte| *byte == b'.').filter(|part| is_name(part)).count();
    if has(b".")
        && dotted == secret.split(|byte| *byte == b'.').count()
        && !secret.iter().any(u8::is_ascii_digit)
    {
        return false;
    }
    let speaks = [&b"password"[..], b"passwd", b"secret", b"token", b"api_key", b"apikey", b"credential"];
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let speaks_of_it = speaks.iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    !(speaks_of_it
        && digits == 0
        && secret.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(byte)))
}

fn is_name(part: &[u8]) -> bool {
    part.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Letters only: may be a word.
fn is_word(secret: &[u8]) -> bool {
    let inner_upper = secret.iter().skip(1).any(u8::is_ascii_uppercase);
    let inner_lower = secret.iter().any(u8::is_ascii_lowercase);
    secret.iter().all(u8::is_ascii_alphabetic)
        && !(inner_upper && inner_lower && placeholder::entropy(secret) > 3.2)
}

/// Words with dashes, underscores or dots between: a name of something.
fn is_dashed_words(secret: &[u8]) -> bool {
    let mut parts = secret.split(|byte| b"_-. /".contains(byte));
    parts.all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphabetic))
}

/// A name of the program's own, with a digit perhaps: `aws_secret_key_2`, `SHA256withRSA`.
fn is_identifier(secret: &[u8]) -> bool {
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let dashes = secret.iter().filter(|byte| b"_-. ".contains(byte)).count();
    digits * 8 < secret.len() && dashes >= 1 && placeholder::entropy(secret) < 4.0
}

/// Hashes of passwords, as crypt(3), LDAP and their kin write them: no secret that opens anything by itself.
pub(super) fn is_hash(secret: &[u8]) -> bool {
    let crypt = secret.starts_with(b"$")
        && secret.iter().filter(|byte| **byte == b'$').count() >= 2
        && secret.len() > 12;
    let braced = secret.starts_with(b"{")
        && [
            &b"{SSHA"[..],
            b"{SHA",
            b"{MD5",
            b"{SMD5",
            b"{CRYPT",
            b"{PBKDF2",
            b"{ARGON2",
            b"{BLF",
            b"{bcrypt",
            b"{noop",
        ]
        .iter()
        .any(|scheme| secret.len() >= scheme.len() && secret[..scheme.len()].eq_ignore_ascii_case(scheme));
    let named = [
        &b"pbkdf2"[..],
        b"scrypt:",
        b"argon2",
        b"sha256$",
        b"sha1$",
        b"bcrypt$",
        b"SCRAM-SHA",
        b"md5$",
        b"$argon",
    ]
    .iter()
    .any(|scheme| secret.starts_with(scheme));
    crypt || braced || named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split() {
        let check = |name: &str, wanted: &[&str]| assert_eq!(words(name.as_bytes()), wanted, "{name}");
        check("DB_rootPassword2", &["db", "root", "password", "2"]);
        check("dbPassword", &["db", "password"]);
        check("spring.datasource.password", &["spring", "datasource", "password"]);
        check("PASSWORD", &["password"]);
    }

    #[test]
    fn hashes_are_not_secrets() {
        for text in
            ["$6$salt$0123456789abcdef", "{SSHA}abcdef", "$2y$10$abcdefghijklmnop", "$apr1$x$0123456789"]
        {
            assert!(is_hash(text.as_bytes()), "{text}");
        }
        for text in ["$ecret$99", "pa$$w0rd", "{curly}"] {
            assert!(!is_hash(text.as_bytes()), "{text}");
        }
    }
}
