//! A text to search: what kind of file it is of, its lines, UTF-16 made readable.

use std::borrow::Cow;

/// What a file is for, by its name: how much a `password = …` in it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Settings: values stand unquoted and are meant.
    Settings,
    /// A program in source form: only quoted values are literals.
    Source,
    /// For people to read: what stands there is an example.
    Document,
    /// Anything else.
    Other,
}

/// What is searched: the bytes of a file, or what was decoded out of them.
pub(crate) struct Text<'a> {
    /// Path in lower case.
    pub path: String,
    pub bytes: &'a [u8],
    pub nature: Nature,
    /// Has it lines?
    pub is_text: bool,
}

impl<'a> Text<'a> {
    pub fn new(path: &str, bytes: &'a [u8]) -> Text<'a> {
        let path = path.to_ascii_lowercase();
        let is_text = memchr::memchr(0, &bytes[..bytes.len().min(8192)]).is_none();
        Text { nature: nature(&path), path, bytes, is_text }
    }

    /// The bytes, or nothing where the range is none of it.
    pub fn slice(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to.min(self.bytes.len())).unwrap_or(&[])
    }
}

const SETTINGS: &str = "\
    cfg cnf conf config credentials env ini json json5 jsonc ks plist pref prefs profile properties reg \
    service settings tf tfstate tfvars toml xml yaml yml bash_history netrc sql list sh bash zsh ksh envrc \
    hcl ovpn neon timer socket bat cmd ps1 backup bak old orig save dist local key secret";
const SOURCES: &str = "\
    c cc cpp cs cshtml clj cjs coffee dart erl ex exs fs go groovy h hpp hs java jl js jsp jsx kt kts lua m \
    mjs ml mm php phtml pl pm py pyi r rb rs scala swift t ts tsx twig vb vue svelte tcl vim el awk map erb \
    ejs tmpl j2 cpy";
const DOCUMENTS: &str = "\
    1 2 3 4 5 6 7 8 3pm 3perl 3ssl 1ssl 5ssl 7ssl adoc asciidoc css htm html ipynb md mdx mo pdf po pot pod \
    rst scss svg tex texi info xhtml changelog markdown catalog ftl less";

fn nature(path: &str) -> Nature {
    let name = path.rsplit('/').next().unwrap_or("");
    let extension = name.rsplit('.').next().unwrap_or("");
    let is = |list: &str| list.split_ascii_whitespace().any(|one| one == extension);
    let about = ["/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/locale/", "/i18n/", "/locales/"];
    if about.iter().any(|folder| path.contains(folder))
        || is(DOCUMENTS)
        || ["readme", "changelog", "changes", "license", "copying", "news"]
            .iter()
            .any(|word| name.starts_with(word))
    {
        Nature::Document
    } else if is(SOURCES) {
        Nature::Source
    } else if is(SETTINGS)
        || name.starts_with(".env")
        || name.starts_with("dockerfile")
        || name.starts_with('.')
    {
        Nature::Settings
    } else {
        Nature::Other
    }
}

/// UTF-16 text as bytes in which ASCII is ASCII and everything else a question mark; `None` when it is none. Told by
/// its byte order mark, or by every other byte of its beginning being zero; of a Windows program (`MZ`), the
/// UTF-16 strings in it, a line each.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Cow<'static, [u8]>> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Some(narrow(rest, 0)),
        [0xfe, 0xff, rest @ ..] => Some(narrow(rest, 1)),
        [b'M', b'Z', ..] => Some(Cow::Owned(wide_strings(bytes))),
        _ => {
            let head = &bytes[..bytes.len().min(512) & !1];
            let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
            let most = head.len() * 2 / 5;
            if head.len() < 16 || zeros(0) + zeros(1) < most || zeros(0) + zeros(1) > head.len() * 3 / 5 {
                None
            } else if zeros(1) >= most {
                Some(narrow(bytes, 0))
            } else if zeros(0) >= most {
                Some(narrow(bytes, 1))
            } else {
                None
            }
        }
    }
}

/// One byte for two: the low one where the high one (the first when `big`) is zero.
fn narrow(bytes: &[u8], big: usize) -> Cow<'static, [u8]> {
    let pairs = bytes.as_chunks::<2>().0.iter();
    Cow::Owned(
        pairs.map(|pair| if pair[1 - big] == 0 && pair[big].is_ascii() { pair[big] } else { b'?' }).collect(),
    )
}

/// Runs of at least eight printable UTF-16 characters at any offset, a line each.
fn wide_strings(bytes: &[u8]) -> Vec<u8> {
    let is_wide = |at: usize| {
        let pair = bytes.get(at..at + 2);
        pair.is_some_and(|pair| pair[1] == 0 && (pair[0] == b'\t' || (0x20..0x7f).contains(&pair[0])))
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at + 16 <= bytes.len() {
        // Most bytes of a program are no part of one: the fourth character is looked at first.
        if !is_wide(at + 6) || !is_wide(at) {
            at += 1;
            continue;
        }
        let count = (0..).take_while(|index| is_wide(at + index * 2)).count();
        if count >= 8 {
            out.extend((0..count).map(|index| bytes[at + index * 2]));
            out.push(b'\n');
        }
        at += (count * 2).max(1);
    }
    out
}

/// The lines, from 1, of these offsets, which ascend.
pub(crate) fn lines(bytes: &[u8], offsets: &[usize]) -> Vec<u32> {
    let (mut line, mut from) = (1u32, 0);
    let count = |offset: &usize| {
        let to = (*offset).min(bytes.len()).max(from);
        line = line.saturating_add(memchr::memchr_iter(b'\n', &bytes[from..to]).count() as u32);
        from = to;
        line
    };
    offsets.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_made_readable() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let order = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(order).collect()
        };
        let check = |bytes: &[u8], wanted: Option<&str>| {
            let found = utf16(bytes).map(|found| String::from_utf8_lossy(&found).into_owned());
            assert_eq!(found.as_deref(), wanted);
        };
        check(&wide("\u{feff}a = 1\né", false), Some("a = 1\n?"));
        check(&wide("\u{feff}a = 1", true), Some("a = 1"));
        check(&wide("a longer text = 1", false), Some("a longer text = 1"));
        check(&wide("a longer text = 1", true), Some("a longer text = 1"));
        check(b"a longer text = 1", None);
        check(&[0; 64], None);
        check(b"", None);
        let program =
            [b"MZ\x90\0\x03\0", &wide("connect with this", false)[..], &[1, 2, 3], &wide("short", false)];
        check(&program.concat(), Some("connect with this\n"));
    }

    #[test]
    fn lines_are_counted_once() {
        assert_eq!(lines(b"a\nb\n\nc", &[0, 1, 2, 2, 5, 99]), [1, 1, 2, 2, 4, 4]);
    }

    #[test]
    fn natures() {
        let check = |path: &str, wanted: Nature| assert_eq!(nature(path), wanted, "{path}");
        check("/app/.env", Nature::Settings);
        check("/app/.env.local", Nature::Settings);
        check("/app/settings.py", Nature::Source);
        check("/usr/share/man/man1/curl.1", Nature::Document);
        check("/app/readme.md", Nature::Document);
        check("/etc/app.conf", Nature::Settings);
        check("/app/run", Nature::Other);
    }
}
