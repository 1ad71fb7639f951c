//! Until when a release is supported (endoflife.date, API v0).

use serde::Deserialize;

/// A row of the table `end_of_life`: cycle and last day.
pub type Cycle = (String, String);

/// Operating systems whose os-release id is not their name at endoflife.date.
const PRODUCTS: &[(&str, &[&str])] = &[
    ("alpine", &["alpine-linux", "alpine"]),
    ("amzn", &["amazon-linux"]),
    ("centos", &["centos", "centos-stream"]),
    ("ol", &["oracle-linux"]),
    ("opensuse-leap", &["opensuse"]),
    ("photon", &["vmware-photon"]),
    ("rocky", &["rocky-linux"]),
    ("sl-micro", &["suse-linux-micro"]),
    ("sle-micro", &["suse-linux-micro"]),
    ("sled", &["sles"]),
    ("sles_sap", &["sles"]),
    ("suse-microos", &["suse-linux-micro"]),
];

/// Products whose extended support is free and for everybody, so that it counts: Debian LTS
/// (<https://wiki.debian.org/LTS>). Elsewhere it is a contract.
const FREE_EXTENSION: &[&str] = &["debian"];

/// The names to look a product up by.
pub(crate) fn products(id: &str) -> Vec<&str> {
    match PRODUCTS.iter().find(|(os, _)| *os == id) {
        Some((_, names)) => names.to_vec(),
        None => vec![id],
    }
}

/// The cycles a release may be of, the most exact first: `3.20.3` is of `3.20.3`, `3.20` or `3`.
pub(crate) fn cycles(release: &str) -> impl Iterator<Item = &str> {
    let release = release.trim_start_matches('v');
    std::iter::successors(Some(release), |release| release.rsplit_once('.').map(|(front, _)| front)).take(8)
}

/// Reads a product's file.
pub fn parse(product: &str, bytes: &[u8]) -> Result<Vec<Cycle>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry {
        cycle: serde_json::Value,
        #[serde(default)]
        eol: serde_json::Value,
        #[serde(default)]
        extended_support: serde_json::Value,
    }
    let mut cycles = Vec::new();
    for entry in serde_json::from_slice::<Vec<Entry>>(bytes)? {
        let cycle = match entry.cycle {
            serde_json::Value::String(cycle) => cycle,
            serde_json::Value::Number(cycle) => cycle.to_string(),
            _ => continue,
        };
        let extended = Some(&entry.extended_support).filter(|_| FREE_EXTENSION.contains(&product));
        let days = extended.into_iter().chain([&entry.eol]).filter_map(|day| day.as_str());
        if let Some(day) = days.filter(|day| crate::date::is_day(day)).max()
            && cycle.len() <= 64
        {
            cycles.push((cycle, day.to_owned()));
        }
    }
    Ok(cycles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_file_is_read() {
        let text = br#"[
            {"cycle":"12","eol":"2026-07-11","extendedSupport":"2028-06-30","lts":false},
            {"cycle":3.20,"eol":"2026-04-01"}, {"cycle":"sid","eol":false}, {"cycle":"x","eol":"tomorrow"}
        ]"#;
        let check = |product, expected: &[(&str, &str)]| {
            let cycles = parse(product, text).expect("a product file");
            let cycles: Vec<(&str, &str)> = cycles.iter().map(|(cycle, day)| (&**cycle, &**day)).collect();
            assert_eq!(cycles, expected, "{product}");
        };
        check("debian", &[("12", "2028-06-30"), ("3.2", "2026-04-01")]);
        check("ubuntu", &[("12", "2026-07-11"), ("3.2", "2026-04-01")]);
        assert!(parse("debian", b"{}").is_err());
    }

    #[test]
    fn a_release_is_of_the_most_exact_cycle() {
        assert_eq!(cycles("3.20.3").collect::<Vec<_>>(), ["3.20.3", "3.20", "3"]);
        assert_eq!(cycles("v9").collect::<Vec<_>>(), ["9"]);
        assert_eq!(products("rocky"), ["rocky-linux"]);
        assert_eq!(products("debian"), ["debian"]);
    }
}
