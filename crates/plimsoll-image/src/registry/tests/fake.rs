//! A registry made of a closure: HTTP/1.1 over a loopback socket, one request a connection.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// After so many bytes of the body: close the connection, or hold it.
    pub cut: Option<(usize, Cut)>,
    /// Say the length of the body?
    pub length: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Close,
    Hold,
}

impl Reply {
    pub fn new(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new(), cut: None, length: true }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Reply {
        self.body = body.into();
        self
    }

    pub fn cut(mut self, at: usize, cut: Cut) -> Reply {
        self.cut = Some((at, cut));
        self
    }
}

/// A server that runs until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request with what `answer` says; it is called for one request at a time.
    pub fn start(answer: impl FnMut(&Request) -> Reply + Send + 'static) -> Server {
        Server::start_with(answer, |stream| Some(Box::new(stream)))
    }

    /// As `start`, with something between the socket and the server (TLS).
    pub fn start_with(
        answer: impl FnMut(&Request) -> Reply + Send + 'static,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log, wrap) = (Arc::new(Mutex::new(answer)), Arc::clone(&seen), Arc::new(wrap));
        // The thread ends with the process; a test's servers are few.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log, wrap) = (Arc::clone(&answer), Arc::clone(&log), Arc::clone(&wrap));
                std::thread::spawn(move || {
                    let Some(mut stream) = wrap(stream) else { return };
                    let Some(request) = read_request(&mut stream) else { return };
                    log.lock().expect("not poisoned").push(request.clone());
                    let reply = (answer.lock().expect("not poisoned"))(&request);
                    // The client may have gone; that is for its test to notice.
                    let _ = write_reply(&mut stream, &reply);
                });
            }
        });
        Server { address, seen }
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// Requests whose path contains this.
    pub fn count(&self, part: &str) -> usize {
        self.seen().iter().filter(|request| request.path.contains(part)).count()
    }
}

pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

fn read_request(stream: &mut dyn Stream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
        if !head[0].is_ascii_uppercase() {
            // TLS where plain http is spoken: what servers answer to that.
            let _ = write_reply(stream, &Reply::new(400));
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap_or(0));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body: String::from_utf8(body).ok()? })
}

fn write_reply(stream: &mut dyn Stream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.length && !reply.headers.iter().any(|(name, _)| name == "Content-Length") {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let (end, cut) = reply.cut.unwrap_or((reply.body.len(), Cut::Close));
    stream.write_all(&reply.body[..end.min(reply.body.len())])?;
    stream.flush()?;
    if cut == Cut::Hold {
        // Until the client has had enough.
        let _ = stream.read(&mut [0]);
    }
    Ok(())
}

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// What a registry holds: `manifests/…` and `blobs/…`, with media types.
#[derive(Clone, Debug, Default)]
pub struct Content(pub BTreeMap<String, (String, Vec<u8>)>);

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

impl Content {
    /// An image of one layer under a tag; returns the digest of its manifest.
    pub fn add_image(&mut self, tag: &str, arch: &str, layer: &[u8]) -> String {
        let config = format!(
            r#"{{"os":"linux","architecture":"{arch}","config":{{"User":"app"}},"rootfs":{{"diff_ids":["{}"]}}}}"#,
            digest(layer)
        );
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"digest":"{}","size":{},"mediaType":"application/vnd.oci.image.config.v1+json"}},"layers":[{{"digest":"{}","size":{},"mediaType":"application/vnd.oci.image.layer.v1.tar"}}]}}"#,
            digest(config.as_bytes()),
            config.len(),
            digest(layer),
            layer.len()
        );
        self.add_blob(config.as_bytes());
        self.add_blob(layer);
        self.add_manifest(tag, MANIFEST, manifest.as_bytes())
    }

    pub fn add_blob(&mut self, bytes: &[u8]) {
        let path = format!("blobs/{}", digest(bytes));
        self.0.insert(path, ("application/octet-stream".to_owned(), bytes.to_vec()));
    }

    pub fn add_manifest(&mut self, tag: &str, media_type: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        for name in [tag, &digest] {
            self.0.insert(format!("manifests/{name}"), (media_type.to_owned(), bytes.to_vec()));
        }
        digest
    }

    /// What an honest registry answers.
    pub fn answer(&self, request: &Request) -> Reply {
        let found = request.path.split_once("/manifests/").map(|(_, name)| format!("manifests/{name}"));
        let found = found.or(request.path.split_once("/blobs/").map(|(_, name)| format!("blobs/{name}")));
        let Some((media_type, bytes)) = found.and_then(|path| self.0.get(&path)) else {
            return Reply::new(404)
                .body(r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#);
        };
        let range = request.header("range").strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        if let Some(start) = range.and_then(|start| start.parse::<usize>().ok()) {
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            return Reply::new(206).header("Content-Range", range).body(&bytes[start..]);
        }
        let reply = Reply::new(200).header("Content-Type", media_type.as_str()).body(bytes.as_slice());
        reply.header("Docker-Content-Digest", digest(bytes))
    }
}
