//! Examples for every format, and laws for all of them.

use super::*;
use std::io::Write as _;

fn unpack_within(
    path: &str,
    content: &[u8],
    limits: &Limits,
) -> (Vec<(String, Vec<u8>)>, Vec<(String, String)>) {
    let mut seen = Vec::new();
    let said =
        each(path, content, limits, &mut |path, content| seen.push((path.to_owned(), content.to_vec())));
    (seen, said)
}

fn unpack(path: &str, content: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (seen, said) = unpack_within(path, content, &Limits::default());
    assert_eq!(said, [], "{path}");
    seen
}

fn names(seen: &[(String, Vec<u8>)]) -> Vec<&str> {
    seen.iter().map(|(name, _)| name.as_str()).collect()
}

fn zip_of(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("a member");
        writer.write_all(content).expect("memory takes all");
    }
    writer.finish().expect("memory takes all").into_inner()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *content).expect("a member");
    }
    builder.into_inner().expect("memory takes all")
}

fn gzip_of(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(content).expect("memory takes all");
    writer.finish().expect("memory takes all")
}

fn bzip2_of(content: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::default());
    writer.write_all(content).expect("memory takes all");
    writer.finish().expect("memory takes all")
}

fn cpio_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in files.iter().chain(&[("TRAILER!!!", &b""[..])]) {
        let fields = [1, 0o100_644, 0, 0, 1, 0, content.len(), 0, 0, 0, 0, name.len() + 1, 0];
        out.extend_from_slice(b"070701");
        fields.iter().for_each(|field| out.extend_from_slice(format!("{field:08x}").as_bytes()));
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

fn ar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in files {
        out.extend_from_slice(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len()).as_bytes(),
        );
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

#[test]
fn one_thing_packed_takes_the_name_of_its_file() {
    let text = b"hello, hello, hello".as_slice();
    let mut xz = Vec::new();
    let mut writer =
        lzma_rust2::XzWriter::new(&mut xz, lzma_rust2::XzOptions::default()).expect("options are right");
    writer.write_all(text).expect("memory takes all");
    writer.finish().expect("memory takes all");
    let lzma = {
        let options = lzma_rust2::LzmaOptions::default();
        let mut writer =
            lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).expect("options are right");
        writer.write_all(text).expect("memory takes all");
        writer.finish().expect("memory takes all")
    };
    let lz4 = {
        let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
        writer.write_all(text).expect("memory takes all");
        writer.finish().expect("memory takes all")
    };
    for (name, packed) in [
        ("gz", gzip_of(text)),
        ("bz2", bzip2_of(text)),
        ("xz", xz),
        ("lzma", lzma),
        ("zst", ::zstd::encode_all(text, 0).expect("memory takes all")),
        ("lz4", lz4),
    ] {
        let seen = unpack(&format!("/a/hello.{name}"), &packed);
        assert_eq!(seen, [("hello".to_owned(), text.to_vec())], "{name}");
    }
    // Two members are one content, and zeros after them are nothing.
    let twice = [gzip_of(b"a"), gzip_of(b"b"), vec![0; 9]].concat();
    assert_eq!(unpack("/x.tgz", &twice), [("x.tar".to_owned(), b"ab".to_vec())]);
}

#[test]
fn archives_show_their_members_however_deep() {
    let files: &[(&str, &[u8])] = &[("a/b.txt", b"one"), ("c", b"two")];
    let wanted = [("a/b.txt".to_owned(), b"one".to_vec()), ("c".to_owned(), b"two".to_vec())];
    for (name, archive) in [
        ("stored", zip_of(files, zip::CompressionMethod::Stored)),
        ("deflated", zip_of(files, zip::CompressionMethod::Deflated)),
        ("bzip2", zip_of(files, zip::CompressionMethod::Bzip2)),
        ("zstd", zip_of(files, zip::CompressionMethod::Zstd)),
        ("lzma", zip_of(files, zip::CompressionMethod::Xz)),
        ("tar", tar_of(files)),
        ("cpio", cpio_of(files)),
    ] {
        assert_eq!(unpack("/x", &archive), wanted, "{name}");
    }
    let deb = ar_of(&[("debian-binary", b"2.0\n"), ("data.tar.gz", &gzip_of(&tar_of(files)))]);
    assert_eq!(
        names(&unpack("/x.deb", &deb)),
        [
            "debian-binary",
            "data.tar.gz",
            "data.tar.gz!/data.tar",
            "data.tar.gz!/data.tar!/a/b.txt",
            "data.tar.gz!/data.tar!/c"
        ]
    );
}

