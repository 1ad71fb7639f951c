use super::*;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A web server for static files: tags, ranges, and what goes wrong on demand.
struct Server {
    url: String,
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    /// Request lines with the status answered.
    log: Arc<Mutex<Vec<(String, u16)>>>,
    /// Paths whose next answer breaks off in the middle.
    cut: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(files: &[(&str, Vec<u8>)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let files: HashMap<String, Vec<u8>> =
            files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect();
        let server = Server {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            files: Arc::new(Mutex::new(files)),
            log: Arc::default(),
            cut: Arc::default(),
        };
        let (files, log, cut) = (server.files.clone(), server.log.clone(), server.cut.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &files, &log, &cut);
            }
        });
        server
    }

    fn statuses(&self, path: &str) -> Vec<u16> {
        let log = self.log.lock().expect("the log");
        log.iter().filter(|(asked, _)| asked == path).map(|(_, status)| *status).collect()
    }
}

fn answer(
    mut stream: TcpStream,
    files: &Mutex<HashMap<String, Vec<u8>>>,
    log: &Mutex<Vec<(String, u16)>>,
    cut: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let headers: Vec<String> =
        lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        headers
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.to_owned())
    };
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').replace("%20", " ");
    let file = files.lock().expect("files").get(&path).cloned();
    let (status, more, body) = match file {
        None => (404, String::new(), Vec::new()),
        Some(bytes) => {
            let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..8]));
            let start = header("range")
                .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
            let same = header("if-range").is_none_or(|value| value == tag);
            if header("if-none-match").is_some_and(|value| value == tag) {
                (304, String::new(), Vec::new())
            } else if let Some(start) = start.filter(|start| same && *start < bytes.len()) {
                let range = format!(
                    "etag: {tag}\r\ncontent-range: bytes {start}-{}/{}\r\n",
                    bytes.len() - 1,
                    bytes.len()
                );
                (206, range, bytes[start..].to_vec())
            } else {
                (200, format!("etag: {tag}\r\n"), bytes)
            }
        }
    };
    log.lock().expect("the log").push((path.clone(), status));
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n")?;
    let mut cut = cut.lock().expect("cuts");
    let sent = match cut.iter().position(|cut| *cut == path) {
        Some(at) => {
            cut.remove(at);
            length / 2
        }
        None => length,
    };
    stream.write_all(&body[..sent])?;
    stream.flush()
}

fn record(id: &str) -> Vec<u8> {
    format!(
        r#"{{"id":"{id}","modified":"2026-08-22T00:00:00Z","affected":[{{"package":{{"ecosystem":"npm","name":"a"}},
        "ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}}]}}]}}]}}"#
    )
    .into_bytes()
}

