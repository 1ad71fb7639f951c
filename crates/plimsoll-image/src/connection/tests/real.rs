//! A registry that others wrote: Debian's `docker-registry`. Skipped where it is not installed.

use super::*;
use crate::registry::real;

/// More than one page of them.
const REPOSITORIES: usize = 45;

/// Tags of one of them.
fn tags(number: usize) -> usize {
    if number == 0 { 4 } else { 1 + number % 3 }
}

#[test]
fn docker_registry_is_listed() {
    // Pages of its own size, as its maintainer may have set it: smaller than what is asked for.
    let Some(registry) = real::start_with("catalog: {maxentries: 10}\n") else { return };
    let mut content = Content::default();
    let image = content.add_image("v0", "amd64", b"a layer");
    let manifest = content.0["manifests/v0"].1.clone();
    let name = |number: usize| format!("team{}/app-{number:03}", number % 3);
    for number in 0..REPOSITORIES {
        for (path, (media_type, bytes)) in content.0.iter().filter(|(path, _)| path.starts_with("blobs")) {
            match number {
                0 => real::push(&registry, &name(0), "blobs", media_type, bytes),
                _ => real::mount(&registry, &name(number), &name(0), &path["blobs/".len()..]),
            }
        }
        for tag in 0..tags(number) {
            real::push(&registry, &name(number), &format!("manifests/v{tag}"), MANIFEST, &manifest);
        }
    }
    let account = |password: &str| {
        let url = format!("http://{}", registry.address);
        connect(user(account(RegistryKind::Generic, url), "user", password))
    };
    let connection = account("secret");
    let mut expected: Vec<String> = (0..REPOSITORIES).map(name).collect();
    expected.sort();
    let mut found = names(&connection).unwrap_or_else(|error| panic!("{error}"));
    found.sort();
    assert_eq!(found, expected);
    for number in 0..REPOSITORIES {
        let found = connection.tags(&name(number)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.len(), tags(number), "{}", name(number));
    }
    let listed = connection.list(&name(0), "v3").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((listed[0].digest.as_str(), listed[0].platform.as_str()), (image.as_str(), "linux/amd64"));
    assert_eq!(connection.digest(&name(0), "v3").ok(), Some(Some(image.clone())));
    let steps = connection.test();
    assert!(steps.iter().all(|step| step.ok) && steps.len() == 5, "{steps:?}");

    // What is deleted is gone: tags go with their manifest, the repository's name stays.
    real::delete(&registry, &name(0), &image);
    assert_eq!(connection.tags(&name(0)).ok(), Some(Vec::new()));
    assert_eq!(connection.digest(&name(0), "v3").ok(), Some(None));
    assert_eq!(connection.list(&name(0), "v3").ok(), Some(Vec::new()));
    assert_eq!(connection.tags(&name(1)).map(|tags| tags.len()).ok(), Some(tags(1)));

    let wrong = account("wrong");
    let steps = wrong.test();
    assert!(steps.last().is_some_and(|step| step.step == "sign-in" && !step.ok), "{steps:?}");
    assert!(names(&wrong).is_err_and(|error| error.contains("refused the sign-in of user")));
}
