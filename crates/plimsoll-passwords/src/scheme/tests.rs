use super::*;

fn account(form: &str, user: &str, stored: &str) -> Account {
    Account {
        service: "system".into(),
        user: user.into(),
        form: form.into(),
        stored: stored.into(),
        line: None,
        changed: None,
        locked: false,
    }
}

#[track_caller]
fn check(form: &str, user: &str, stored: &str, password: &str) {
    let account = account(form, user, stored);
    let hash = Stored::of(&account).unwrap_or_else(|why| panic!("{stored}: {why}"));
    assert!(hash.is(password), "{stored} is {password}");
    for wrong in [format!("{password}x"), "x".to_owned(), String::new()] {
        assert!(wrong == password || !hash.is(&wrong), "{stored} is not {wrong}");
    }
}

/// What libxcrypt 4.4 makes of these passwords.
#[test]
fn crypt_strings_are_those_of_libxcrypt() {
    let cases = [
        ("abmF1QH4PEr.E", ""),
        ("abxxB7HlIeckU", "a"),
        ("abiR63Zcw.s2g", "Passw0rd"),
        ("abhfCpXqd4GrI", "correct horse battery"),
        ("abzp3RXJm5gNA", "pässwört"),
        ("./Una9Fi.seRo", ""),
        ("./xT2u5QYaHcU", "a"),
        ("./avGXNtEX8ss", "Passw0rd"),
        ("./DA5yokVJ1R2", "correct horse battery"),
        ("./vYBXr45rAoM", "pässwört"),
        ("_J9..abcdoj0PMidvoVc", ""),
        ("_J9..abcdynv4J1Cve9M", "a"),
        ("_J9..abcdZr9J28BvNSQ", "Passw0rd"),
        ("_J9..abcdVDMesytRgAI", "correct horse battery"),
        ("_J9..abcd27tNeEhkt3c", "pässwört"),
        ("$1$saltsalt$5Jhcit4zN9UlGiA0txPkO0", ""),
        ("$1$saltsalt$MzDjbImyzEz2m0NTiPzNW/", "a"),
        ("$1$saltsalt$fwjUw9R2aXH8DabahEwyW.", "Passw0rd"),
        ("$1$saltsalt$UevX3RQ4rPNbqFqf8dVFn.", "correct horse battery"),
        ("$1$saltsalt$co0NuEZ/a7JwWi2ApCvzo.", "pässwört"),
        ("$1$s$iXWZU0LDEJ7Jjmms7KFsH0", ""),
        ("$1$s$TnTS2d.76xCjLeeIhMx3L0", "a"),
        ("$1$s$ZCvSz84H8jIb/sY2YnQkx/", "Passw0rd"),
        ("$1$s$QUQUTF7yMcQ/sF9LQW4Xu1", "correct horse battery"),
        ("$1$s$7HifqtRjrWHDOBB9B7Z9H1", "pässwört"),
        ("$5$saltsalt$09agN5RZ2meWdEdnEusqsq5G7RwwghB8jCKoWWADxW/", ""),
        ("$5$saltsalt$Mtm6KOxb.PwaKES1sp80SDYOu1T0RdwsBVakhLiqA64", "a"),
        ("$5$saltsalt$tjziECQJwh/Wn7NKiA1tYxHvAc6Sx2RpJ8OQYPlb27B", "Passw0rd"),
        ("$5$saltsalt$lJBntEo62mus/ovk43htFvkabtoMEkzjosQqenAm4h8", "correct horse battery"),
        ("$5$saltsalt$80.mRrwWuG37JgbFY45Hksjbnu.V/X6PGs3fBqY6M9A", "pässwört"),
        ("$5$rounds=1000$saltsaltsaltsalt$HbTHCxL8uy/75gt0om1lfg98CGj2Jn.ziC7pXxHGndC", ""),
        ("$5$rounds=1000$saltsaltsaltsalt$GHNfoavxuah9TcL35kARKVEQtugg9NNQwXw4vzDjmz7", "a"),
        ("$5$rounds=1000$saltsaltsaltsalt$fxtohnmGh9HpZdQtQwv8dWh/pxvhPsHWKNwaxjlnIA.", "Passw0rd"),
        (
            "$5$rounds=1000$saltsaltsaltsalt$ur0AG1yk63rghGBTQX8nXhvIrm/lnhAKuJXWRR6tVdA",
            "correct horse battery",
        ),
        ("$5$rounds=1000$saltsaltsaltsalt$VzpY6EexuGfGHmofXugrq6R5uZpwO3I65VH5K/1s0h2", "pässwört"),
        (
            "$6$saltsalt$qkTgsCrWMTAS9gBGcf9W60sFfH.hU0oTCAOJjhbz5tSp/sU3/xXZK4OFwCtq8lIIdpJ6CatVdOTSHKp97TPkt/",
            "",
        ),
        (
            "$6$saltsalt$8gzUrz5S2/0AfMGfui2LllQQ2fwu.jYnAVGef2XY7gAo0jNFrzHsTq9lMr2ze7QvIJxr4BYOKdgDpx4Va9Atb1",
            "a",
        ),
        (
            "$6$saltsalt$MaIx3.BSZhnkUYbnTBq7lviIBfA4YkzRbVGCFdOwzVJ2gBCSLfytJYAcA9MxV7Gfu.UUQUVzCYKeWSgSBF1Vl0",
            "Passw0rd",
        ),
        (
            "$6$saltsalt$G9wFFnnUFCPffgjGaIp8t6onbqx3zGbMIn93ecLfBFGJpBV3/0HPLZ17qYbjb.WJDtXbmuMlQ9NnvzVms5ZXj.",
            "correct horse battery",
        ),
        (
            "$6$saltsalt$tct/ushtL3UqR0Ura5u7Jztq9tJinjPdVN6nzw/l9c9adQ9rkjMh2oRg/ExoCuuTlXSsen6uVKchicvX3716o.",
            "pässwört",
        ),
        (
            "$6$rounds=1500$xy$I8cjpwaEO9x49iE.5a/GpvkMmvvVIDLy0jVhZcGoZooGxq1/VicoXHFGL8/5KCWxTFnGV2uSfnQsWVEM0cltD.",
            "",
        ),
        (
            "$6$rounds=1500$xy$W1lNP71j00bckLinDr7V4fsl8BdGHawShjs3osNfq6WNqqme4Bigs/pLowI88fELNGQYHur3vonNNobRPbwvb.",
            "a",
        ),
        (
            "$6$rounds=1500$xy$8bf5L3xOOQSz9zbI9bh4By3ZtTaZdL0.Eibf6lSS4rvhfkYG2fAl24qFcfbZu0JGHNUC9x3AySxxGdZIoyFzL0",
            "Passw0rd",
        ),
        (
            "$6$rounds=1500$xy$0RNL8O5NT9doCyU3d10qiFkOLatQIdu6jXrzdg7lsxMsUFQHKwSnm/NSu4LOTUbQ0l7.ycmEpFyyw0ReXaKly0",
            "correct horse battery",
        ),
        (
            "$6$rounds=1500$xy$Z6f8vCUbatSqkmzU8SSL.FZBsTOJpL0qm/MWvH0MvzkEJ7O48dajGbchCs.UGUODD.hRSbN6YD9iZU9EZ45ry.",
            "pässwört",
        ),
        ("$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq", ""),
        ("$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC", "a"),
        ("$2b$04$abcdefghijklmnopqrstuulhhVV4Kshc23o37z5HTbqh2k1HbPVGC", "Passw0rd"),
        ("$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS", "correct horse battery"),
        ("$2b$04$abcdefghijklmnopqrstuu1cDoLWDR/WUf1WNLV3Klgn6BEq1nueu", "pässwört"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.crbyEJ0XFaJ9sONRyOTHdI7c4ZT.ndu", "a"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.TBDwQIiRPjukUVomX1x876MZq/ONbqi", "Passw0rd"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.4c/Vz//sBM9XkyFmwsCP9HkrjK1U32S", "correct horse battery"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.mhqt0ytF8/mwipsoyH6pCqX5iYTwr7.", "pässwört"),
        ("$2y$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq", ""),
        ("$2y$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC", "a"),
        ("$2y$04$abcdefghijklmnopqrstuulhhVV4Kshc23o37z5HTbqh2k1HbPVGC", "Passw0rd"),
        ("$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS", "correct horse battery"),
        ("$2y$04$abcdefghijklmnopqrstuu1cDoLWDR/WUf1WNLV3Klgn6BEq1nueu", "pässwört"),
        ("$y$j75$abcdefgh$dnXG1KuMBmwYrnuKh9nriQRakI62k6mwFrGgxhxYD/2", ""),
        ("$y$j75$abcdefgh$ukDEDxYN7Z6Brbqq8EezcpTqvb9tCXbdpnWO8p90Na/", "a"),
        ("$y$j75$abcdefgh$vpIg5zsn2/XD4w66CC9RfRDREkvdWOkob3RQ5Ego3N1", "Passw0rd"),
        ("$y$j75$abcdefgh$O1/6nYIqybihR5a7/mAmrxtRJ1XjZDA1zejCIsqVhW0", "correct horse battery"),
        ("$y$j75$abcdefgh$fy7k10qd5nwehGQdUmOE9ITpfkvpOsQA84rt.Eoc80A", "pässwört"),
        ("$y$j8T$abcdefghijkl$M5vis0VQxwc17ihHZI01hYxYBP1gfni1ZwUvK8IlJeB", ""),
        ("$y$j8T$abcdefghijkl$wDdVWK.MYgXSpzUeQtWUt8HJ1LVrSrLPzabDrKx/uLD", "a"),
        ("$y$j8T$abcdefghijkl$eSTNRcgm3PxbbyIGeqW4fcMP.UA.VdSdWiyHPsiSVb6", "Passw0rd"),
        ("$y$j8T$abcdefghijkl$ShHOm1llwS36Ks00kwcrxhih.5Uf/AwMlAHoa/nUK9/", "correct horse battery"),
        ("$y$j8T$abcdefghijkl$d51xpECuT.U.2FaPLtWMu49Uu1InCRV2kiun40mgsd5", "pässwört"),
        ("$7$6U..../....abcdefgh$qGpeiarAjGkE/fuE8Y9.jflpC0z3gfxX6lnXtJgRSaB", ""),
        ("$7$6U..../....abcdefgh$2rsV1Wm46QxqNx2BRlyACuG6fYoZ2PoDVlT8L0YzUS2", "a"),
        ("$7$6U..../....abcdefgh$D8q6tKU8MYyY7Kw3x6EA9n9NMcNovQAHlvHQTozkoJ.", "Passw0rd"),
        ("$7$6U..../....abcdefgh$KvArLwq/S8nrUjfKq7w6fHdcTHGAtCkYv51K5bDyAjD", "correct horse battery"),
        ("$7$6U..../....abcdefgh$111kWZPOUUtOud6wFXsYmmGhMJ8MClHntLTpkwiNrF/", "pässwört"),
        ("$sha1$100$saltsalt$rXlVjHu/fQN4pG8RWgZzASzr58DO", ""),
        ("$sha1$100$saltsalt$KxlZ268futUDuDLBBXeIhfJzLisy", "a"),
        ("$sha1$100$saltsalt$WlBa4IBZ5Fh5oqKNp7Jqz2JQMK7h", "Passw0rd"),
        ("$sha1$100$saltsalt$ZDxQ0ZJwd1ISPQclCFnixQLfnV8W", "correct horse battery"),
        ("$sha1$100$saltsalt$6JBE2fYGwUARgEkNy7uSSQJH.JMJ", "pässwört"),
        ("$3$$31d6cfe0d16ae931b73c59d7e0c089c0", ""),
        ("$3$$186cb09181e2c2ecaac768c47c729904", "a"),
        ("$3$$a87f3a337d73085c45f9416be5787d86", "Passw0rd"),
        ("$3$$3d211b74dd729be1e552b4727594f3eb", "correct horse battery"),
    ];
    for (stored, password) in cases {
        // Traditional crypt looks at eight characters only.
        if stored.len() == 13 {
            assert!(
                Stored::of(&account("crypt", "", stored)).expect("a hash").is(password),
                "{stored} {password}"
            );
            assert!(!Stored::of(&account("crypt", "", stored)).expect("a hash").is("wrong"), "{stored}");
        } else {
            check("crypt", "", stored, password);
        }
    }
}

#[test]
fn services_store_passwords_in_their_own_ways() {
    check("crypt", "", "$apr1$saltsalt$izhr9tsLMOvh2hpHIWjd20", "Passw0rd");
    check("mysql-native", "", "*DDFB542AA0BD1D251995D81AEBEB96DEEAD1132F", "Passw0rd");
    check(
        "caching-sha2",
        "",
        "$A$005$abcdefghijklmnopqrstIoV0ZfDcItrRD/AOQ99GvGDDgZDr8dcZz3mpgOauc67",
        "Passw0rd",
    );
    check("pg-md5", "bob", "md5beb3ab71ddf1fe6c8ff095591729fd98", "Passw0rd");
    check(
        "scram-sha-256",
        "",
        "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$OsDXr/ll3lqvsD4u5WZsrHKiSscsMuUo/1T3gLAMcOY=:s3NTAelGp9hunN4MpdFBGZXZranEZhvmwKEsuIPiFC4=",
        "Passw0rd",
    );
    check("sha256-hex", "", "ab38eadaeb746599f2c1ee90f8267f31f467347462764a24d71ac1843ee77fe3", "Passw0rd");
    check(
        "sha512-hex",
        "",
        "fe0d8456dd3f1a0f68cde11860c34bddce97dcbc20f389f534af8c4c49e225f6307ca16e414ac04c8d67b80821690edceb86f8de0d5286dd37ee562e3dcf2e80",
        "Passw0rd",
    );
    check("sha1-hex", "", "ebfc7910077770c8340f63cd2dca2ac1f120444f", "Passw0rd");
    check("md5-hex", "", "d41e98d1eafa6d6011d3a70f1a5b92f0", "Passw0rd");
    check("ldap", "", "{SSHA}XntnXau3YXtoRq4WtIGaYNlRzoJzYWx0", "Passw0rd");
    check("ldap", "", "{SHA}6/x5EAd3cMg0D2PNLcoqwfEgRE8=", "Passw0rd");
    check("ldap", "", "{SMD5}SwmM1L/dkpb93teheX3TpXNhbHQ=", "Passw0rd");
    check(
        "ldap",
        "",
        "{SSHA512}wX/fq9UBJOjg1Mjh2J+3LfdH0qpqrjxdWouXgm/dmLYm/Gy+ev0iPJcnheXgiQ6T2SZwS/sOzyzJa5M90KwllXNhbHRzYWx0",
        "Passw0rd",
    );
    check("ldap", "", "{CLEARTEXT}Passw0rd", "Passw0rd");
    check("rabbitmq", "", "c2FsdPaE83EkvhLaMwFiNMTaHZp5L7Ywcy6VChFRYbKPBbax", "Passw0rd");
    check(
        "mosquitto",
        "",
        "$7$101$c2FsdHNhbHRzYWx0$KS0j5HrpQt6FzXDHpVPjFzISZtfBK7hM1rVK3zmNo4OVjPqqHzz+hkKZjarIreeMqwbEOxs8X7/pCXppMoRF1w==",
        "Passw0rd",
    );
    check(
        "mosquitto",
        "",
        "$6$c2FsdHNhbHRzYWx0$ASnUy3aOcgU6M2IngzwKyTTyMI7IYkteScQw5n/UL9eHGOXOYxxk4kjPFHeDCCI9rksch0wfn66txeLv64Kg6g==",
        "Passw0rd",
    );
    check("nt", "", "A87F3A337D73085C45F9416BE5787D86", "Passw0rd");
    check("obfuscated", "", "OBF:1oq31uum1lfm1zej1zer1lbw1uvk1or7", "Passw0rd");
    check("plain", "", "Passw0rd", "Passw0rd");
    // The value of MySQL's OLD_PASSWORD('mypass').
    check("mysql-old", "", "6f8c114b58f2ce9e", "mypass");
}

#[test]
fn what_costs_too_much_or_is_unknown_is_not_tested() {
    let check = |stored: &str, expected: &str| {
        let why = Stored::of(&account("crypt", "", stored)).err().unwrap_or_default();
        assert!(why.contains(expected), "{stored}: {why}");
    };
    check("$6$rounds=999999999$saltsalt$x", "would take");
    check("$2b$31$abcdefghijklmnopqrstuu", "would take");
    check("$2b$99$abcdefghijklmnopqrstuu", "no cost");
    check("$y$jzT$abcdefgh$x", "beyond any real one");
    check("$y$jJT$abcdefgh$x", "memory");
    check("$y$jFT$abcdefgh$x", "memory");
    check("$7$zzzzzzzzzzzsalt$x", "memory");
    check("$gy$j75$abcdefgh$x", "not supported ($gy$j75");
    check("$md5,rounds=10$saltsalt$$x", "not supported");
    check("$argon2id$v=19$x", "not supported");
    check("_zzzzabcdZr9J28BvNSQ", "would take");
    check("$sha1$4000000000$saltsalt$x", "would take");
    for locked in ["*LK*", "NP", "x", "!!"] {
        assert!(Stored::of(&account("crypt", "", locked)).is_err() || locked == "!!", "{locked}");
    }
}

proptest::proptest! {
    #[test]
    fn no_stored_text_makes_it_panic(form in "(crypt|ldap|mosquitto|caching-sha2|scram-sha-256|obfuscated|rabbitmq|pg-md5)",
        stored in "([$]([1567y2]|2b|apr1|sha1|3)?[$]|_|OBF:|[{]SSHA[}]|SCRAM-SHA-256[$]1:|[$]A[$]001[$])?[$./0-9A-Za-z:=+ü-]{0,60}") {
        let account = account(&form, "user", &stored);
        if let Ok(hash) = Stored::of(&account) && hash.cost < 20_000 {
            hash.is("guess");
        }
    }
}