fn zip_of(ids: &[&str]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for id in ids {
        writer.start_file(format!("{id}.json"), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(&record(id)).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn feeds() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("osv/ecosystems.txt", b"npm\nRed Hat\nRed Hat:x\n../evil\n".to_vec()),
        ("osv/npm/all.zip", zip_of(&["GHSA-aaaa", "GHSA-bbbb"])),
        ("osv/Red Hat/all.zip", zip_of(&["RHSA-2024:1"])),
        ("kev/known_exploited_vulnerabilities.json", br#"{"vulnerabilities":[]}"#.to_vec()),
        ("nvd/", br#"<a href="2021.json.gz">2021.json.gz</a>"#.to_vec()),
        ("endoflife/api/debian.json", br#"[{"cycle":"12","eol":"2026-07-11"}]"#.to_vec()),
    ]
}

fn options(server: &Server) -> UpdateOptions {
    UpdateOptions {
        mirror: Some(server.url.clone()),
        tries: 3,
        pause: Duration::from_millis(1),
        timeout: Duration::from_secs(10),
        // 2003: two years of lists to ask for.
        ..UpdateOptions::at(1_041_379_200)
    }
}

fn run(options: &UpdateOptions, folder: &Path) -> Result<Updated, FeedError> {
    update(options, &folder.join("cache"), &folder.join("plimsoll.db"), &|_| {})
}

#[test]
fn distributions_publish_archives_and_repositories() {
    let update = "<updates><update type='security'><id>FEDORA-2024-1</id><references>\
        <reference type='cve' id='CVE-2024-0001'/></references><pkglist><collection>\
        <package name='a' version='1' release='1.fc41' arch='x86_64'/></collection></pkglist></update></updates>";
    let repomd = "<repomd><data type=\"updateinfo\"><location href=\"repodata/ab-updateinfo.xml.zst\"/></data></repomd>";
    let changed =
        "\"2024/cve-2024-0002.json\",\"2024-08-05T00:00:00Z\"\n\"2024/old.json\",\"2024-01-05T00:00:00Z\"\n";
    let mut files = feeds();
    files.extend([
        ("redhat/vex/archive_latest.txt", b"csaf_vex_2024-08-04.tar.zst\n".to_vec()),
        ("redhat/vex/csaf_vex_2024-08-04.tar.zst", b"an archive".to_vec()),
        ("redhat/vex/changes.csv", changed.into()),
        ("redhat/vex/2024/cve-2024-0002.json", b"{}".to_vec()),
        ("fedora/41/repodata/repomd.xml", repomd.into()),
        ("fedora/41/repodata/ab-updateinfo.xml.zst", zstd::encode_all(update.as_bytes(), 1).expect("zstd")),
        ("amazon/2/core/updateinfo.xml.gz", b"<updates/>".to_vec()),
    ]);
    let server = Server::start(&files);
    let folder = tempfile::tempdir().expect("a folder");
    let updated = run(&options(&server), folder.path()).expect("an update");
    assert!(
        !updated.missing.iter().any(|(url, _)| url.contains("com.oracle")),
        "a mirror holds what it holds"
    );
    let here = |path: &str| folder.path().join("cache/feeds").join(path).is_file();
    assert!(here("redhat/vex/archive.tar.zst") && here("redhat/vex/2024/cve-2024-0002.json"));
    assert!(here("fedora/41/updateinfo.xml.zst") && here("amazon/2/core/updateinfo.xml.gz"));
    assert!(!here("redhat/vex/2024/old.json") && server.statuses("redhat/vex/2024/old.json").is_empty());
    let sources: Vec<&str> = updated.knowledge.sources.iter().map(|source| &*source.name).collect();
    assert!(sources.contains(&"updateinfo/Fedora"), "{sources:?}");

    let none = UpdateOptions { distributions: Vec::new(), ..options(&server) };
    let folder = tempfile::tempdir().expect("a folder");
    run(&none, folder.path()).expect("an update");
    assert!(!folder.path().join("cache/feeds/redhat").exists());
}

#[test]
fn a_mirror_is_fetched_once_and_then_only_what_changed() {
    let server = Server::start(&feeds());
    let folder = tempfile::tempdir().expect("a folder");
    let first = run(&options(&server), folder.path()).expect("an update");
    assert_eq!((first.fetched, first.unchanged), (4, 0), "{first:?}");
    assert!(first.missing.iter().any(|(url, _)| url.ends_with("epss_scores-current.csv.gz")));
    assert!(first.missing.iter().any(|(url, _)| url.ends_with("nvd/2021.json.gz")), "listed, but not there");
    let sources: Vec<&str> = first.knowledge.sources.iter().map(|source| &*source.name).collect();
    assert_eq!(sources, ["endoflife", "osv/npm"]);

    server.files.lock().expect("files").insert("osv/npm/all.zip".into(), zip_of(&["GHSA-cccc"]));
    let second = run(&options(&server), folder.path()).expect("an update");
    assert_eq!((second.fetched, second.unchanged), (1, 3), "{second:?}");
    assert_eq!(server.statuses("osv/Red Hat/all.zip"), [200, 304]);
    assert_eq!(server.statuses("osv/npm/all.zip"), [200, 200]);
    assert_ne!(first.knowledge.digest, second.knowledge.digest);
}

#[test]
fn a_download_that_broke_off_is_continued() {
    let server = Server::start(&feeds());
    server.cut.lock().expect("cuts").push("osv/npm/all.zip".into());
    let folder = tempfile::tempdir().expect("a folder");
    run(&options(&server), folder.path()).expect("an update");
    assert_eq!(server.statuses("osv/npm/all.zip"), [200, 206]);
}

#[test]
fn an_ecosystem_that_cannot_be_had_is_an_error_unless_there_is_a_copy() {
    let server = Server::start(&feeds());
    let folder = tempfile::tempdir().expect("a folder");
    let small = UpdateOptions { largest_bytes: 100, ..options(&server) };
    let error = run(&small, folder.path()).expect_err("too large");
    assert!(error.to_string().contains("all.zip: it is larger than"), "{error}");
    run(&options(&server), folder.path()).expect("an update");
    server.cut.lock().expect("cuts").extend(std::iter::repeat_n("osv/npm/all.zip".to_owned(), 9));
    server
        .files
        .lock()
        .expect("files")
        .insert("osv/npm/all.zip".into(), zip_of(&["GHSA-cccc", "GHSA-dddd", "GHSA-eeee"]));
    let tried_once = UpdateOptions { tries: 1, ..options(&server) };
    let updated = run(&tried_once, folder.path()).expect("an update");
    assert!(updated.missing.iter().any(|(url, _)| url.ends_with("osv/npm/all.zip")), "{updated:?}");
}

#[test]
fn a_finished_database_is_taken_only_with_its_digest() {
    let feeds = Server::start(&feeds());
    let folder = tempfile::tempdir().expect("a folder");
    run(&options(&feeds), folder.path()).expect("an update");
    let bytes = std::fs::read(folder.path().join("plimsoll.db")).expect("a database");
    let packed = zstd::encode_all(&bytes[..], 3).expect("packed");
    let digest = |bytes: &[u8]| format!("{}  plimsoll.db\n", hex::encode(Sha256::digest(bytes))).into_bytes();
    let server = Server::start(&[
        ("good.db", bytes.clone()),
        ("good.db.sha256", digest(&bytes)),
        ("good.db.zst", packed.clone()),
        ("good.db.zst.sha256", digest(&packed)),
        ("alone.db", bytes.clone()),
        ("wrong.db", bytes.clone()),
        ("wrong.db.sha256", digest(b"another")),
        ("other.db", b"no database".to_vec()),
        ("other.db.sha256", digest(b"no database")),
    ]);
    let check = |name: &str, expected: Result<(), &str>| {
        let folder = tempfile::tempdir().expect("a folder");
        let options = UpdateOptions {
            mirror: None,
            prebuilt: Some(format!("{}/{name}", server.url)),
            ..options(&server)
        };
        let result = run(&options, folder.path());
        match (result, expected) {
            (Ok(_), Ok(())) => {
                assert_eq!(std::fs::read(folder.path().join("plimsoll.db")).expect("installed"), bytes);
                assert_eq!(run(&options, folder.path()).expect("again").unchanged, 1);
            }
            (Err(error), Err(says)) => {
                assert!(error.to_string().contains(says), "{name}: {error}");
                assert!(!folder.path().join("plimsoll.db").exists(), "{name}");
            }
            (result, _) => panic!("{name}: {result:?}"),
        }
    };
    check("good.db", Ok(()));
    check("good.db.zst", Ok(()));
    check("alone.db", Err("there is no .sha256 beside it"));
    check("wrong.db", Err("has the digest sha256:"));
    check("other.db", Err("is not an advisory database"));
    check("nothing.db", Err("there is no .sha256 beside it"));
}

#[test]
fn a_finished_database_is_brought_up_to_date_by_deltas() {
    let feeds = Server::start(&feeds());
    let folder = tempfile::tempdir().expect("a folder");
    let builds: Vec<PathBuf> = ["GHSA-aaaa", "GHSA-bbbb", "GHSA-cccc"]
        .iter()
        .map(|id| {
            feeds.files.lock().expect("files").insert("osv/npm/all.zip".into(), zip_of(&[id]));
            run(&options(&feeds), folder.path()).expect("an update");
            let path = folder.path().join(format!("{id}.db"));
            std::fs::copy(folder.path().join("plimsoll.db"), &path).expect("copied");
            path
        })
        .collect();
    let open = |path: &Path| Database::open(path).expect("a database");
    let digest = |path: &Path| open(path).knowledge().expect("knowledge").digest;
    let sha256 = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let newest = std::fs::read(&builds[2]).expect("read");
    let server = Server::start(&[
        ("a.db", newest.clone()),
        ("a.db.sha256", sha256(&newest).into_bytes()),
        ("b.db", newest.clone()),
        ("b.db.sha256", sha256(&newest).into_bytes()),
    ]);
    let publish = |name: &str, lie: bool| {
        let mut deltas = Vec::new();
        for pair in builds.windows(2) {
            let file = folder.path().join("delta");
            let made = crate::delta(&open(&pair[0]), &open(&pair[1]), &file).expect("a delta");
            let bytes = std::fs::read(&file).expect("read");
            let sha256 = if lie { "0".repeat(64) } else { sha256(&bytes) };
            let file = format!("{name}.{}", deltas.len());
            server.files.lock().expect("files").insert(file.clone(), bytes);
            deltas.push(crate::IndexedDelta {
                from: made.from,
                to: made.to,
                file,
                sha256,
                bytes: made.bytes,
            });
        }
        let index = crate::DeltaIndex { digest: digest(&builds[2]), deltas };
        let text = serde_json::to_vec(&index).expect("json");
        server.files.lock().expect("files").insert(format!("{name}.deltas"), text);
    };
    publish("a.db", false);
    publish("b.db", true);
    let check = |name: &str, start: Option<&Path>, expected: (usize, usize), whole: usize| {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(start) = start {
            std::fs::copy(start, folder.path().join("plimsoll.db")).expect("copied");
        }
        let before = server.statuses(name).len();
        let prebuilt = Some(format!("{}/{name}", server.url));
        let updated = run(&UpdateOptions { mirror: None, prebuilt, ..options(&server) }, folder.path());
        let updated = updated.expect("an update");
        assert_eq!((updated.fetched, updated.unchanged), expected, "{name} {start:?}");
        assert_eq!(server.statuses(name).len() - before, whole, "{name} {start:?}");
        let result = folder.path().join("plimsoll.db");
        assert_eq!(open(&result).verify().expect("verified"), digest(&builds[2]), "{name} {start:?}");
    };
    check("a.db", Some(&builds[0]), (2, 0), 0);
    check("a.db", Some(&builds[1]), (1, 0), 0);
    check("a.db", Some(&builds[2]), (0, 1), 0);
    check("a.db", None, (1, 0), 1);
    // Deltas that are not what the list says are not taken; the whole database is.
    check("b.db", Some(&builds[0]), (1, 0), 1);
}
