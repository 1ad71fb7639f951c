//! Where a registry is: the address people typed, taken apart and judged.

use crate::registry::Guard;
use reqwest::Url;

/// A registry's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// Host, with its port unless that is the scheme's own.
    pub host: String,
    /// What follows, without slashes around it: mostly nothing, else a namespace, a project or a repository of the product.
    pub path: String,
}

impl Place {
    /// Reads `https://host[:port][/path]`. `Err` says what is wrong with it.
    pub fn parse(text: &str, guard: &Guard) -> Result<Place, String> {
        let text = text.trim();
        if !text.contains("://") {
            return Err("an address begins with https:// or http://".to_owned());
        }
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let scheme = match url.scheme() {
            "https" => "https",
            "http" => "http",
            other => return Err(format!("{other}:// is no address of a registry, https:// and http:// are")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("user name and password do not belong in the address".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("nothing may follow the path".to_owned());
        }
        let name = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no host")?;
        guard.check_host(name).map_err(|kind| {
            format!("{name} is {kind}, which connections reach only where an administrator allowed it")
        })?;
        let host = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        let path = url.path().trim_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        if !path.chars().all(is_plain) || path.split('/').any(|part| !path.is_empty() && part.is_empty()) {
            return Err(format!("`{path}` is not the path of a registry"));
        }
        Ok(Place { scheme, host, path: path.to_owned() })
    }

    /// An address on its host.
    pub fn url(&self, path: &str) -> Url {
        let text = format!("{}://{}/{}", self.scheme, self.host, path.trim_start_matches('/'));
        Url::parse(&text).expect("scheme and host came out of an address, and a path of any text is one")
    }

    /// The host without its port.
    pub fn host_name(&self) -> &str {
        crate::registry::host_name(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let check = |text: &str, expected: (&str, &str, &str)| {
            let place = Place::parse(text, &Guard::default()).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!((place.scheme, place.host.as_str(), place.path.as_str()), expected, "{text}");
        };
        check("https://registry.example.com", ("https", "registry.example.com", ""));
        check(" https://Registry.Example.com:443/ ", ("https", "registry.example.com", ""));
        check("http://registry.example.com:5000/a/b/", ("http", "registry.example.com:5000", "a/b"));
        check("https://8.8.8.8:5000", ("https", "8.8.8.8:5000", ""));
    }

    #[test]
    fn what_is_no_address_is_said() {
        let check = |text: &str, why: &str| match Place::parse(text, &Guard::default()) {
            Ok(place) => panic!("{text} became {place:?}"),
            Err(error) => assert!(error.contains(why), "{text}: {error} should say {why}"),
        };
        check("", "begins with https://");
        check("registry.example.com", "begins with https://");
        check("ftp://a.io", "no address of a registry");
        check("file:///etc/passwd", "no address of a registry");
        check("unix:///run/docker.sock", "no address of a registry");
        check("gopher://a.io:70/x", "no address of a registry");
        check("https://user:secret@a.io", "do not belong in the address");
        check("https://a.io@evil.io", "do not belong in the address");
        check("https://a.io/?x=1", "nothing may follow");
        check("https://a.io/#x", "nothing may follow");
        check("https://", "empty host");
        check("https://a.io/%2e%2e%2f", "not the path");
        check("https://a.io/a//b", "not the path");
        check("https://127.0.0.1:5000", "a loopback address");
        check("http://2130706433/", "a loopback address");
        check("http://[::ffff:10.0.0.1]:5000", "a private address");
        check("http://169.254.169.254/latest", "a link-local address");
    }
}
