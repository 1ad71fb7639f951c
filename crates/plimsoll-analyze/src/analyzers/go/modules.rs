//! The module list in an executable (Go source, `runtime/debug`, `ParseBuildInfo`).

use super::{build_info::BuildInfo, component, is_folder};
use plimsoll_model::{Component, PurlType};

/// The main module, its dependencies as replaced, and the standard library.
pub(super) fn components(info: &BuildInfo) -> Vec<Component> {
    let list = List::of(&info.modules);
    let main = list.main.or(list.repository()).and_then(|main| {
        let version = match main.version {
            version if is_release(version) => version.to_owned(),
            _ => {
                list.ldflags.and_then(|flags| linked_version(&unquoted(flags), main.path)).unwrap_or_default()
            }
        };
        component(main.path, &version)
    });
    let dependencies = list.dependencies.iter().filter_map(|module| component(module.path, module.version));
    let standard_library = Component::new(PurlType::Golang, "", "stdlib", &release(&info.go));
    main.into_iter().chain(dependencies).chain([standard_library]).collect()
}

#[derive(Default)]
struct List<'text> {
    /// Import path of the main package.
    path: &'text str,
    main: Option<Module<'text>>,
    dependencies: Vec<Module<'text>>,
    /// Value of the setting `-ldflags`, perhaps quoted.
    ldflags: Option<&'text str>,
}

#[derive(Clone, Copy)]
struct Module<'text> {
    path: &'text str,
    version: &'text str,
}

impl<'text> List<'text> {
    fn of(text: &'text str) -> List<'text> {
        let mut list = List::default();
        for line in text.lines() {
            let mut columns = line.split('\t');
            let (kind, path) = (columns.next().unwrap_or(""), columns.next().unwrap_or(""));
            // Of a module of the same workspace Go knows no version either.
            let version = columns.next().filter(|&version| version != "(devel)").unwrap_or("");
            let module = Module { path, version };
            match kind {
                "path" => list.path = path,
                // Files given on the command line belong to no module.
                "mod" if path != "command-line-arguments" => list.main = Some(module),
                "dep" => list.dependencies.push(module),
                "=>" => {
                    let replaced = list.dependencies.last_mut().or(list.main.as_mut());
                    if let Some(replaced) = replaced {
                        *replaced =
                            if is_folder(path) { Module { version: "", ..*replaced } } else { module };
                    }
                }
                "build" => list.ldflags = list.ldflags.or(path.strip_prefix("-ldflags=")),
                _ => {}
            }
        }
        list
    }

    /// The repository of the main package, for an executable that was built outside module mode (Debian's, Docker's
    /// own): on these hosts the first three parts of an import path name it (`go help importpath`).
    fn repository(&self) -> Option<Module<'text>> {
        let is_known =
            ["github.com/", "gitlab.com/", "bitbucket.org/"].iter().any(|host| self.path.starts_with(host));
        let end = self.path.match_indices('/').nth(2).map(|(at, _)| at);
        is_known.then_some(Module { path: &self.path[..end.unwrap_or(self.path.len())], version: "" })
    }
}

/// Does this version name a release, or a commit after one? `v0.0.0-TIME-COMMIT` does not
/// (go.dev/ref/mod, "Pseudo-versions").
fn is_release(version: &str) -> bool {
    let time = version.strip_prefix("v0.0.0-").map_or("", |rest| rest.split('-').next().unwrap_or(""));
    let is_pseudo = time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit());
    version.starts_with('v') && !is_pseudo
}

/// Version of Go without its prefix and what builders add: `1.22.5` of `go1.22.5 X:boringcrypto`, `go1.22.5-fips`;
/// empty for a development version.
fn release(go: &str) -> String {
    let version = go.strip_prefix("go").unwrap_or("");
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let mut end = digits(version);
    // `go1.22rc1`, `go1.22beta2`
    let rest = &version[end..];
    if let Some(number) = rest.strip_prefix("rc").or(rest.strip_prefix("beta"))
        && digits(number) > 0
    {
        end += rest.len() - number.len() + digits(number);
    }
    version[..end].trim_end_matches('.').to_owned()
}

/// The version the linker was told to set: `-X main.version=1.2.3`. It counts when the variable's name says so and its
/// package is `main`, of the main module, or one for versions (`k8s.io/component-base/version`), nearest first; not when
/// equally near ones differ.
fn linked_version(flags: &str, main: &str) -> Option<String> {
    let words = words(flags);
    let mut best: [Vec<String>; 3] = Default::default();
    for (index, word) in words.iter().enumerate() {
        let assignment = match word.trim_start_matches('-') {
            "X" => words.get(index + 1).map_or("", String::as_str),
            word => word.strip_prefix("X=").unwrap_or(""),
        };
        let Some((variable, value)) = assignment.split_once('=') else { continue };
        let Some((package, name)) = variable.rsplit_once('.') else { continue };
        let name = name.to_ascii_lowercase();
        if !VERSION_VARIABLES.contains(&name.as_str()) || !looks_like_version(value) {
            continue;
        }
        let is_ours = package.strip_prefix(main).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let nearness = match package {
            "main" => 0,
            _ if is_ours => 1,
            _ if package.ends_with("/version") => 2,
            _ => continue,
        };
        best[nearness].push(if value.starts_with('v') { value.to_owned() } else { format!("v{value}") });
    }
    let nearest = best.into_iter().find(|versions| !versions.is_empty())?;
    nearest.iter().all(|version| *version == nearest[0]).then(|| nearest[0].clone())
}

