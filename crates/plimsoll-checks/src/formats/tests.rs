use super::*;
use proptest::prelude::*;

fn check(format: Format, text: &str, expected: &str) {
    let found: Vec<String> =
        format.parse(text).iter().map(|one| format!("{}: {}={}", one.line, one.key, one.value)).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "{format:?} of {text}");
}

#[test]
fn lines() {
    check(Format::Space, "# c\na b c\n d\te\nx", "2: a=b c\n3: d=e\n4: x=");
    check(
        Format::Sshd,
        "A b # c\nC=\"d e\"\nMatch User x\n E f\nMatch all\nG h",
        "1: A=b\n2: C=d e\n4: match.E=f\n6: G=h",
    );
    check(
        Format::Equals,
        "a=b\nc = 'd e' # f\nexport g=\"h\"\ni j\nk = l,\n  m\n;x=y",
        "1: a=b\n2: c=d e\n3: g=h\n4: i=j\n5: k=l, m",
    );
    check(Format::Colon, "a: b\nolcX:: c", "1: a=b\n2: olcX=c");
    check(
        Format::Ini,
        "[a]\nb=c ; d\n[e f]\ng.h = 'i'\nskip-x\n!includedir /d",
        "2: a.b=c\n4: e f.g-h=i\n5: e f.skip-x=\n6: !includedir=/d",
    );
    check(
        Format::Haproxy,
        "global\n a b # c\nlisten s\n bind :1",
        "1: global=\n2: global.a=b\n3: listen=s\n4: listen.bind=:1",
    );
}

#[test]
fn blocks() {
    check(
        Format::Nginx,
        "a b 'c d'; # e\nhttp {\n server { listen 80; x ${y}z; }\n}",
        "1: a=b c d\n2: http=\n3: http.server=\n3: http.server.listen=80\n3: http.server.x=${y}z",
    );
    check(
        Format::Named,
        "/* a */ options { // b\n c { none; }; d \"e\"; };",
        "2: options.c.none=\n2: options.c=none;\n2: options.d=e\n1: options=d e;",
    );
    check(Format::Dovecot, "a = b c\nd {\n e = f\n}", "1: a=b c\n2: d=\n3: d.e=f");
    check(
        Format::Apache,
        "A b\n<IfModule x>\n<Directory />\nC d \\\n e\n</Directory>\n</IfModule>\n<IfModule !x>\nF g\n</IfModule>\nH i",
        "1: A=b\n3: ?ifmodule x.directory=/\n4: ?ifmodule x.directory.C=d e\n9: ?ifmodule !x.F=g\n11: H=i",
    );
}

#[test]
fn trees() {
    check(
        Format::Xml,
        "<?xml version='1.0'?><!-- <a b='c'/> -->\n<a b='c'>\n<d e=\"f\"/><g>h</g></a>",
        "2: a@b=c\n3: a.d@e=f\n3: a.d=\n3: a.g=h\n2: a=",
    );
    check(
        Format::Yaml,
        "a:\n  b: c # d\n  e:\n  - f: g\n    h: i\n  - j\n  k: [l, m]\nn.o: \"p\"\nq: |\n  r: s\nt: 1",
        "1: a=\n2: a.b=c\n3: a.e=\n4: a.e.f=g\n5: a.e.h=i\n6: a.e=j\n7: a.k=[l, m]\n8: n.o=p\n9: q=|\n11: t=1",
    );
    check(
        Format::Json,
        "{\"a\": {\"b\": [1, \"c\"]},\n \"d\": true}",
        "1: ={}\n1: a={}\n1: a.b=1\n1: a.b=c\n2: d=true",
    );
}

#[test]
fn keys() {
    for (pattern, key, expected) in [
        ("a.b", "A.B", true),
        ("a.b", "x.a.b", false),
        ("**.b", "x.a.b", true),
        ("**.a.b", "b", false),
        ("a.*.c", "a.b.c", true),
        ("local-infile", "local_infile", true),
        ("*.x", "a.b.x", false),
    ] {
        assert_eq!(key_matches(pattern, key), expected, "{pattern} {key}");
    }
}

const SEEDS: [&str; 5] = [
    "http { server { listen 80; include x; } }",
    "<a><b c='d'>e</b></a>",
    "a:\n  - b: \"c\" # d\n  - e: |\n    f",
    "{\"a\": [1, {\"b\": \"c\\n\"}]}",
    "[a]\nb = 'c' ; d\n<IfModule x>\nA \\\n b\n</IfModule>",
];

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        parse_all(&bytes);
    }

    #[test]
    fn mutated_files_never_panic(seed in 0..SEEDS.len(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        parse_all(&bytes);
    }

    #[test]
    fn structure_bytes_never_panic(text in "[a-b{}\\[\\]<>/=:;#\"' \n\t.,\\\\|-]{0,120}") {
        parse_all(text.as_bytes());
    }
}
