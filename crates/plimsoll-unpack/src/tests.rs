//! Examples for every format, and laws for all of them.

use super::*;
use std::io::Write as _;

/// Path inside, and content.
type Shown = (String, Vec<u8>);

fn unpack_within(path: &str, content: &[u8], limits: &Limits) -> (Vec<Shown>, Vec<(String, String)>) {
    let mut seen = Vec::new();
    let said =
        each(path, content, limits, &mut |path, content| seen.push((path.to_owned(), content.to_vec())));
    (seen, said)
}

fn unpack(path: &str, content: &[u8]) -> Vec<Shown> {
    let (seen, said) = unpack_within(path, content, &Limits::default());
    assert_eq!(said, [], "{path}");
    seen
}

fn names(seen: &[Shown]) -> Vec<&str> {
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
    let lzip = {
        let mut writer = lzma_rust2::LzipWriter::new(Vec::new(), lzma_rust2::LzipOptions::default());
        writer.write_all(text).expect("memory takes all");
        writer.finish().expect("memory takes all")
    };
    for (name, packed) in [
        ("lz", lzip),
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

#[test]
fn files_inside_texts_are_shown() {
    let base64 = "TVqQAAMAAAA=";
    let program = b"MZ\x90\0\x03\0\0\0".to_vec();
    let mail = format!(
        "From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
         --x\r\nContent-Type: application/octet-stream; name=\"a.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n--x--\r\n"
    );
    assert_eq!(unpack("/x.eml", mail.as_bytes()), [("a.exe".to_owned(), program.clone())]);
    let uu = b"begin 644 hello.txt\n%:&5L;&\\`\n`\nend\n";
    assert_eq!(unpack("/x.uu", uu), [("hello.txt".to_owned(), b"hello".to_vec())]);
    let html = format!("<a href=\"data:x;base64,{base64}\"><img src=\"data:image/png;base64,iVBORw0KGgo=\">");
    assert_eq!(unpack("/x.html", html.as_bytes()), [("data".to_owned(), program)]);
    let szdd = [&b"SZDD\x88\xf0\x273A\0\x07\0\0\0\x07abc"[..], &[0xf0, 0xf1]].concat();
    assert_eq!(unpack("/x.ex_", &szdd), [("x".to_owned(), b"abcabca".to_vec())]);
}

#[test]
fn files_inside_documents_are_shown() {
    let package = |file: &[u8]| {
        let mut out = b"\x02\0a.exe\0C:\\a.exe\0\0\0\x03\0".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend(b"C:\0");
        out.extend((file.len() as u32).to_le_bytes());
        out.extend(file);
        out
    };
    let mut ole = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).expect("memory takes all");
    let native = package(b"program");
    let mut stream = ole.create_stream("/\u{1}Ole10Native").expect("a stream");
    stream.write_all(&(native.len() as u32).to_le_bytes()).expect("memory takes all");
    stream.write_all(&native).expect("memory takes all");
    drop(stream);
    ole.create_stream("/other").expect("a stream").write_all(b"text").expect("memory takes all");
    let ole = ole.into_inner().into_inner();
    let seen = unpack("/x.doc", &ole);
    assert_eq!(names(&seen), ["other", "Ole10Native", "a.exe"]);
    assert_eq!(seen[2].1, b"program");

    let mut object = [1_u32.to_le_bytes(), 2_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat();
    object.extend(b"Package\0");
    object.extend([0; 8]);
    object.extend((native.len() as u32).to_le_bytes());
    object.extend(&native);
    let hex: String = object.iter().map(|byte| format!("{byte:02x}")).collect();
    let rtf = format!("{{\\rtf1{{\\object{{\\*\\objdata\n{hex}}}}}}}");
    assert_eq!(unpack("/x.rtf", rtf.as_bytes()), [("a.exe".to_owned(), b"program".to_vec())]);

    let mut tnef = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for (id, bytes) in [(0x0001_8010_u32, &b"a.txt\0"[..]), (0x0006_800f, b"text")] {
        tnef.push(2);
        tnef.extend(id.to_le_bytes());
        tnef.extend((bytes.len() as u32).to_le_bytes());
        tnef.extend(bytes);
        tnef.extend([0; 2]);
    }
    assert_eq!(unpack("/winmail.dat", &tnef), [("a.txt".to_owned(), b"text".to_vec())]);

    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    deflated.write_all(b"inner").expect("memory takes all");
    let deflated = deflated.finish().expect("memory takes all");
    let mut pdf = b"%PDF-1.4\n1 0 obj\n<</Length 4 /Type /EmbeddedFile>>\nstream\nfile\nendstream\nendobj\n2 0 obj\n<</Filter /FlateDecode>>\nstream\n".to_vec();
    pdf.extend(deflated);
    pdf.extend(b"\nendstream\nendobj\n3 0 obj <</Filter /ASCIIHexDecode>>\nstream\n6869>\nendstream\n4 0 obj <</Filter /ASCII85Decode>>\nstream\n87cURDZ~>\nendstream\n");
    let seen = unpack("/x.pdf", &pdf);
    let contents: Vec<&[u8]> = seen.iter().map(|(_, content)| content.as_slice()).collect();
    assert_eq!(contents, [&b"file"[..], b"inner", b"hi", b"Hello"]);
}

fn sevenz_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer =
        sevenz_rust2::ArchiveWriter::new(std::io::Cursor::new(Vec::new())).expect("memory takes all");
    for (name, content) in files {
        writer
            .push_archive_entry(sevenz_rust2::ArchiveEntry::new_file(name), Some(*content))
            .expect("a member");
    }
    writer.finish().expect("memory takes all").into_inner()
}

/// A lead, a signature header, a header, and a payload.
fn rpm_of(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0xed, 0xab, 0xee, 0xdb, 3, 0];
    out.resize(96, 0);
    for (entries, data) in [(1_u32, 13_u32), (2, 5)] {
        out.resize(out.len().next_multiple_of(8), 0);
        out.extend([0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0]);
        out.extend(entries.to_be_bytes());
        out.extend(data.to_be_bytes());
        out.resize(out.len() + (entries * 16 + data) as usize, 7);
    }
    out.extend(payload);
    out
}