#[test]
fn what_hides_from_the_list_of_a_zip_is_shown() {
    let honest = zip_of(&[("a", b"harmless")], zip::CompressionMethod::Stored);
    let hidden = zip_of(&[("b", b"hidden")], zip::CompressionMethod::Stored);
    // Local members of one, then all of the other: its list knows but its own.
    let end_of_locals = hidden.windows(4).position(|four| four == b"PK\x01\x02").expect("it has a list");
    let both = [&hidden[..end_of_locals], &honest[..]].concat();
    assert_eq!(names(&unpack("/x", &both)), ["a", "b"]);
    let list = honest.windows(4).position(|four| four == b"PK\x01\x02").expect("it has a list");
    assert_eq!(names(&unpack("/x", &honest[..list])), ["a"], "without a list");
    let program = [b"#!/bin/sh\nexit\n".as_slice(), &honest].concat();
    assert_eq!(names(&unpack("/x", &program)), ["a"], "at the end of a script");
}

#[test]
fn what_only_looks_like_an_archive_is_no_error() {
    for content in [
        &b""[..],
        b"PK\x03\x04",
        b"\x1f\x8b\x08\x00",
        b"\x1f\x8b\x08\x00 three\xff\xff not gzip at all, only the first bytes are",
        b"BZh91AY&SY and no more",
        b"\xfd7zXZ\x00 and no more",
        b"7z\xbc\xaf\x27\x1c and no more than that, really",
        b"!<arch>\n and no more than that, really: sixty bytes are not a member's head",
        b"070701 and no more",
        b"\x28\xb5\x2f\xfd and no more",
    ] {
        assert_eq!(unpack("/x", content), [], "{}", content.escape_ascii());
    }
}

#[test]
fn what_is_damaged_is_shown_as_far_as_it_goes_and_said() {
    let text: Vec<u8> = (0..40_000_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let mut packed = gzip_of(&text);
    packed.truncate(packed.len() / 2);
    let (seen, said) = unpack_within("/x.gz", &packed, &Limits::default());
    assert!(seen.len() == 1 && text.starts_with(&seen[0].1), "what came before the cut is shown");
    assert!(said[0].1.starts_with("only the first "), "{said:?}");
    let mut archive = tar_of(&[("a", b"one"), ("b", &text)]);
    archive.truncate(5000);
    let (seen, said) = unpack_within("/x.tar", &archive, &Limits::default());
    assert_eq!(names(&seen), ["a", "b"]);
    assert_eq!(said, [(String::new(), "the tar archive is damaged: it is cut".to_owned())]);
}

#[test]
fn bounds_stop_it_and_are_said() {
    let zeros = vec![0; 1 << 20];
    let bomb = gzip_of(&gzip_of(&zeros));
    let check = |limits: Limits, shown: usize, why: &str| {
        let (seen, said) = unpack_within("/x.gz", &bomb, &limits);
        assert_eq!(seen.len(), shown, "{why}");
        assert!(said.iter().any(|(_, said)| said.contains(why)), "{why}: {said:?}");
    };
    let limits = Limits::default();
    check(Limits { nested_depth: 1, ..limits }, 1, "nested-depth");
    check(Limits { nested_bytes: 1 << 19, ..limits }, 1, "nested-bytes");
    check(Limits { nested_entries: 1, ..limits }, 1, "nested-entries");
    check(Limits { file_bytes: 1 << 19, ..limits }, 1, "file-bytes");
    let large = gzip_of(&vec![0; 80 << 20]);
    let (seen, said) = unpack_within("/x.gz", &large, &limits);
    assert!(seen.is_empty() && said[0].1.contains("ratio"), "{said:?}");
}

#[test]
fn names_never_lead_anywhere() {
    let files: &[(&str, &[u8])] = &[("x", b"1")];
    let mut archive = cpio_of(files);
    assert_eq!(names(&unpack("/x", &archive)), ["x"]);
    archive = cpio_of(&[("/../../etc/./passwd", b"1"), ("..", b"2")]);
    assert_eq!(names(&unpack("/x", &archive)), ["etc/passwd", "content"]);
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn seeds() -> Vec<Vec<u8>> {
        let files: &[(&str, &[u8])] = &[("a", b"one one one one"), ("b/c", b"two")];
        vec![
            zip_of(files, zip::CompressionMethod::Stored),
            zip_of(files, zip::CompressionMethod::Deflated),
            zip_of(files, zip::CompressionMethod::Xz),
            tar_of(files),
            cpio_of(files),
            ar_of(files),
            gzip_of(b"text text"),
            bzip2_of(b"text text"),
            ::zstd::encode_all(&b"text text"[..], 0).expect("memory takes all"),
        ]
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(content in proptest::collection::vec(any::<u8>(), 0..2000)) {
            unpack_within("/x", &content, &Limits::default());
        }

        #[test]
        fn bytes_after_any_magic_never_panic(seed in 0_usize..9, rest in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut content = seeds()[seed].clone();
            content.truncate(40);
            content.extend(rest);
            unpack_within("/x", &content, &Limits::default());
        }

        #[test]
        fn mutated_archives_never_panic(seed in 0_usize..9, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut content = seeds()[seed].clone();
            for (index, byte) in changes {
                let at = index.index(content.len());
                content[at] = byte;
            }
            unpack_within("/x", &content, &Limits { nested_bytes: 1 << 22, ..Limits::default() });
        }
    }
}
