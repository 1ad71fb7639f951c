//! WordPress: its core, and the plugins and themes by the headers of their files.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of `wp-includes/version.php`, `wp-content/plugins/` and `wp-content/themes/`.
pub(super) struct Wordpress;

/// Bytes of a file's beginning in which WordPress looks for a header (`get_file_data`).
const HEADER_BYTES: usize = 8 << 10;

impl Analyzer for Wordpress {
    fn name(&self) -> &'static str {
        "wordpress"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        match place(&entry.path) {
            Some(Place::Plugin(_)) => {
                memchr::memmem::find(head, b"Plugin Name").is_some() || entry.size > 4096
            }
            place => place.is_some(),
        }
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let head = &file.content[..file.content.len().min(HEADER_BYTES)];
        let text = String::from_utf8_lossy(head).replace('\r', "\n");
        let found = match place(&file.entry.path) {
            Some(Place::Core) => core(&text),
            Some(Place::Plugin(slug)) => headed(&text, "plugin", slug, "Plugin Name"),
            Some(Place::Theme(slug)) => headed(&text, "theme", slug, "Theme Name"),
            None => None,
        };
        Findings::of(Ok(found.into_iter().collect()))
    }
}

enum Place<'a> {
    Core,
    /// The plugin's slug.
    Plugin(&'a str),
    Theme(&'a str),
}

fn place(path: &str) -> Option<Place<'_>> {
    if path.ends_with("/wp-includes/version.php") {
        return Some(Place::Core);
    }
    let below = |folder: &str| path.split_once(folder).map(|(_, rest)| rest);
    let plugin = below("/wp-content/plugins/").or_else(|| below("/wp-content/mu-plugins/"));
    if let Some(file) = plugin.and_then(|rest| rest.strip_suffix(".php")) {
        // A plugin is a folder with its files at the top, or a lone file.
        let slug = match file.split_once('/') {
            Some((folder, file)) => Some(folder).filter(|_| !file.contains('/')),
            None => Some(file).filter(|&file| file != "index"),
        };
        return slug.filter(|slug| !slug.is_empty()).map(Place::Plugin);
    }
    let slug = below("/wp-content/themes/")?.strip_suffix("/style.css")?;
    (!slug.is_empty() && !slug.contains('/')).then_some(Place::Theme(slug))
}

/// `$wp_version = '6.5.2';`
fn core(text: &str) -> Option<Component> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("$wp_version"))?;
    let value = line.trim_start().strip_prefix('=')?.trim().trim_end_matches(';').trim();
    let version = value.trim_matches(['\'', '"']);
    let mut component = versioned(Component::new(PurlType::Wordpress, "", "wordpress", version))?;
    component.cpes.push("wordpress:wordpress".to_owned());
    Some(component)
}

/// What the header of a plugin or theme says (Plugin Handbook, "Header Requirements").
fn headed(text: &str, kind: &str, slug: &str, name: &str) -> Option<Component> {
    let field = |wanted: &str| {
        text.lines().find_map(|line| {
            let line = line.trim_start_matches([' ', '\t', '/', '*', '#', '@']);
            let (key, value) = line.split_once(':')?;
            let value = value.split("*/").next().unwrap_or(value).split("?>").next().unwrap_or(value).trim();
            (key.trim_end().eq_ignore_ascii_case(wanted) && !value.is_empty()).then(|| value.to_owned())
        })
    };
    field(name)?;
    let component = Component::new(PurlType::Wordpress, kind, slug, &field("Version")?);
    let mut component = versioned(component)?;
    component.vendor = field("Author");
    component.licenses.extend(field("License"));
    Some(component)
}

fn versioned(component: Component) -> Option<Component> {
    let is_version = component.version.len() < 64 && component.version.contains(|c: char| c.is_ascii_digit());
    is_version.then_some(component)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read, survives, wants};
    use super::*;

    #[test]
    fn core_plugins_and_themes_are_read() {
        let at = |path: &str| format!("/var/www/html/{path}");
        let core =
            "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.5.2';\n$wp_db_version = 1;\n";
        check(&Wordpress, &at("wp-includes/version.php"), core, &["wordpress 6.5.2"]);
        let akismet = "<?php\r\n/*\r\nPlugin Name: Akismet Anti-spam\r\nVersion: 5.3.1\r\nAuthor: Automattic\r\nLicense: GPLv2 or later\r\n*/";
        let path = at("wp-content/plugins/akismet/akismet.php");
        check(&Wordpress, &path, akismet, &["plugin/akismet 5.3.1 [GPLv2 or later]"]);
        check(
            &Wordpress,
            &at("wp-content/plugins/hello.php"),
            "<?php\n// Plugin Name: Hello\n// Version: 1.7.2",
            &["plugin/hello 1.7.2"],
        );
        let theme = "/*\nTheme Name: Twenty\nVersion: 1.1\n*/";
        check(&Wordpress, &at("wp-content/themes/twenty/style.css"), theme, &["theme/twenty 1.1"]);
        for path in [
            "wp-content/plugins/a/b/c.php",
            "wp-content/plugins/index.php",
            "wp-content/themes/a/b/style.css",
        ] {
            assert!(!wants(&Wordpress, &at(path), akismet.as_bytes()), "{path}");
        }
        assert!(!wants(&Wordpress, &path, b"<?php // a part of it"));
        assert_eq!(read(&Wordpress, &path, b"<?php\n/* Plugin Name: x */"), Findings::default());
        survives(&Wordpress, &path, akismet.as_bytes());
    }
}
