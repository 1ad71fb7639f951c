//! The Ruby text of an installed gem's specification (RubyGems, `Gem::Specification#to_ruby`). It is not run, only the
//! plain assignments RubyGems itself writes are read.

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;

/// The gem. What the text does not say is taken from its `# stub:` line, then from the file's name.
pub fn parse(content: &[u8], file_name: &str) -> Result<Component, String> {
    let text = text::text(content)?;
    let (mut name, mut version, mut licenses) = (None, None, Vec::new());
    let mut stub = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("# stub: ") {
            let mut words = rest.split_whitespace();
            stub = stub.or(words.next().zip(words.next()));
        }
        let Some((attribute, value)) = assignment(line) else { continue };
        match attribute {
            "name" => name = name.or(strings(value).into_iter().next()),
            "version" => version = version.or(strings(value).into_iter().next()),
            "license" | "licenses" => licenses = strings(value),
            _ => {}
        }
    }
    let fallback = stub.or(file_identity(file_name));
    let name = name.or(fallback.map(|(name, _)| name.to_owned())).unwrap_or_default();
    let version = version.or(fallback.map(|(_, version)| version.to_owned())).unwrap_or_default();
    let mut found =
        component(&name, &version).ok_or("not a gem specification: there is no name and version")?;
    found.licenses = licenses;
    Ok(found)
}

/// Attribute and value of `s.name = "x"`, whatever the variable is called.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (left, value) = line.split_once('=')?;
    let (variable, attribute) = left.trim_end().split_once('.')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    variable.chars().all(is_word).then_some((attribute, value))
}

/// The string literals in `"a".freeze`, `["a".freeze, 'b']`, `Gem::Version.new("1.0")`.
fn strings(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = value.chars();
    while let Some(quote) = chars.find(|&c| c == '"' || c == '\'' || c == '#') {
        if quote == '#' {
            break;
        }
        let mut string = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\\' => string.extend(chars.next()),
                _ if c == quote => {
                    found.push(string);
                    break;
                }
                _ => string.push(c),
            }
        }
    }
    found
}

/// `NAME-VERSION[-PLATFORM].gemspec`; a name may have dashes, a version begins with a digit and has none.
fn file_identity(file_name: &str) -> Option<(&str, &str)> {
    let stem = file_name.strip_suffix(".gemspec")?;
    let is_version = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    };
    let dashes = stem.match_indices('-').map(|(at, _)| at);
    let mut found = dashes.map(|at| (&stem[..at], stem[at + 1..].split('-').next().unwrap_or("")));
    found.find(|(name, version)| !name.is_empty() && is_version(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::{ruby::Gem, testing};

    const GENERATED: &str = r#"# -*- encoding: utf-8 -*-
# stub: nokogiri 1.15.4 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.15.4"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.licenses = ["MIT".freeze, "Apache-2.0".freeze]
  s.installed_by_version = "3.4.10" if s.respond_to? :installed_by_version
end
"#;

    #[test]
    fn specifications_are_read() {
        let check = |name: &str, content: &str, expected: &str| {
            testing::check(&Gem, &format!("/gems/specifications/{name}"), content, &[expected]);
        };
        check("nokogiri-1.15.4-x86_64-linux.gemspec", GENERATED, "nokogiri 1.15.4 [MIT, Apache-2.0]");
        check("x.gemspec", "spec.name = 'rake'\nspec.version = Gem::Version.new(\"13.0\")\n", "rake 13.0");
        check(
            "x.gemspec",
            "s.name=\"a\"\ns.version=\"1.0.rc1\"\ns.license = \"MIT\" # x \"y\"\n",
            "a 1.0.rc1 [MIT]",
        );
        check(
            "x.gemspec",
            "# stub: json 2.6.1 ruby lib\n  s.name = NAME\n  s.version = JSON::VERSION\n",
            "json 2.6.1",
        );
        check("net-http-0.3.0.gemspec", "", "net-http 0.3.0");
        check("google-protobuf-3.25.1-x86_64-linux.gemspec", "", "google-protobuf 3.25.1");
        check(
            "x.gemspec",
            "s.name = \"a\"\ns.version = \"1.0\"\ns.licenses = [\"A \\\"B\\\"\"]",
            "a 1.0 [A \"B\"]",
        );
    }

    #[test]
    fn hostile_files_are_survived() {
        testing::survives(&Gem, "/specifications/x-1.gemspec", GENERATED.as_bytes());
        assert_eq!(testing::read(&Gem, "/specifications/x.gemspec", b"s.name = \"a\"").unread.len(), 1);
        assert_eq!(file_identity("é-1.gemspec"), Some(("é", "1")));
    }
}