/// Names, lower case, of variables that hold a program's version.
const VERSION_VARIABLES: &[&str] =
    &["version", "appversion", "buildversion", "gitversion", "gittag", "releaseversion", "semver", "tag"];

/// `1.2`, `v1.2.3-rc.1+x`.
fn looks_like_version(value: &str) -> bool {
    let value = value.strip_prefix('v').unwrap_or(value);
    let core = value.split(['-', '+']).next().unwrap_or("");
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    core.contains('.') && core.split('.').all(is_number) && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A setting's value as Go quotes it.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.trim_matches('`').to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            (_, Some('n' | 't')) => out.push(' '),
            (_, Some(escaped)) => out.push(escaped),
            _ => out.push(c),
        }
    }
    out
}

/// Splits flags at white space outside quotes.
fn words(flags: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in flags.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::{Findings, testing};

    fn check(modules: &str, expected: &[&str]) {
        let info = BuildInfo { go: "go1.22.5".into(), modules: modules.into() };
        let mut expected = expected.to_vec();
        expected.push("stdlib 1.22.5");
        assert_eq!(testing::lines(&Findings::of(Ok(components(&info)))), expected, "{modules}");
    }

    #[test]
    fn module_lists_are_read() {
        check("path\tcmd/go\n", &[]);
        check(
            "path\tgithub.com/docker/cli/cmd/docker\nbuild\t-ldflags=\"-X github.com/docker/cli/cli/version.Version=28.2.2\"\n",
            &["github.com/docker/cli v28.2.2"],
        );
        check("path\tgithub.com/x/y\n", &["github.com/x/y ?"]);
        check(
            "path\tcommand-line-arguments\nmod\tcommand-line-arguments\t(devel)\t\ndep\tx/b\tv1.0.0\th1:=\n",
            &["x/b v1.0.0"],
        );
        check(
            "mod\tx/a\tv1.2.3\th1:=\ndep\tx/b/v2\tv2.0.0+incompatible\th1:=\n",
            &["x/a v1.2.3", "x/b/v2 v2.0.0+incompatible"],
        );
        check(
            "mod\tx/a\tv1.2.4-0.20240101120000-0123456789ab+dirty\n",
            &["x/a v1.2.4-0.20240101120000-0123456789ab+dirty"],
        );
        check(
            "mod\tx/a\t(devel)\ndep\tgolang.org/x/crypto\tv0.0.0-20200622213623-75b288015ac9\n",
            &["x/a ?", "golang.org/x/crypto v0.0.0-20200622213623-75b288015ac9"],
        );
        check("mod\tx/a\tv0.0.0-20240101120000-0123456789ab\n", &["x/a ?"]);
        check(
            "mod\tx/a\tv1.0.0\ndep\tx/b\tv1.0.0\n=>\tx/fork\tv1.1.0\th1:=\n",
            &["x/a v1.0.0", "x/fork v1.1.0"],
        );
        check("mod\tx/a\tv1.0.0\ndep\tx/b\tv1.0.0\n=>\t./local\t(devel)\t\n", &["x/a v1.0.0", "x/b ?"]);
        check("mod\tx/a\tv1.0.0\ndep\tx/b\t(devel)\t\n", &["x/a v1.0.0", "x/b ?"]);
        check("=>\tx/b\tv1.0.0\ndep\nmod\n", &[]);
    }

    #[test]
    fn the_linker_may_know_the_main_version() {
        let check = |flags: &str, expected: &str| {
            check(&format!("mod\tx/a\t(devel)\nbuild\t-ldflags={flags}\n"), &[&format!("x/a {expected}")]);
        };
        check(r#""-s -w -X main.version=1.2.3 -X main.commit=0123456""#, "v1.2.3");
        check(r#""-X 'main.Version=v1.2.3-rc.1' -X \"x/a/cmd.version=v9.9\"""#, "v1.2.3-rc.1");
        check(r#""-X=x/a/internal.BuildVersion=2.0""#, "v2.0");
        check(r#""-X k8s.io/component-base/version.gitVersion=v1.28.0""#, "v1.28.0");
        check(r#""-X x/b.Version=v1.0.0""#, "?");
        check(r#""-X x/ab.Version=v1.0.0""#, "?");
        check(r#""-X main.version=0123456""#, "?");
        check(r#""-X main.version=dev""#, "?");
        check(r#""-X x/a/b.version=v1.0.0 -X x/a/c.version=v2.0.0""#, "?");
        check("-s", "?");
    }

    #[test]
    fn go_versions_lose_what_builders_add() {
        let check = |go: &str, expected: &str| assert_eq!(release(go), expected, "{go}");
        check("go1.22.5", "1.22.5");
        check("go1.22.5 X:nocoverageredesign", "1.22.5");
        check("go1.22.5-X:boringcrypto", "1.22.5");
        check("go1.21.0-fips", "1.21.0");
        check("go1.20.12 (Red Hat 1.20.12-1.el9)", "1.20.12");
        check("go1.22rc1", "1.22rc1");
        check("go1.18beta2 X:x", "1.18beta2");
        check("go1.21rc", "1.21");
        check("devel go1.23-0123456789 Tue Jan 1 2024", "");
        check("go", "");
    }
}
