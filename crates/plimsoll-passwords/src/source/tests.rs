use super::*;

/// `path`, content, then `service user form stored[ locked]` a line.
#[track_caller]
fn check(path: &str, content: &str, expected: &[&str]) {
    let read = reader(path).unwrap_or_else(|| panic!("{path} is one of ours"));
    let accounts = read(content.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
    let shown: Vec<String> = accounts
        .iter()
        .map(|it| {
            let locked = if it.locked { " locked" } else { "" };
            format!("{} {} {} {}{locked}", it.service, it.user, it.form, it.stored)
        })
        .collect();
    assert_eq!(shown, expected, "{path}");
}

#[test]
fn system_accounts() {
    let hash =
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
    check(
        "/etc/shadow",
        &format!(
            "root:{hash}:19000:0:99999:7:::\nbob::19000:0:::::\ndaemon:*:1::::::\nold:!{hash}:1::::::\nnew:!!:1::::::\nx:!*:::::::\n"
        ),
        &[
            &format!("system root crypt {hash}"),
            "system bob crypt ",
            &format!("system old crypt {hash} locked"),
        ],
    );
    check(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nold:abiR63Zcw.s2g:1:1::/:/bin/sh\nno::2:2::/:/usr/sbin/nologin\n+::::::\n",
        &["system old crypt abiR63Zcw.s2g", "system no crypt  locked"],
    );
    check(
        "/etc/gshadow",
        "root:*::\nstaff:!::bob\nadm:::\nw:abiR63Zcw.s2g::\n",
        &["system-group w crypt abiR63Zcw.s2g"],
    );
    check(
        "/etc/samba/smbpasswd",
        "bob:1000:XXXX:A87F3A337D73085C45F9416BE5787D86:[U          ]:LCT-1:\n",
        &["samba bob nt A87F3A337D73085C45F9416BE5787D86"],
    );
}

#[test]
fn services_in_lines() {
    check(
        "/etc/redis/redis.conf",
        "# requirepass foobared\nrequirepass \"secret\"\nmasterauth x\nuser alice on >pw1 #5e88 ~* +@all\nuser bob off nopass\n",
        &[
            "redis default plain secret",
            "redis (master) plain x",
            "redis alice plain pw1",
            "redis alice sha256-hex 5e88",
            "redis bob plain  locked",
        ],
    );
    check(
        "/etc/nginx/.htpasswd",
        "# c\nbob:$apr1$a$b:comment\nal:{SHA}x=\nold:abiR63Zcw.s2g\nplain:secret\n",
        &[
            "htpasswd bob crypt $apr1$a$b",
            "htpasswd al ldap {SHA}x=",
            "htpasswd old crypt abiR63Zcw.s2g",
            "htpasswd plain plain secret",
        ],
    );
    check(
        "/opt/jetty/etc/realm.properties",
        "# a: b\nadmin: admin,server-administrator\nobf: OBF:1x,user\nmd: MD5:5f4dcc3b5aa765d61d8327deb882cf99\n",
        &[
            "java-realm admin plain admin",
            "java-realm obf obfuscated OBF:1x",
            "java-realm md md5-hex 5f4dcc3b5aa765d61d8327deb882cf99",
        ],
    );
    check("/opt/activemq/conf/users.properties", "admin=admin\n", &["java-realm admin plain admin"]);
    check(
        "/etc/mosquitto/passwd",
        "a:$7$101$x$y\nb:open\n",
        &["mosquitto a mosquitto $7$101$x$y", "mosquitto b plain open"],
    );
    check(
        "/etc/proftpd/ftpd.passwd",
        "bob:$1$a$b:1:1::/:/bin/false\nx:!:1:1::/:\n",
        &["ftp bob crypt $1$a$b"],
    );
    check(
        "/etc/vsftpd/virtual_users.txt",
        "bob\nsecret\nal\npw\n",
        &["vsftpd bob plain secret", "vsftpd al plain pw"],
    );
    check(
        "/etc/dovecot/users",
        "bob:{PLAIN}pw:1:1\nal:{SHA512-CRYPT}$6$a$b\n",
        &["dovecot bob ldap {PLAIN}pw", "dovecot al crypt $6$a$b"],
    );
    check(
        "/srv/svn/conf/passwd",
        "[general]\nx = y\n[users]\nharry = harryssecret\n",
        &["svn harry plain harryssecret"],
    );
    check("/etc/ldap/slapd.conf", "rootdn cn=x\nrootpw\t{SSHA}abc\n", &["ldap (root) ldap {SSHA}abc"]);
    check(
        "/etc/ldap/slapd.d/cn=config/olcDatabase={0}config.ldif",
        "olcRootPW:: c2VjcmV0\n",
        &["ldap (root) plain secret"],
    );
    check(
        "/etc/rabbitmq/rabbitmq.conf",
        "default_user = me\ndefault_pass = you\n",
        &["rabbitmq me plain you"],
    );
    check(
        "/etc/grafana/grafana.ini",
        "[security]\n;admin_password = admin\nadmin_password = \"x y\"\n",
        &["grafana admin plain x y"],
    );
    check(
        "/etc/snmp/snmpd.conf",
        "rocommunity public default\n#rwcommunity private\ncom2sec ro default secret\n",
        &["snmp (read) plain public", "snmp (com2sec) plain secret"],
    );
    check("/root/.pgpass", "h:5432:*:bob:pa:ss\n", &["postgresql bob plain pa:ss"]);
    check("/root/.my.cnf", "[client]\nuser=bob\npassword='x y'\n", &["mysql bob plain x y"]);
    check("/etc/ppp/chap-secrets", "\"me\" * \"it\" *\n", &["ppp me plain it"]);
    check(
        "/usr/share/elasticsearch/config/users",
        "admin:$2a$10$x\n",
        &["elasticsearch admin crypt $2a$10$x"],
    );
}

#[test]
fn services_in_structures() {
    check(
        "/opt/tomcat/conf/tomcat-users.xml",
        "<tomcat-users>\n<!-- <user username=\"a\" password=\"b\"/> -->\n<user username=\"admin\" password=\"s3cret&amp;\" roles=\"x\"/>\n<user name=\"d\" password=\"5f4dcc3b5aa765d61d8327deb882cf99\"/></tomcat-users>",
        &["tomcat admin plain s3cret&", "tomcat d md5-hex 5f4dcc3b5aa765d61d8327deb882cf99"],
    );
    check(
        "/etc/rabbitmq/definitions.json",
        r#"{"users":[{"name":"a","password_hash":"abc=","hashing_algorithm":"x"},{"name":"b","password":"c"}]}"#,
        &["rabbitmq a rabbitmq abc=", "rabbitmq b plain c"],
    );
    check(
        "/var/jenkins_home/users/admin_1/config.xml",
        "<user>\n<id>admin</id>\n<passwordHash>#jbcrypt:$2a$10$x</passwordHash>\n",
        &["jenkins admin crypt $2a$10$x"],
    );
    check(
        "/var/lib/mysql/mysql/global_priv.MAD",
        "xx\u{1}\u{9}localhost\u{4}root\u{0}\u{0}{\"access\":18446744073709551615,\"plugin\":\"mysql_native_password\",\"authentication_string\":\"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\"}\u{0}{\"access\":0,\"plugin\":\"mysql_native_password\",\"authentication_string\":\"invalid\"}",
        &["mysql root mysql-native *2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"],
    );
    check(
        "/var/lib/mysql/mysql.ibd",
        "localhost\u{0}root\u{0}YYYYYYYYYYYYYYYYmysql_native_password\u{0}*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\u{0}",
        &["mysql root mysql-native *2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"],
    );
}

#[test]
fn a_page_of_postgresql() {
    let mut page = vec![0_u8; 8192];
    page[12..14].copy_from_slice(&28_u16.to_le_bytes());
    let mut row = vec![0_u8; 24];
    row[22] = 24;
    row.extend_from_slice(&10_u32.to_le_bytes());
    let mut name = b"postgres".to_vec();
    name.resize(64, 0);
    row.extend_from_slice(&name);
    row.extend_from_slice(b"\x01\x01\x01\x47md5a3556571e93b0d20722ba62be61e8c2d");
    let start = 8192 - row.len();
    page[start..].copy_from_slice(&row);
    let item = start as u32 | (1 << 15) | ((row.len() as u32) << 17);
    page[24..28].copy_from_slice(&item.to_le_bytes());
    let accounts = databases::postgresql(&page).expect("a page");
    assert_eq!(accounts.len(), 1);
    assert_eq!((accounts[0].user.as_str(), accounts[0].form.as_str()), ("postgres", "pg-md5"));
    assert_eq!(accounts[0].stored, "md5a3556571e93b0d20722ba62be61e8c2d");
}

#[test]
fn other_files_are_none() {
    for path in ["/etc/hosts", "/usr/share/doc/passwd", "/srv/users", "/x/shadow", "/opt/my.properties"] {
        assert!(reader(path).is_none(), "{path}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        text in "[a-z:={}$#<>\" \n!*]{0,200}") {
        for path in ["/etc/shadow", "/etc/passwd", "/etc/gshadow", "/x/smbpasswd", "/x/tomcat-users.xml", "/x/redis.conf",
            "/x/users.acl", "/x/realm.properties", "/mysql/global_priv.MAD", "/mysql/user.MYD", "/x/mysql.ibd",
            "/global/1260", "/x/ftpd.passwd", "/etc/dovecot/users", "/svn/conf/passwd", "/x/slapd.conf", "/x/rabbitmq.conf",
            "/rabbitmq/definitions.json", "/grafana/grafana.ini", "/users/a/config.xml", "/x/snmpd.conf", "/x/.pgpass",
            "/x/.my.cnf", "/x/chap-secrets", "/x/vusers.txt", "/x/.htpasswd", "/mosquitto/passwd", "/etc/vsftpd/vusers.db"] {
            if let Some(read) = reader(path) {
                let _ = read(&bytes);
                let _ = read(text.as_bytes());
            }
        }
    }
}
