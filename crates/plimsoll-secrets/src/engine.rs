//! Searching: keywords of all rules in one pass, then each rule's pattern in the windows around its keywords.
//!
//! The windows of a rule are merged, so every byte is tried at most once by a rule, however many keywords there are.

use crate::Key;
use crate::candidate::{Candidate, Told};
use crate::catalogue::CATALOGUE;
use crate::check::assigned;
use crate::encoding;
use crate::identity::identity;
use crate::mask;
use crate::placeholder;
use crate::reader::Reader;
use crate::rule::Rule;
use crate::text::{self, Nature, Text};
use plimsoll_model::{Confidence, Secret};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Secrets told of one rule in one file; the last then has the property `more`.
const MOST_PER_RULE: usize = 100;
/// Matches of one rule looked at in one file.
const MOST_TRIES: usize = 20_000;
/// Places told of one and the same secret in one file.
const MOST_PER_SECRET: usize = 10;
/// Bytes of a file read by a rule without keywords.
const MOST_BY_FILE: usize = 1 << 20;

/// A secret found. No `Debug`: it holds one.
pub(crate) struct Hit {
    pub rule: usize,
    /// Where it stands in the text searched.
    pub span: Range<usize>,
    pub secret: Vec<u8>,
    pub told: Told,
    /// Equal for what was decoded out of the same run; 0 for what stands there plainly.
    pub run: usize,
    pub label: String,
}

pub(crate) fn search(path: &str, content: &[u8], key: &Key) -> Vec<Secret> {
    let text = Text::new(path, content);
    let mut secrets = finish(&text, scan(&text, true), key);
    if let Some(narrow) = text::utf16(content) {
        let is_text = !content.starts_with(b"MZ");
        let nature = if is_text { text.nature } else { Nature::Other };
        let text = Text { path: text.path, bytes: &narrow, nature, is_text };
        secrets.extend(finish(&text, scan(&text, true), key));
    }
    secrets
}

/// What one rule has still to do in a text.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// The window not tried yet; empty when they are equal.
    from: usize,
    to: usize,
    /// Where the last match ended.
    done: usize,
    tries: usize,
    hits: usize,
    applies: Option<bool>,
}

struct Scan<'t> {
    text: &'t Text<'t>,
    progress: Vec<Progress>,
    hits: Vec<Hit>,
}

/// Everything the rules see in a text; in base64 too, once, when `deep`.
pub(crate) fn scan(text: &Text<'_>, deep: bool) -> Vec<Hit> {
    let catalogue = &*CATALOGUE;
    let progress = vec![Progress::default(); catalogue.rules.len()];
    let mut scan = Scan { text, progress, hits: Vec::new() };
    catalogue.finder.each(text.bytes, |found| {
        for target in &catalogue.targets[found.keyword] {
            let is_it =
                target.exact.as_ref().is_none_or(|exact| text.bytes[found.start..found.end] == exact[..]);
            if is_it {
                scan.note(target.rule, found.start..found.end);
            }
        }
    });
    if deep {
        scan.encoded();
    }
    for rule in 0..catalogue.rules.len() {
        scan.flush(rule);
    }
    for rule in &catalogue.by_file {
        scan.whole(*rule);
    }
    scan.hits
}

