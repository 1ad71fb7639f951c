//! Providers that Terraform and OpenTofu lock.

use super::documents::{Documents, component, is_exact, small_text, unique};
use super::tokens::{Syntax, Token, tokens};
use plimsoll_model::{Component, PurlType};

/// `.terraform.lock.hcl` (Terraform documentation, "Dependency Lock File").
pub(super) const LOCK: Documents = Documents {
    name: "terraform-lock",
    edition: 1,
    wants: |entry, _| entry.file_name() == ".terraform.lock.hcl",
    parse: |file| parse(file.content),
};

const HCL: Syntax =
    Syntax { comments: &["#", "//"], long_comments: &[("/*", "*/")], raw: &[], quotes: &['"'], word: &['-'] };

/// The locked providers: `provider "registry.terraform.io/hashicorp/aws" { version = "5.1.0" … }`.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let mut found = Vec::new();
    let mut provider: Option<(&str, &str)> = None;
    let tokens = tokens(&text, &HCL);
    for window in tokens.windows(3) {
        match window {
            [keyword, Token::Text(address), Token::Sign('{')] if keyword.is("provider") => {
                provider = address.rsplit_once('/');
            }
            [keyword, Token::Sign('='), Token::Text(version)]
                if keyword.is("version") && is_exact(version, 0) =>
            {
                let located = provider.take();
                found.extend(
                    located.and_then(|(namespace, name)| {
                        component(PurlType::Terraform, namespace, name, version)
                    }),
                );
            }
            _ => {}
        }
    }
    Ok(unique(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn lock_files_are_read() {
        let content = "# Maintained by terraform\nprovider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"5.1.0\"\n  constraints = \">= 5.0.0\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n\nprovider \"registry.opentofu.org/hashicorp/random\" {\n  constraints = \"~> 3.0\"\n  version = \"3.5.1\"\n}\n";
        let expected =
            ["registry.opentofu.org/hashicorp/random 3.5.1", "registry.terraform.io/hashicorp/aws 5.1.0"];
        testing::check(&LOCK, "/infra/.terraform.lock.hcl", content, &expected);
        testing::survives(&LOCK, "/infra/.terraform.lock.hcl", content.as_bytes());
    }
}
