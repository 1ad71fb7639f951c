//! Which of several platforms is wanted.

use crate::{ImageError, PlatformChoice};
use plimsoll_model::Platform;

/// Platforms that an error lists.
const MOST_SHOWN: usize = 40;

/// The wanted ones of one image's platforms, in their order. Where none fits, those that do not say what they are:
/// each may be it, as far as is known.
pub(crate) fn choose<T>(
    name: &str,
    mut of: Vec<(Option<Platform>, T)>,
    choice: &PlatformChoice,
) -> Result<Vec<T>, ImageError> {
    let best = |wanted: &Platform| {
        let fits = of
            .iter()
            .enumerate()
            .filter_map(|(index, (platform, _))| Some((fit(platform.as_ref()?, wanted)?, index)));
        // The best fit, and of those the first.
        fits.min().map(|(_, index)| index)
    };
    let (wanted, index) = match choice {
        PlatformChoice::All if of.is_empty() => ("any platform".to_owned(), None),
        PlatformChoice::All => return Ok(of.into_iter().map(|(_, image)| image).collect()),
        PlatformChoice::Host => {
            let host = host();
            (host.to_string(), best(&host).or((!of.is_empty()).then_some(0)))
        }
        PlatformChoice::One(wanted) => (wanted.to_string(), best(wanted)),
    };
    if let Some(index) = index {
        return Ok(vec![of.swap_remove(index).1]);
    }
    let shown = of.iter().take(MOST_SHOWN).filter_map(|(platform, _)| Some(platform.as_ref()?.to_string()));
    let available = shown.collect::<Vec<_>>().join(", ");
    let silent: Vec<T> =
        of.into_iter().filter_map(|(platform, image)| platform.is_none().then_some(image)).collect();
    if !silent.is_empty() {
        return Ok(silent);
    }
    let available = if available.is_empty() { "no image at all".to_owned() } else { available };
    Err(ImageError::Platform { name: name.to_owned(), wanted, available })
}

/// `linux` on this machine's architecture, in Go's words.
fn host() -> Platform {
    let (arch, variant) = usual_words(std::env::consts::ARCH, "");
    Platform { os: "linux".to_owned(), arch, variant }
}

/// How well a platform fits, 0 best; `None` not at all. An older variant runs on a newer one.
fn fit(platform: &Platform, wanted: &Platform) -> Option<u8> {
    let (have_arch, have) = usual_words(&platform.arch, &platform.variant);
    let (want_arch, want) = usual_words(&wanted.arch, &wanted.variant);
    if platform.os != wanted.os || have_arch != want_arch {
        return None;
    }
    let number = |variant: &str| variant.strip_prefix('v').and_then(|number| number.parse::<u8>().ok());
    match (number(&have), number(&want)) {
        _ if have == want => Some(0),
        (Some(have), Some(want)) if have < want => Some(want - have),
        _ if wanted.variant.is_empty() => Some(u8::MAX),
        _ => None,
    }
}

/// Architecture and variant in Go's words, the variant that is not said written out (OCI image spec 1.1, "Platform
/// Variants"; other words as containerd folds them).
fn usual_words(arch: &str, variant: &str) -> (String, String) {
    let (arch, implied) = match arch {
        "x86_64" | "x86-64" | "amd64" => ("amd64", "v1"),
        "aarch64" | "arm64" => ("arm64", "v8"),
        "arm" | "armhf" | "armv7l" => ("arm", "v7"),
        "i386" | "i686" | "x86" => ("386", ""),
        "powerpc64" => ("ppc64le", ""),
        "riscv64gc" => ("riscv64", ""),
        "loongarch64" => ("loong64", ""),
        other => (other, ""),
    };
    let variant = match variant {
        "" => implied.to_owned(),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => format!("v{number}"),
        variant => variant.to_owned(),
    };
    (arch.to_owned(), variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(have: &[&str], choice: PlatformChoice, wanted: Result<&[usize], &str>) {
        let of = have.iter().enumerate().map(|(index, text)| (Platform::parse(text), index)).collect();
        let chosen = choose("image", of, &choice).map_err(|error| error.to_string());
        match wanted {
            Ok(indexes) => assert_eq!(chosen.as_deref(), Ok(indexes), "{have:?} {choice:?}"),
            Err(why) => assert!(chosen.expect_err(why).contains(why), "{have:?} {choice:?}"),
        }
    }

    #[test]
    fn platforms_are_chosen() {
        let one = |text| PlatformChoice::One(Platform::parse(text).expect("a platform"));
        let all = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "windows/amd64"];
        for (text, index) in [
            ("linux/amd64", 0),
            ("linux/x86_64/v1", 0),
            ("linux/arm", 2),
            ("linux/arm/v6", 1),
            ("linux/arm/6", 1),
            ("linux/arm64", 3),
            ("linux/aarch64/v8", 3),
            ("windows/amd64", 4),
        ] {
            check(&all, one(text), Ok(&[index]));
        }
        check(&["linux/arm/v5", "linux/arm/v6"], one("linux/arm/v7"), Ok(&[1]));
        check(&["linux/arm/v7"], one("linux/arm/v6"), Err("linux/arm/v7"));
        check(&["linux/arm64"], one("linux/arm64/v8"), Ok(&[0]));
        check(&["linux/amd64/v3", "linux/amd64"], one("linux/amd64"), Ok(&[1]));
        check(&["linux/amd64/v3", "linux/amd64/v2"], one("linux/amd64"), Ok(&[0]));
        check(&["linux/amd64", "linux/amd64/v2", "linux/amd64/v4"], one("linux/amd64/v3"), Ok(&[1]));
        check(&all, one("linux/s390x"), Err("no image for linux/s390x; it has linux/amd64, linux/arm/v6"));
        check(&["?"], one("linux/amd64"), Ok(&[0]));
        check(&["?", "linux/arm64", "?"], one("linux/amd64"), Ok(&[0, 2]));
        check(&["?", "linux/amd64"], one("linux/amd64"), Ok(&[1]));
        check(&all, PlatformChoice::All, Ok(&[0, 1, 2, 3, 4]));
        check(&["plan9/mips", "plan9/arm"], PlatformChoice::Host, Ok(&[0]));
        check(&["plan9/mips", &host().to_string()], PlatformChoice::Host, Ok(&[1]));
        for choice in [PlatformChoice::All, PlatformChoice::Host, one("linux/amd64")] {
            check(&[], choice, Err("no image at all"));
        }
    }
}