impl Scan<'_> {
    /// A keyword of this rule stands here.
    fn note(&mut self, index: usize, keyword: Range<usize>) {
        let rule = &CATALOGUE.rules[index];
        let progress = &mut self.progress[index];
        let applies = *progress.applies.get_or_insert_with(|| {
            (rule.files.is_empty() || rule.files.iter().any(|glob| glob.is_end_of(&self.text.path)))
                && (!rule.text_only || self.text.is_text)
        });
        if !applies || progress.hits >= MOST_PER_RULE {
            return;
        }
        if rule.reader.is_some() {
            return self.read(index, keyword.start);
        }
        let line = |bytes: &[u8]| memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        if !rule.followed_by.is_empty() {
            let behind = self.text.slice(keyword.end, keyword.end + 48);
            if !behind[..line(behind)].iter().any(|byte| rule.followed_by.contains(byte)) {
                return;
            }
        }
        let mut from = keyword.start.saturating_sub(rule.before);
        let mut to = (keyword.end + rule.after).min(self.text.bytes.len());
        if rule.one_line {
            let before = self.text.slice(from, keyword.start);
            from += memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
            to = keyword.end + line(self.text.slice(keyword.end, to));
        }
        if progress.from < progress.to && from <= progress.to {
            (progress.from, progress.to) = (progress.from.min(from), progress.to.max(to));
        } else {
            self.flush(index);
            let progress = &mut self.progress[index];
            (progress.from, progress.to) = (from, to);
        }
    }

    /// Searches the base64 in which something stands that looks like a keyword.
    fn encoded(&mut self) {
        let Some(finder) = &CATALOGUE.encoded else { return };
        let mut done = 0;
        for run in encoding::runs(self.text.bytes) {
            let mut at = run.start.max(done);
            while let Some(found) = self.text.bytes.get(at..run.end).and_then(|rest| finder.find(rest)) {
                done = self.decode(at + found.start()).max(at + found.end());
                at = done;
            }
        }
    }

    /// Tries the rule in its window.
    fn flush(&mut self, index: usize) {
        let Progress { from, to, .. } = self.progress[index];
        if from >= to {
            return;
        }
        (self.progress[index].from, self.progress[index].to) = (0, 0);
        let rule = &CATALOGUE.rules[index];
        let Some(pattern) = &rule.pattern else { return };
        // The haystack begins before the window, so that `\b` sees what stands there.
        let haystack = &self.text.bytes[..to];
        let mut at = from.max(self.progress[index].done);
        while at < to && self.progress[index].tries < MOST_TRIES {
            let Some(found) = pattern.captures_at(haystack, at) else { break };
            let end = found.get(0).map_or(at, |whole| whole.end());
            at = end.max(at + 1);
            let progress = &mut self.progress[index];
            progress.tries += 1;
            progress.done = at;
            let next = self.text.bytes.get(end);
            if end == to && next.is_some_and(u8::is_ascii_alphanumeric) {
                continue; // cut off by the window
            }
            let Some(candidate) = Candidate::new(self.text, pattern, &found) else { continue };
            if let Some(told) = judge(rule, &candidate) {
                let secret = candidate.secret().to_vec();
                self.push(index, candidate.secret, secret, told);
                if self.progress[index].hits >= MOST_PER_RULE {
                    break;
                }
            }
        }
    }

    /// Reads the structure that begins around here.
    fn read(&mut self, index: usize, at: usize) {
        let rule = &CATALOGUE.rules[index];
        let Some(reader) = rule.reader else { return };
        if at < self.progress[index].done || self.progress[index].tries >= MOST_TRIES {
            return;
        }
        self.progress[index].tries += 1;
        let (readings, done) = reader.read(self.text, at, rule.confidence);
        for reading in readings {
            self.push(index, reading.span, reading.secret, reading.told);
        }
        self.progress[index].done = done;
    }

    /// Tries a rule without keywords on the beginning of a file of its name.
    fn whole(&mut self, index: usize) {
        let rule = &CATALOGUE.rules[index];
        if !rule.files.iter().any(|glob| glob.is_end_of(&self.text.path)) || self.text.bytes.is_empty() {
            return;
        }
        let end = self.text.bytes.len().min(MOST_BY_FILE);
        if rule.pattern.is_some() {
            (self.progress[index].from, self.progress[index].to) = (0, end);
            return self.flush(index);
        }
        let candidate = Candidate { text: self.text, secret: 0..self.text.bytes.len(), parts: Vec::new() };
        if let Some(mut told) = judge(rule, &candidate) {
            told.tell("bytes", &self.text.bytes.len().to_string());
            self.push(index, 0..end, self.text.bytes.to_vec(), told);
        }
    }

    /// Decodes the base64 around here and searches what comes out; says where the run ends.
    fn decode(&mut self, at: usize) -> usize {
        let Some((span, decoded)) = encoding::run(self.text.bytes, at) else { return at + 1 };
        let inner = Text {
            path: self.text.path.clone(),
            is_text: memchr::memchr(0, &decoded).is_none(),
            bytes: &decoded,
            nature: self.text.nature,
        };
        let run = span.start + 1;
        for mut hit in scan(&inner, false) {
            hit.told.properties.insert(0, ("encoding".to_owned(), "base64".to_owned()));
            self.hits.push(Hit { span: span.clone(), run, label: String::new(), ..hit });
        }
        span.end
    }

    fn push(&mut self, rule: usize, span: Range<usize>, secret: Vec<u8>, mut told: Told) {
        let progress = &mut self.progress[rule];
        progress.hits += 1;
        if progress.hits == MOST_PER_RULE {
            told.tell("more", "further ones in this file are not listed");
        }
        let label = mask::label(self.text.slice(0, span.start));
        self.hits.push(Hit { rule, span, secret, told, run: 0, label });
    }
}

