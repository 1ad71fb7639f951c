//! Which of several platforms is wanted.

use crate::{ImageError, PlatformChoice};
use plimsoll_model::Platform;

/// `linux` on this machine's architecture, in Go's words.
pub(crate) fn host() -> Platform {
    let (arch, variant) = match std::env::consts::ARCH {
        "x86_64" => ("amd64", ""),
        "x86" => ("386", ""),
        "aarch64" => ("arm64", ""),
        "arm" => ("arm", "v7"),
        "powerpc64" => ("ppc64le", ""),
        "loongarch64" => ("loong64", ""),
        other => (other, ""),
    };
    Platform { os: "linux".to_owned(), arch: arch.to_owned(), variant: variant.to_owned() }
}

/// The wanted ones of one image's platforms, in their order. An image that does not say its platform fits only
/// when there is nothing to choose.
pub(crate) fn choose<T>(
    name: &str,
    mut of: Vec<(Option<Platform>, T)>,
    choice: &PlatformChoice,
) -> Result<Vec<T>, ImageError> {
    let best = |of: &[(Option<Platform>, T)], wanted: &Platform| {
        let fits = of
            .iter()
            .enumerate()
            .filter_map(|(index, (platform, _))| Some((fit(platform.as_ref()?, wanted)?, index)));
        // The best fit, and of those the first.
        fits.min().map(|(_, index)| index)
    };
    match choice {
        PlatformChoice::All => Ok(of.into_iter().map(|(_, image)| image).collect()),
        PlatformChoice::Host if of.is_empty() => Ok(Vec::new()),
        PlatformChoice::Host => {
            let index = best(&of, &host()).unwrap_or(0);
            Ok(vec![of.swap_remove(index).1])
        }
        PlatformChoice::One(_) if matches!(of.as_slice(), [(None, _)]) => {
            Ok(of.into_iter().map(|(_, image)| image).collect())
        }
        PlatformChoice::One(wanted) => match best(&of, wanted) {
            Some(index) => Ok(vec![of.swap_remove(index).1]),
            None => {
                let shown = |(platform, _): &(Option<Platform>, T)| {
                    platform.as_ref().map_or("one of unknown platform".to_owned(), Platform::to_string)
                };
                let available = of.iter().map(shown).collect::<Vec<_>>().join(", ");
                Err(ImageError::Platform { name: name.to_owned(), wanted: wanted.to_string(), available })
            }
        },
    }
}

/// How well a platform fits, 0 best; `None` not at all. A variant that is not said is `v8` on arm64 and `v7` on arm
/// (OCI image spec 1.1, "Platform Variants"); an older arm runs on a newer one.
fn fit(platform: &Platform, wanted: &Platform) -> Option<u8> {
    if platform.os != wanted.os || platform.arch != wanted.arch {
        return None;
    }
    let variant = |of: &Platform| match (of.arch.as_str(), of.variant.as_str()) {
        ("arm64", "") => "v8".to_owned(),
        ("arm", "") => "v7".to_owned(),
        (_, variant) => variant.to_owned(),
    };
    let (have, want) = (variant(platform), variant(wanted));
    let number = |variant: &str| variant.strip_prefix('v').and_then(|number| number.parse::<u8>().ok());
    match (number(&have), number(&want)) {
        _ if have == want => Some(0),
        (Some(have), Some(want)) if have < want && platform.arch == "arm" => Some(want - have),
        _ if wanted.variant.is_empty() => Some(u8::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(have: &[&str], choice: PlatformChoice, wanted: Result<&[usize], &str>) {
        let of = have.iter().enumerate().map(|(index, text)| (Platform::parse(text), index)).collect();
        let chosen = choose("image", of, &choice).map_err(|error| error.to_string());
        match wanted {
            Ok(indexes) => assert_eq!(chosen.as_deref(), Ok(indexes)),
            Err(why) => assert!(chosen.expect_err(why).contains(why)),
        }
    }

    #[test]
    fn platforms_are_chosen() {
        let one = |text| PlatformChoice::One(Platform::parse(text).expect("a platform"));
        let all = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "windows/amd64"];
        for (text, index) in [
            ("linux/amd64", 0),
            ("linux/arm", 2),
            ("linux/arm/v6", 1),
            ("linux/arm64", 3),
            ("windows/amd64", 4),
        ] {
            check(&all, one(text), Ok(&[index]));
        }
        check(&["linux/arm/v5", "linux/arm/v6"], one("linux/arm/v7"), Ok(&[1]));
        check(&["linux/arm/v7"], one("linux/arm/v6"), Err("linux/arm/v7"));
        check(&all, one("linux/s390x"), Err("no image for linux/s390x; it has linux/amd64, linux/arm/v6"));
        check(&["?"], one("linux/amd64"), Ok(&[0]));
        check(&["?", "?"], one("linux/amd64"), Err("unknown platform"));
        check(&all, PlatformChoice::All, Ok(&[0, 1, 2, 3, 4]));
        check(&["plan9/mips", "plan9/arm"], PlatformChoice::Host, Ok(&[0]));
        check(&["plan9/mips", &host().to_string()], PlatformChoice::Host, Ok(&[1]));
    }
}
