//! A server on a temporary SQLite database, asked in process.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use plimsoll::Platform;
use plimsoll::platform::Configuration;
use plimsoll_model::{
    ImageSource, Project, Registry, RegistryKind, RegistryState, RepositoryPattern, Role, ScanStatus,
    StoredImage, SyncMode, Time, Token, User,
};
use plimsoll_server::{App, router};
use plimsoll_store::data::StoredUser;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

/// The password of every user here.
pub const PASSWORD: &str = "correct horse battery";

/// A server, and some people's keys.
pub struct Server {
    pub platform: Platform,
    pub router: Router,
    /// Keys of an administrator, an operator, a viewer, and an operator who sees only `team-a/*`.
    pub admin: String,
    pub operator: String,
    pub viewer: String,
    pub scoped: String,
    pub registry: String,
    /// `team-a/app:1` and `team-b/app:1`.
    pub image_a: String,
    pub image_b: String,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn id(&self) -> String {
        let value = self.json();
        value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
    }
}

impl Server {
    pub async fn start() -> Server {
        Server::start_at("http://127.0.0.1").await
    }

    /// With https, also behind a proxy.
    pub async fn start_at(public_url: &str) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = Configuration {
            folder: folder.path().to_owned(),
            database: None,
            blobs: None,
            knowledge: None,
            key: None,
            jobs: 1,
            allow_private: true,
        };
        let platform = Platform::open(configuration).await.expect("a platform");
        let mut app = App::new(platform.clone(), public_url, folder.path().to_owned());
        app.behind_proxy = public_url.starts_with("https://");
        let mut server = Server {
            platform,
            router: router(app),
            admin: String::new(),
            operator: String::new(),
            viewer: String::new(),
            scoped: String::new(),
            registry: new_id(),
            image_a: String::new(),
            image_b: String::new(),
            _folder: folder,
        };
        server.fill().await;
        server
    }

    async fn fill(&mut self) {
        let data = self.platform.data();
        data.add_registry(&registry(&self.registry), Some("canary-registry-password"))
            .await
            .expect("a registry");
        let images = [self.image("team-a/app"), self.image("team-b/app")];
        (self.image_a, self.image_b) = (images[0].id.clone(), images[1].id.clone());
        data.put_images(&images).await.expect("images");
        let project = Project {
            id: new_id(),
            name: "team a".to_owned(),
            repositories: vec![RepositoryPattern { registry: None, repository: "team-a/*".to_owned() }],
            created_at: Time(0),
        };
        data.put_project(&project).await.expect("a project");
        self.admin = self.person("root", Role::Admin, None).await;
        self.operator = self.person("olga", Role::Operator, None).await;
        self.viewer = self.person("vera", Role::Viewer, None).await;
        self.scoped = self.person("sam", Role::Operator, Some(vec![project.id])).await;
        self.platform.refresh().await.expect("a fleet");
    }

    fn image(&self, repository: &str) -> StoredImage {
        StoredImage {
            id: new_id(),
            source: ImageSource::Registry,
            registry: Some(self.registry.clone()),
            registry_name: Some("harbor".to_owned()),
            registry_kind: Some(RegistryKind::Harbor),
            repository: repository.to_owned(),
            tag: Some("1".to_owned()),
            digest: format!("sha256:{}", hex::encode(Sha256::digest(repository))),
            index_digest: None,
            platform: "linux/amd64".to_owned(),
            size: 1,
            created: None,
            updated_at: Time(1),
            synced_at: Time(1),
            latest: true,
            gone: false,
            status: ScanStatus::Unscanned,
            failure: None,
            scanned_at: None,
            os: None,
            base: None,
            pipeline: None,
        }
    }

    /// Adds a user with a token; the token's key.
    pub async fn person(&self, name: &str, role: Role, projects: Option<Vec<String>>) -> String {
        let user = User {
            id: new_id(),
            username: name.to_owned(),
            role,
            projects,
            enabled: true,
            created_at: Time(0),
            signed_in_at: None,
        };
        let id = user.id.clone();
        let password = hash();
        self.platform.data().add_user(&StoredUser { user, password }).await.expect("a user");
        self.token(&id, role, None).await
    }

    /// Adds a token; its key.
    pub async fn token(&self, user: &str, role: Role, expires_at: Option<Time>) -> String {
        let key = format!("plimsoll_canary{}", new_id());
        let token = Token {
            id: new_id(),
            name: "test".to_owned(),
            user: user.to_owned(),
            role,
            projects: None,
            expires_at,
            created_at: Time(0),
            used_at: None,
        };
        self.platform.data().add_token(&token, &hex::encode(Sha256::digest(&key))).await.expect("a token");
        key
    }

    /// One call with these headers.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).unwrap_or_else(|error| panic!("{path}: {error}"));
        let response = self.router.clone().oneshot(request).await.expect("routers do not fail");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.expect("a body");
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// One call of the API with a key.
    pub async fn call(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let authorization = format!("Bearer {key}");
        let mut headers = vec![(header::CONTENT_TYPE.as_str(), "application/json")];
        if !key.is_empty() {
            headers.push((header::AUTHORIZATION.as_str(), authorization.as_str()));
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        self.raw(method, &format!("/api/v1{path}"), &headers, body).await
    }

    /// Signs in; the cookie and the CSRF token.
    pub async fn sign_in(&self, name: &str) -> (String, String) {
        let body = json!({"username": name, "password": PASSWORD});
        let answer = self.call("", "POST", "/session", Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text").to_owned();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let csrf = answer.json()["csrf"].as_str().expect("a token").to_owned();
        (cookie, csrf)
    }
}

pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| plimsoll_server::admin::hash_password(PASSWORD).expect("a hash")).clone()
}

fn registry(id: &str) -> Registry {
    Registry {
        id: id.to_owned(),
        name: "harbor".to_owned(),
        kind: RegistryKind::Harbor,
        url: "http://127.0.0.1:9".to_owned(),
        username: "robot".to_owned(),
        has_password: true,
        ca: String::new(),
        insecure: false,
        allow_private: true,
        include: Vec::new(),
        exclude: Vec::new(),
        requests_per_second: 0,
        concurrency: 0,
        sync: SyncMode::Manual,
        scan_new: false,
        state: RegistryState::New,
        reason: None,
        images: 0,
        synced_at: None,
        created_at: Time(0),
    }
}