/// What looking closer at a match told; `None` when it is no secret.
fn judge(rule: &Rule, candidate: &Candidate<'_>) -> Option<Told> {
    let secret = candidate.secret();
    if rule.pattern.is_some() && placeholder::is_placeholder(secret) {
        return None;
    }
    if rule.entropy > 0.0 && placeholder::entropy(secret) < rule.entropy {
        return None;
    }
    let mut told = Told::new(rule.confidence);
    for (name, range) in &candidate.parts {
        if !name.starts_with("secret") && *name != "name" && !range.is_empty() {
            let value = candidate.text.slice(range.start, range.end);
            // A token may stand where the user is expected.
            let shown = if *name == "user" && mask::may_be_secret(value) { b"****" } else { value };
            told.tell(name, &String::from_utf8_lossy(shown));
        }
    }
    if !rule.checks.iter().all(|check| check.holds(candidate, &mut told)) {
        return None;
    }
    // What a page says, and what is commented out and might be a word, is an example.
    if rule.text_only && (candidate.text.nature == Nature::Document || assigned::is_sample(candidate)) {
        told.confidence = Confidence::Low;
    }
    Some(told)
}

/// One secret a place: of several rules that see the same one the surest, then the first in the catalogue.
fn finish(text: &Text<'_>, mut hits: Vec<Hit>, key: &Key) -> Vec<Secret> {
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.told.confidence), hit.rule, hit.span.start));
    let mut taken: HashMap<usize, BTreeMap<usize, usize>> = HashMap::new();
    hits.retain(|hit| {
        if hit.run > 0 {
            return true;
        }
        let taken = taken.entry(hit.run).or_default();
        let before = taken.range(..hit.span.end).next_back();
        let is_free = before.is_none_or(|(_, end)| *end <= hit.span.start);
        if is_free {
            taken.insert(hit.span.start, hit.span.end);
        }
        is_free
    });
    hits.sort_by_key(|hit| (hit.span.start, hit.rule));
    let offsets: Vec<usize> = hits.iter().map(|hit| hit.span.start).collect();
    let lines = text::lines(text.bytes, &offsets);
    let mut seen: HashMap<(usize, [u8; 16]), usize> = HashMap::new();
    let mut secrets = Vec::new();
    let mut last_end = 0;
    for (hit, line) in hits.into_iter().zip(lines) {
        let rule = &CATALOGUE.rules[hit.rule];
        let identity = identity(key, hit.told.essence.as_deref().unwrap_or(&hit.secret));
        let places = seen.entry((hit.rule, identity)).or_default();
        *places += 1;
        if *places > MOST_PER_SECRET {
            continue;
        }
        // A label that reaches into another secret is not shown.
        let label = if hit.span.start.saturating_sub(hit.label.len()) < last_end { "" } else { &hit.label };
        last_end = last_end.max(hit.span.end);
        let shown = match rule.reader {
            // Of a key its first line.
            Some(Reader::PrivateKey) => format!("{} ****", String::from_utf8_lossy(&hit.secret)),
            _ => mask::masked(&hit.secret, prefix(rule, &hit.secret), rule.entropy >= 3.0),
        };
        secrets.push(Secret {
            rule: rule.id.clone(),
            line: text.is_text.then_some(line),
            masked: mask::printable(&format!("{label}{shown}")),
            identity,
            confidence: hit.told.confidence,
            properties: hit.told.properties,
        });
    }
    secrets
}

/// Length of the keyword the secret begins with: what every secret of the kind has in common.
fn prefix(rule: &Rule, secret: &[u8]) -> usize {
    let begins = |keyword: &&String| {
        let head = secret.get(..keyword.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(keyword.as_bytes()))
    };
    match rule.confidence {
        Confidence::High | Confidence::Medium if rule.category != "password" => {
            rule.keywords.iter().filter(begins).map(String::len).max().unwrap_or(0)
        }
        _ => 0,
    }
}
