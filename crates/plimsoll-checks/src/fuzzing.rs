//! A whole image made of arbitrary bytes, for fuzz targets and property tests.

use plimsoll_model::{Contents, Entry, EntryKind, Fact, File, History, ImageConfig, Sighting};

/// Files that checks read together.
const PATHS: [&str; 14] = [
    "/bin/sh",
    "/etc/group",
    "/etc/hosts.equiv",
    "/etc/login.defs",
    "/etc/nginx/nginx.conf",
    "/etc/pam.d/common-password",
    "/etc/pam.d/passwd",
    "/etc/passwd",
    "/etc/security/pwquality.conf",
    "/etc/shadow",
    "/etc/ssh/sshd_config",
    "/etc/sudoers",
    "/usr/sbin/nginx",
    "/usr/sbin/sshd",
];

/// Judges an image whose every settings file holds these bytes.
pub(crate) fn image(bytes: &[u8]) {
    let mut contents = Contents::default();
    for path in PATHS {
        let entry = Entry {
            path: path.to_owned(),
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: bytes.len() as u64,
            link: String::new(),
            mtime: 0,
            capability: Some(bytes.to_vec()),
            sha256: None,
        };
        contents.files.push(File { entry, layer: 0 });
        contents.sightings.push(Sighting {
            fact: Fact::Text(bytes.to_vec()),
            found_by: "settings".into(),
            path: path.to_owned(),
            inner_path: String::new(),
            layer: 0,
            entry: 0,
            mode: 0o644,
            uid: 0,
            gid: 0,
            present: true,
            owned_by: None,
            unchanged: false,
        });
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    let step = History { created_by: text.clone(), ..History::default() };
    let config = ImageConfig {
        user: text.clone(),
        env: vec![text.clone()],
        created: Some(text),
        history: vec![step],
        ..ImageConfig::default()
    };
    let checks = crate::audit(&contents, &config);
    crate::findings(&contents, &config, &checks);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const SEED: &str = "root:x:0:0:root:/root:/bin/sh\n@include passwd\npassword [success=1 default=ignore] pam_unix.so \\\n minlen=9\nminlen = 12\nMatch User x\nInclude *\nhttp { server { location /a { alias /b/; } } }\n";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn images_of_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::image(&bytes);
        }

        #[test]
        fn images_of_mutated_files_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = SEED.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            super::image(&bytes);
        }
    }
}
