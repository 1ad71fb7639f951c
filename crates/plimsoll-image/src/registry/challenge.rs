//! What a registry asks for when it says 401.

/// One way to sign in that the registry offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Send user name and password with every request (RFC 7617).
    Basic,
    /// Fetch a token first (distribution spec, "Token Authentication Specification").
    Bearer {
        /// Address of the token service.
        realm: String,
        /// What the token service knows the registry as.
        service: Option<String>,
        /// What the token must allow.
        scope: Option<String>,
    },
}

/// The challenges of one `WWW-Authenticate` header (RFC 9110, 11.6.1): schemes, each with parameters, all parted by
/// commas. Schemes we do not know, and what cannot be read, are left out.
pub fn parse_challenges(header: &str) -> Vec<Challenge> {
    let mut schemes: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() && after.is_empty() {
            break;
        }
        match after.trim_start_matches([' ', '\t']).strip_prefix('=') {
            // A parameter of the scheme before it.
            Some(value) => {
                let (value, after) = parse_value(value.trim_start_matches([' ', '\t']));
                if let Some((_, parameters)) = schemes.last_mut() {
                    parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = after;
            }
            None => {
                schemes.push((word.to_ascii_lowercase(), Vec::new()));
                rest = after;
            }
        }
    }
    schemes.into_iter().filter_map(|(scheme, parameters)| challenge(&scheme, parameters)).collect()
}

fn challenge(scheme: &str, parameters: Vec<(String, String)>) -> Option<Challenge> {
    let value = |name: &str| {
        let found = parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        found.filter(|value| !value.is_empty())
    };
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: value("realm")?,
            service: value("service"),
            scope: value("scope"),
        }),
        _ => None,
    }
}

/// A token or a quoted string, and what follows it.
fn parse_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: &str, scope: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Challenge::Bearer { realm: realm.to_owned(), service: some(service), scope: some(scope) }
        };
        let check =
            |header: &str, expected: &[Challenge]| assert_eq!(parse_challenges(header), expected, "{header}");
        check("", &[]);
        check("Basic realm=\"x\"", &[Challenge::Basic]);
        check("basic", &[Challenge::Basic]);
        check(
            r#"Bearer realm="https://a.io/token",service="a.io",scope="repository:x:pull,push""#,
            &[bearer("https://a.io/token", "a.io", "repository:x:pull,push")],
        );
        check(r#"bearer Realm = https://a/t , SERVICE=s"#, &[bearer("https://a/t", "s", "")]);
        check(r#"Bearer service="s""#, &[]);
        check(
            r#"Negotiate, Bearer realm="r",error="invalid_token", Basic realm="b, \"c\"""#,
            &[bearer("r", "", ""), Challenge::Basic],
        );
        check(r#"Digest nonce="a=b, Basic", Bearer realm="r\"q"#, &[bearer("r\"q", "", "")]);
        check("=,=,==x Bearer realm=\"", &[]);
    }

    proptest! {
        #[test]
        fn any_header_is_answered(header in r#"([A-Za-z]{1,6}|[ ,="\\]|\PC){0,40}"#) {
            parse_challenges(&header);
        }
    }
}
