//! Users, sessions, tokens, projects.

use crate::places::Place;
use crate::samples::at;
use plimsoll_model::*;
use plimsoll_store::data::{Session, StoredUser};
use plimsoll_store::{Data, DataError};

on_both!(users_sessions_and_tokens, the_last_administrator_stays, a_removed_project_is_seen_by_nobody);

fn user(id: &str, role: Role) -> StoredUser {
    let user = User { id: id.into(), username: format!("name {id}"), role, projects: None, enabled: true, created_at: at(1), signed_in_at: None };
    StoredUser { user, password: "$argon2id$x".into() }
}

fn token(id: &str, user: &str) -> Token {
    Token { id: id.into(), name: "ci".into(), user: user.into(), role: Role::Viewer, projects: Some(vec!["p1".into()]), expires_at: None, created_at: at(2), used_at: None }
}

async fn sign_in(data: &Data, key: &str, user: &str, seconds: i64) {
    let expires_at = data.now().await.expect("a clock").plus_seconds(seconds);
    let session = Session { key: key.into(), user: user.into(), csrf: "c".into(), expires_at };
    data.add_session(&session).await.expect("added");
}

async fn users_sessions_and_tokens(place: Place) {
    let data = &place.data;
    data.add_user(&user("u1", Role::Admin)).await.expect("added");
    data.add_user(&user("u2", Role::Viewer)).await.expect("added");
    let taken = StoredUser { user: User { id: "u3".into(), ..user("u2", Role::Viewer).user }, ..user("u2", Role::Viewer) };
    assert!(matches!(data.add_user(&taken).await, Err(DataError::Taken { what: "user", .. })));
    assert_eq!(data.users().await.expect("listed").len(), 2);
    assert_eq!(data.user_named("name u2").await.expect("asked").expect("there").user.id, "u2");
    assert!(data.user_named("nobody").await.expect("asked").is_none());

    sign_in(data, "k1", "u2", 60).await;
    assert_eq!(data.session("k1").await.expect("asked").expect("there").user, "u2");
    assert!(data.user("u2").await.expect("there").user.signed_in_at.is_some());
    sign_in(data, "k2", "u2", -1).await;
    assert!(data.session("k2").await.expect("asked").is_none(), "it has ended");
    data.update_user(&user("u2", Role::Viewer)).await.expect("changed");
    assert!(data.session("k1").await.expect("asked").is_some());
    data.update_user(&user("u2", Role::Operator)).await.expect("changed");
    assert!(data.session("k1").await.expect("asked").is_none(), "another role ends sessions");
    sign_in(data, "k3", "u1", 60).await;
    data.delete_session("k3").await.expect("ended");
    assert!(data.session("k3").await.expect("asked").is_none());

    data.add_token(&token("t1", "u2"), "hash1").await.expect("added");
    let used = data.token_of("hash1").await.expect("asked").expect("there");
    assert!(used.used_at.is_some());
    assert_eq!(data.token_of("hash1").await.expect("asked").expect("there").used_at, used.used_at, "to the hour");
    assert!(data.token_of("hash2").await.expect("asked").is_none());
    data.update_token(&Token { expires_at: Some(at(0)), ..token("t1", "u2") }).await.expect("changed");
    assert!(data.token_of("hash1").await.expect("asked").is_none(), "it has ended");
    assert_eq!(data.tokens(Some("u2")).await.expect("listed").len(), 1);
    assert_eq!(data.tokens(Some("u1")).await.expect("listed").len(), 0);
    data.delete_user("u2").await.expect("removed");
    assert!(data.tokens(None).await.expect("listed").is_empty());
    assert!(matches!(data.delete_token("t1").await, Err(DataError::Missing { .. })));
}

async fn the_last_administrator_stays(place: Place) {
    let data = &place.data;
    data.add_user(&user("u1", Role::Admin)).await.expect("added");
    let disabled = StoredUser { user: User { enabled: false, ..user("u2", Role::Admin).user }, ..user("u2", Role::Admin) };
    data.add_user(&disabled).await.expect("added");
    let off = StoredUser { user: User { enabled: false, ..user("u1", Role::Admin).user }, ..user("u1", Role::Admin) };
    for refused in [data.delete_user("u1").await, data.update_user(&user("u1", Role::Viewer)).await, data.update_user(&off).await] {
        assert!(matches!(refused, Err(DataError::LastAdministrator(_))), "{refused:?}");
    }
    data.delete_user("u2").await.expect("it could not administer");
    data.add_user(&user("u3", Role::Admin)).await.expect("added");
    // Both leave at once: one must stay.
    let other = place.again().await;
    let (one, two) = tokio::join!(data.delete_user("u1"), other.delete_user("u3"));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    assert_eq!(data.users().await.expect("listed").len(), 1);
}

async fn a_removed_project_is_seen_by_nobody(place: Place) {
    let data = &place.data;
    let project = |id: &str, name: &str| Project {
        id: id.into(),
        name: name.into(),
        repositories: vec![RepositoryPattern { registry: None, repository: "team/*".into() }],
        created_at: at(1),
    };
    data.put_project(&project("p1", "one")).await.expect("added");
    data.put_project(&project("p2", "two")).await.expect("added");
    assert!(matches!(data.put_project(&project("p3", "two")).await, Err(DataError::Taken { .. })));
    data.put_project(&project("p2", "zwei")).await.expect("replaced");
    assert_eq!(data.projects().await.expect("listed"), [project("p1", "one"), project("p2", "zwei")]);
    let member = StoredUser { user: User { projects: Some(vec!["p1".into()]), ..user("u1", Role::Viewer).user }, ..user("u1", Role::Viewer) };
    data.add_user(&member).await.expect("added");
    data.add_token(&token("t1", "u1"), "hash").await.expect("added");
    data.delete_project("p1").await.expect("removed");
    assert_eq!(data.user("u1").await.expect("there").user.projects, Some(vec![]), "nothing, not everything");
    assert_eq!(data.tokens(None).await.expect("listed")[0].projects, Some(vec![]));
}
