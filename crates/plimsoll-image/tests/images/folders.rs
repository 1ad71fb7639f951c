//! A folder as an image: nothing is followed out of it.

use super::build::{open_all, read};
use plimsoll_model::EntryKind;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn a_folder_is_read_without_following_links() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret"), b"secret").expect("a file");
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    std::fs::create_dir_all(at("etc/deep")).expect("a folder");
    std::fs::write(at("etc/motd"), b"hello").expect("a file");
    std::fs::set_permissions(at("etc/motd"), std::fs::Permissions::from_mode(0o4751)).expect("mine");
    std::fs::hard_link(at("etc/motd"), at("etc/copy")).expect("a link");
    std::fs::write(at(".wh.kept"), b"").expect("a file");
    symlink(outside.path(), at("out")).expect("a link");
    symlink(outside.path().join("secret"), at("secret")).expect("a link");
    symlink(".", at("loop")).expect("a link");
    let pipe = std::process::Command::new("mkfifo").arg(at("pipe")).status();
    assert!(pipe.is_ok_and(|status| status.success()));

    let text = format!("dir:{}", root.path().display());
    let image = open_all(&text).expect("a folder").remove(0);
    let (layer, keep) = read(&image, 0).expect("readable");
    let seen: Vec<_> = layer.entries.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect();
    assert_eq!(
        seen,
        [
            ("/", EntryKind::Dir),
            ("/.wh.kept", EntryKind::File),
            ("/etc", EntryKind::Dir),
            ("/etc/copy", EntryKind::File),
            ("/etc/deep", EntryKind::Dir),
            ("/etc/motd", EntryKind::File),
            ("/loop", EntryKind::Symlink),
            ("/out", EntryKind::Symlink),
            ("/pipe", EntryKind::Fifo),
            ("/secret", EntryKind::Symlink),
        ]
    );
    assert!(keep.files.iter().all(|(_, content)| content != b"secret"));
    let motd = &layer.entries[5];
    assert_eq!((motd.mode, motd.size), (0o4751, 5));
    assert_eq!(layer.entries[6].link, ".");
    assert_eq!((layer.digest.clone(), layer.unread.len()), (None, 0));

    assert_eq!(read(&image, 0).expect("readable").0, layer, "the listing is the same while nothing changes");
    std::fs::write(at("etc/motd"), b"other").expect("a file");
    assert_ne!(read(&image, 0).expect("readable").0.diff_id, layer.diff_id);
}
