//! Huawei Cloud SWR: the list its console shows, for the account of `docker login`; else `_catalog`.
//!
//! The documented list (`/v2/manage/repos` of `swr-api`) wants a token of Huawei's IAM, which a registry's account is not.

use super::super::Inner;
use super::super::api::Api;
use super::super::names::Names;
use crate::ImageError;
use serde_json::Value;

pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let mut url = inner.place.url("dockyard/v2/repositories");
    url.set_query(Some("filter=center::self"));
    let api = Api::with_password(inner);
    let answer = api.get(&url, "the list of its repositories", &[400, 401, 403, 404, 405])?;
    let Some(items) = answer.body.as_array() else { return inner.whole_catalog(names) };
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
    names.take_all(
        items.iter().filter_map(|item| Some(format!("{}/{}", text(item, "namespace")?, text(item, "name")?))),
    );
    Ok(())
}