#[test]
fn packages_and_7z_show_their_files() {
    let files: &[(&str, &[u8])] = &[("usr/bin/a", b"one"), ("b", b"two")];
    let seen = unpack("/x.rpm", &rpm_of(&gzip_of(&cpio_of(files))));
    assert_eq!(
        names(&seen),
        ["payload", "payload!/content", "payload!/content!/usr/bin/a", "payload!/content!/b"]
    );
    let seen = unpack("/x.7z", &sevenz_of(files));
    assert_eq!(seen, [("usr/bin/a".to_owned(), b"one".to_vec()), ("b".to_owned(), b"two".to_vec())]);
}

fn cabinet(packed: bool) -> Vec<u8> {
    let text = b"one one one one two".repeat(2000);
    let blocks: Vec<(Vec<u8>, usize)> = text
        .chunks(32 << 10)
        .map(|block| {
            if !packed {
                return (block.to_vec(), block.len());
            }
            let mut writer =
                flate2::write::DeflateEncoder::new(b"CK".to_vec(), flate2::Compression::default());
            writer.write_all(block).expect("memory takes all");
            (writer.finish().expect("memory takes all"), block.len())
        })
        .collect();
    let mut out = b"MSCF\0\0\0\0".to_vec();
    let files_at = 36_u32 + 8;
    let data_at = files_at + 2 * (16 + 2);
    for number in [0, 0, files_at, 0] {
        out.extend(number.to_le_bytes());
    }
    out.extend([3, 1]);
    for number in [1_u16, 2, 0, 0, 0] {
        out.extend(number.to_le_bytes());
    }
    out.extend(data_at.to_le_bytes());
    out.extend((blocks.len() as u16).to_le_bytes());
    out.extend(u16::from(packed).to_le_bytes());
    for (name, from, size) in [(b"a\0", 0_u32, 7_u32), (b"b\0", 7, text.len() as u32 - 7)] {
        out.extend(size.to_le_bytes());
        out.extend(from.to_le_bytes());
        out.extend([0; 8]);
        out.extend(name);
    }
    for (bytes, size) in blocks {
        out.extend(0_u32.to_le_bytes());
        out.extend((bytes.len() as u16).to_le_bytes());
        out.extend((size as u16).to_le_bytes());
        out.extend(bytes);
    }
    out
}

#[test]
fn cabinets_show_their_files() {
    for packed in [false, true] {
        let seen = unpack("/x.cab", &cabinet(packed));
        assert_eq!((names(&seen), &seen[0].1[..]), (vec!["a", "b"], &b"one one"[..]), "{packed}");
        assert_eq!(seen[1].1.len(), 38_000 - 7, "{packed}");
    }
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
            cabinet(true),
            sevenz_of(files),
            rpm_of(&gzip_of(&cpio_of(files))),
            b"From: a\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAA=\nbegin 644 a\n%:&5L;&\\`\nend\n".to_vec(),
            b"%PDF-1.4\n1 0 obj <</Length 4>>\nstream\nfile\nendstream\n2 0 obj <</Filter /ASCII85Decode>>\nstream\n87c~>\nendstream\n".to_vec(),
            b"{\\rtf1 \\objdata 0105000002000000080000005061636b61676500000000000000000008000000020061006200}".to_vec(),
            b"\x78\x9f\x3e\x22\x01\0\x02\x0f\x80\x06\0\x04\0\0\0text\0\0".to_vec(),
            b"SZDD\x88\xf0\x273A\0\x07\0\0\0\x07abc\xf0\xf1".to_vec(),
            b"(This file must be converted with BinHex 4.0)\n:#'0XB@dZCAKP!%9B43\"$E'&Y!!!!!!)J!!!!:".to_vec(),
        ]
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(content in proptest::collection::vec(any::<u8>(), 0..2000)) {
            unpack_within("/x", &content, &Limits::default());
        }

        #[test]
        fn bytes_after_any_magic_never_panic(seed in 0_usize..18, rest in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut content = seeds()[seed].clone();
            content.truncate(40);
            content.extend(rest);
            unpack_within("/x", &content, &Limits::default());
        }

        #[test]
        fn mutated_archives_never_panic(seed in 0_usize..18, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut content = seeds()[seed].clone();
            for (index, byte) in changes {
                let at = index.index(content.len());
                content[at] = byte;
            }
            unpack_within("/x", &content, &Limits { nested_bytes: 1 << 22, ..Limits::default() });
        }
    }
}
