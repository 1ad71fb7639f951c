//! Which Maven group an artifact belongs to, for archives that do not say.

use std::sync::LazyLock;

/// `artifact<TAB>group`, sorted; a third column is the lowest major version from which the group holds, for artifacts
/// that moved. Only artifacts are listed whose name alone tells the group.
static TABLE: &str = include_str!("../../../data/maven-groups.txt");

struct Row {
    artifact: &'static str,
    group: &'static str,
    from_major: u64,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let (artifact, group) = (columns.next()?, columns.next()?);
        Some(Row {
            artifact,
            group,
            from_major: columns.next().map_or(0, |major| major.parse().unwrap_or(0)),
        })
    });
    rows.collect()
});

/// The group of this artifact at this version, if the artifact is known. An unknown version is the newest.
pub(super) fn group(artifact: &str, version: &str) -> Option<&'static str> {
    let first = ROWS.partition_point(|row| row.artifact < artifact);
    let rows = ROWS[first..].iter().take_while(|row| row.artifact == artifact);
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    let major = digits.parse::<u64>().unwrap_or(u64::MAX);
    rows.filter(|row| row.from_major <= major).last().map(|row| row.group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_plain() {
        assert!(ROWS.len() >= 1500, "{}", ROWS.len());
        for pair in ROWS.windows(2) {
            let key = |row: &Row| (row.artifact, row.from_major);
            assert!(key(&pair[0]) < key(&pair[1]), "{} {}", pair[0].artifact, pair[1].artifact);
        }
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert!((2..=3).contains(&columns.len()), "{line}");
            let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
            assert!(is_name(columns[0]) && is_name(columns[1]) && !columns[0].is_empty(), "{line}");
            assert!(columns.get(2).is_none_or(|major| major.parse::<u64>().is_ok()), "{line}");
        }
    }

    #[test]
    fn groups_are_found() {
        let check = |artifact: &str, version: &str, expected: Option<&str>| {
            assert_eq!(group(artifact, version), expected, "{artifact} {version}");
        };
        check("mysql-connector-java", "8.0.28", Some("mysql"));
        check("mysql-connector-j", "8.0.33", Some("com.mysql"));
        check("spring-core", "5.3.18", Some("org.springframework"));
        check("log4j-core", "2.14.1", Some("org.apache.logging.log4j"));
        check("log4j", "1.2.17", Some("log4j"));
        check("ehcache", "2.10.0", Some("net.sf.ehcache"));
        check("ehcache", "3.9.0", Some("org.ehcache"));
        check("commons-io", "2.11.0", Some("commons-io"));
        check("commons-text", "1.9", Some("org.apache.commons"));
        check("tomcat-catalina", "9.0.50", Some("org.apache.tomcat"));
        check("no-such-artifact", "1", None);
        check("core", "1", None);
    }
}
