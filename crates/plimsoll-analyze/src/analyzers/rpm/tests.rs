use super::super::testing::{entry, os_lines, read_wanted};
use super::*;
use proptest::prelude::*;

/// Writes headers and the databases they lie in, as rpm and Berkeley DB lay them out.
mod write {
    use super::header::*;

    pub enum Value<'a> {
        Text(&'a str),
        Texts(&'a [&'a str]),
        Numbers(&'a [u32]),
    }

    pub fn header(tags: &[(u32, Value<'_>)]) -> Vec<u8> {
        let (mut index, mut store) = (Vec::new(), Vec::new());
        for (tag, value) in tags {
            let (kind, count) = match value {
                Value::Text(_) => (6, 1),
                Value::Texts(texts) => (8, texts.len()),
                Value::Numbers(numbers) => (4, numbers.len()),
            };
            while kind == 4 && !store.len().is_multiple_of(4) {
                store.push(0);
            }
            for field in [*tag, kind, store.len() as u32, count as u32] {
                index.extend(field.to_be_bytes());
            }
            match value {
                Value::Text(text) => store.extend([text.as_bytes(), b"\0"].concat()),
                Value::Texts(texts) => {
                    store.extend(texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()))
                }
                Value::Numbers(numbers) => {
                    store.extend(numbers.iter().flat_map(|number| number.to_be_bytes()))
                }
            }
        }
        let lengths = [tags.len() as u32, store.len() as u32];
        [lengths.iter().flat_map(|length| length.to_be_bytes()).collect(), index, store].concat()
    }

    /// A package with this many files more than one.
    pub fn package(name: &str, epoch: Option<u32>, files: usize) -> Vec<u8> {
        let names: Vec<String> = (0..files).map(|file| format!("file-{file}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.push("sh");
        let mut folders = vec![0; files];
        folders.push(1);
        let epoch = epoch.map(|epoch| [epoch]);
        let mut tags = vec![
            (NAME, Value::Text(name)),
            (VERSION, Value::Text("1.2")),
            (RELEASE, Value::Text("3.el9")),
            (ARCH, Value::Text("x86_64")),
            (SOURCERPM, Value::Text("src-name-1.2-3.el9.src.rpm")),
            (BASENAMES, Value::Texts(&names)),
            (DIRNAMES, Value::Texts(&["/usr/share/x/", "/bin/"])),
            (DIRINDEXES, Value::Numbers(&folders)),
        ];
        if let Some(epoch) = &epoch {
            tags.push((EPOCH, Value::Numbers(epoch)));
        }
        header(&tags)
    }

    pub fn ndb(blobs: &[Vec<u8>]) -> Vec<u8> {
        let le = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let mut slots = [b"RpmP".to_vec(), le(&[0, 7, 1, blobs.len() as u32 + 1, 0, 0, 0])].concat();
        let mut records: Vec<u8> = Vec::new();
        for (index, blob) in blobs.iter().enumerate() {
            let package = index as u32 + 1;
            let offset = (4096 + records.len()) / 16;
            let blocks = (16 + blob.len() + 12).div_ceil(16);
            slots.extend([b"Slot".to_vec(), le(&[package, offset as u32, blocks as u32])].concat());
            let mut record = [b"BlbS".to_vec(), le(&[package, 1, blob.len() as u32]), blob.clone()].concat();
            record.resize(blocks * 16 - 12, 0);
            record.extend([le(&[0, blob.len() as u32]), b"BlbE".to_vec()].concat());
            records.extend(record);
            // A freed slot between.
            slots.extend([b"Slot".to_vec(), le(&[0, 0, 0])].concat());
        }
        while slots.len() < 4096 {
            slots.extend([b"Slot".to_vec(), le(&[0, 0, 0])].concat());
        }
        [slots, records].concat()
    }

    /// A hash database of pages of 512 bytes: small headers lie on the hash page, large ones on pages of their own.
    pub fn bdb(blobs: &[Vec<u8>], big_endian: bool) -> Vec<u8> {
        const PAGE: usize = 512;
        let n32 = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let n16 = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let head = |page: &mut Vec<u8>, number: u32, next: u32, entries: u16, offset: u16, kind: u8| {
            page.resize(PAGE, 0);
            page[8..12].copy_from_slice(&n32(number));
            page[16..20].copy_from_slice(&n32(next));
            page[20..22].copy_from_slice(&n16(entries));
            page[22..24].copy_from_slice(&n16(offset));
            page[25] = kind;
        };
        let mut pages: Vec<Vec<u8>> = vec![vec![0; PAGE]];
        // The record of number 0, then one page for each package.
        let all = std::iter::once((0u32, vec![9, 0, 0, 0]))
            .chain(blobs.iter().cloned().enumerate().map(|(i, b)| (i as u32 + 1, b)));
        for (key, blob) in all {
            let key = [vec![1], n32(key).to_vec()].concat();
            let value = if blob.len() < 300 {
                [vec![1], blob.clone()].concat()
            } else {
                let first = pages.len() as u32 + 1;
                [vec![3, 0, 0, 0], n32(first).to_vec(), n32(blob.len() as u32).to_vec()].concat()
            };
            let mut page = vec![0; PAGE];
            let key_at = PAGE - key.len();
            let value_at = key_at - value.len();
            page[key_at..].copy_from_slice(&key);
            page[value_at..key_at].copy_from_slice(&value);
            page[26..28].copy_from_slice(&n16(key_at as u16));
            page[28..30].copy_from_slice(&n16(value_at as u16));
            head(
                &mut page,
                pages.len() as u32,
                0,
                2,
                value_at as u16,
                if blobs.len().is_multiple_of(2) { 13 } else { 2 },
            );
            pages.push(page);
            if blob.len() >= 300 {
                let chunks: Vec<&[u8]> = blob.chunks(PAGE - 26).collect();
                for (at, chunk) in chunks.iter().enumerate() {
                    let number = pages.len() as u32;
                    let next = if at + 1 < chunks.len() { number + 1 } else { 0 };
                    let mut page = [vec![0; 26], chunk.to_vec()].concat();
                    head(&mut page, number, next, 1, chunk.len() as u16, 7);
                    pages.push(page);
                }
            }
        }
        let last = pages.len() as u32 - 1;
        let meta = &mut pages[0];
        meta[12..16].copy_from_slice(&n32(0x61561));
        meta[16..20].copy_from_slice(&n32(9));
        meta[20..24].copy_from_slice(&n32(PAGE as u32));
        meta[25] = 8;
        meta[32..36].copy_from_slice(&n32(last));
        pages.concat()
    }

    pub fn sqlite(blobs: &[Vec<u8>], schema: &str) -> Vec<u8> {
        let db = rusqlite::Connection::open_in_memory().expect("a database");
        db.execute_batch(schema).expect("a table");
        for blob in blobs {
            db.execute("INSERT INTO Packages(blob) VALUES (?1)", [blob]).expect("a row");
        }
        db.serialize(rusqlite::MAIN_DB).expect("bytes").to_vec()
    }
}

const SCHEMA: &str = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)";

fn blobs() -> Vec<Vec<u8>> {
    vec![
        write::package("small", None, 0),
        write::package("gpg-pubkey", None, 0),
        write::package("large", Some(4), 150),
    ]
}

fn every_form() -> Vec<(&'static str, Vec<u8>)> {
    let mut wal = write::sqlite(&blobs(), SCHEMA);
    wal[18..20].copy_from_slice(&[2, 2]);
    vec![
        ("/var/lib/rpm/Packages", write::bdb(&blobs(), false)),
        ("/opt/root/var/lib/rpm/Packages", write::bdb(&blobs(), true)),
        ("/usr/lib/sysimage/rpm/Packages.db", write::ndb(&blobs())),
        ("/usr/share/rpm/rpmdb.sqlite", write::sqlite(&blobs(), SCHEMA)),
        ("/usr/lib/sysimage/rpm/rpmdb.sqlite", wal),
    ]
}

#[test]
fn every_form_is_read() {
    for (path, content) in every_form() {
        let found = read_wanted(&Rpm, path, &content);
        assert_eq!(found.unread, [], "{path}");
        let lines = os_lines(&found);
        assert_eq!(
            lines[..3],
            [
                "small 1.2-3.el9 x86_64 src-name=1.2-3.el9",
                "small:x86_64 owns /bin/sh",
                "large 4:1.2-3.el9 x86_64 src-name=1.2-3.el9",
            ]
        );
        assert!(lines[3].starts_with("large:x86_64 owns /usr/share/x/file-0 "), "{path}");
        assert!(lines[3].ends_with("/usr/share/x/file-149 /bin/sh"), "{path}");
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn a_database_cut_off_says_so_and_keeps_what_it_has() {
    for (path, content) in every_form() {
        for part in [1, 20, 100, content.len() * 2 / 3, content.len() - 600] {
            let found = read_wanted(&Rpm, "/var/lib/rpm/Packages", &content[..part]);
            assert!(!found.unread.is_empty(), "{path} cut to {part}");
        }
    }
    let (_, bdb) = &every_form()[0];
    let found = parse(&bdb[..bdb.len() - 512]);
    assert_eq!(
        found.unread,
        [(String::new(), "only 1 packages were read: the Berkeley DB file is cut off".to_owned())]
    );
}

#[test]
fn headers_are_read_leniently() {
    use write::{Value::*, header};
    let one = |tags: &[(u32, write::Value<'_>)]| parse(&write::ndb(&[header(tags)]));
    let nvr = || vec![(header::NAME, Text("a")), (header::VERSION, Text("1")), (header::RELEASE, Text("2"))];
    let with = |tag, value| {
        let mut tags = nvr();
        tags.push((tag, value));
        os_lines(&one(&tags))
    };
    assert_eq!(with(header::OLDFILENAMES, Texts(&["/bin/a", "/bin/b"])), ["a 1-2 -", "a owns /bin/a /bin/b"]);
    assert_eq!(with(header::EPOCH, Numbers(&[0])), ["a 1-2 -"]);
    assert_eq!(with(header::EPOCH, Text("3")), ["a 1-2 -"]);
    assert_eq!(with(header::VERSION, Text("9")), ["a 9-2 -"]);
    assert_eq!(with(header::SOURCERPM, Text("(none)")), ["a 1-2 -"]);
    assert_eq!(with(header::SOURCERPM, Text("b-c-1-2.nosrc.rpm")), ["a 1-2 - b-c=1-2"]);
    assert_eq!(with(header::BASENAMES, Texts(&["x"])), ["a 1-2 -"]);
    let found = one(&nvr()[..2]);
    assert_eq!(
        found.unread[0].1,
        "1 package headers could not be read, the last because it has no name, version and release"
    );
    let mut bad = header(&nvr());
    bad[3] = 200;
    assert_eq!(
        parse(&write::ndb(&[bad])).unread[0].1,
        "1 package headers could not be read, the last because it is longer than its record"
    );
}

#[test]
fn hostile_databases_are_refused() {
    let reason =
        |content: &[u8]| parse(content).unread.first().map(|(_, why)| why.clone()).unwrap_or_default();
    assert_eq!(
        reason(&write::sqlite(
            &[],
            "CREATE TABLE x(y); CREATE VIEW Packages AS SELECT randomblob(1000000000) AS blob"
        )),
        "the sqlite database has no table Packages"
    );
    assert_eq!(
        reason(&write::sqlite(&[], "CREATE TABLE Packages(x, blob AS (zeroblob(1000000000)))")),
        "the sqlite database computes its table Packages"
    );
    // Every slot names the same record.
    let mut ndb = write::ndb(&[write::package("a", None, 3000)]);
    let slot = ndb[32..48].to_vec();
    for at in (48..4096).step_by(16) {
        ndb[at..at + 16].copy_from_slice(&slot);
    }
    assert_eq!(reason(&ndb), "only 1 packages were read: packages of the ndb database overlap");
    // A chain of pages that bites its tail.
    let mut bdb = write::bdb(&[write::package("a", None, 150)], false);
    let overflow = (0..bdb.len() / 512).find(|page| bdb[page * 512 + 25] == 7).expect("a large item");
    bdb[overflow * 512 + 16] = overflow as u8;
    assert_eq!(reason(&bdb), "the Berkeley DB file has a broken chain of pages");
    assert_eq!(reason(b"\x7fELF"), "not an rpm database: neither sqlite, ndb nor Berkeley DB");
}

#[test]
fn only_rpms_own_files_are_wanted() {
    let bdb = write::bdb(&[], false);
    let check = |path: &str, head: &[u8], expected: bool| {
        assert_eq!(Rpm.wants(&entry(path), head), expected, "{path}")
    };
    check("/var/lib/rpm/Packages", b"anything", true);
    check("/snapshots/1/rpm/Packages", &bdb[..512], true);
    check("/snapshots/1/rpm/Packages", b"anything", false);
    check("/var/lib/rpm/Name", &bdb[..512], false);
    check("/var/lib/apt/Packages", &bdb[..512], false);
    check("/var/lib/rpmmanifest/container-manifest-2", b"", true);
    check("/var/lib/rpmmanifest/container-manifest-1", b"", false);
}

#[test]
fn manifests_are_read() {
    let list = "bash\t5.1.8-1.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t1838\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm\n\
        perl\t5.34-2\t1\t1\t(none)\t4\t1\tnoarch\t4\tperl-5.34-2.src.rpm\r\nbroken\tline\n\n";
    let found = read_wanted(&Rpm, "/var/lib/rpmmanifest/container-manifest-2", list.as_bytes());
    assert_eq!(
        os_lines(&found),
        ["bash 5.1.8-1.cm2 x86_64 bash=5.1.8-1.cm2", "perl 4:5.34-2 noarch perl=5.34-2"]
    );
    assert_eq!(found.unread, [(String::new(), "1 lines are not packages as rpm lists them".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600), kind in 0..4) {
        let magic: &[u8] = match kind {
            0 => b"RpmP\0\0\0\0\0\0\0\0\x01\0\0\0",
            1 => b"SQLite format 3\0",
            2 => b"\0\0\0\0\0\0\0\0\0\0\0\0\x61\x15\x06\0\x09\0\0\0\0\x02\0\0",
            _ => b"",
        };
        parse(&[magic, &bytes].concat());
        manifest::parse(&bytes);
        if let Ok(header) = Header::parse(&bytes) {
            header.text(header::NAME);
            header.paths(&mut OwnedPaths::new());
        }
    }

    #[test]
    fn damaged_databases_are_read(form in 0..5usize, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let (_, mut content) = every_form().swap_remove(form);
        for (at, byte) in damage {
            let at = at.index(content.len());
            content[at] = byte;
        }
        parse(&content);
    }
}

#[test]
fn archives_are_read() {
    let magic = [0x8E, 0xAD, 0xE8, 0x01, 0, 0, 0, 0];
    let archive = |signatures: &[u8], header: &[u8]| {
        let mut out = vec![0; 96];
        out[..4].copy_from_slice(b"\xED\xAB\xEE\xDB");
        out.extend(magic);
        out.extend(signatures);
        out.resize(out.len().next_multiple_of(8), 0);
        out.extend(magic);
        out.extend(header);
        out.extend(b"payload");
        out
    };
    let signatures = write::header(&[(1000, write::Value::Numbers(&[1])), (1002, write::Value::Text("abc"))]);
    let whole = archive(&signatures, &write::package("bash", Some(4), 2));
    let found = read_wanted(&super::super::archives::RpmArchive, "/repo/bash.rpm", &whole);
    assert_eq!(os_lines(&found), ["bash 4:1.2-3.el9 x86_64 src-name=1.2-3.el9"]);
    super::super::testing::survives(&super::super::archives::RpmArchive, "/repo/bash.rpm", &whole);
    let source = write::header(&[
        (header::NAME, write::Value::Text("bash")),
        (header::VERSION, write::Value::Text("1")),
        (header::RELEASE, write::Value::Text("1")),
    ]);
    assert_eq!(parse_archive(&archive(&signatures, &source)), Ok(None));
    assert!(parse_archive(b"\xED\xAB\xEE\xDB").is_err());
}
