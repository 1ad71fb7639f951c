-- The platform's truth. Written for SQLite; for PostgreSQL, BLOB becomes BYTEA and TEXT is ordered by bytes, as SQLite's is.
-- Ids are UUIDv7 texts, times microseconds since 1970 UTC, flags 0 or 1, bodies JSON.

-- Counters that must grow without gaps in order of commits.
CREATE TABLE numbers (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO numbers (name, value) VALUES ('changes', 0), ('components', 0), ('risks', 0);

CREATE TABLE changes (
    number BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE registries (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    password BLOB,
    push_secret BLOB NOT NULL
);

CREATE TABLE images (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    registry TEXT REFERENCES registries (id) ON DELETE CASCADE,
    registry_name TEXT,
    registry_kind TEXT,
    repository TEXT NOT NULL,
    tag TEXT,
    digest TEXT NOT NULL,
    index_digest TEXT,
    platform TEXT NOT NULL,
    size BIGINT NOT NULL,
    created BIGINT,
    updated_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    status TEXT NOT NULL,
    failure TEXT,
    scanned_at BIGINT,
    os TEXT,
    base TEXT,
    pipeline TEXT
);
CREATE INDEX images_by_name ON images (registry, repository, tag);
CREATE INDEX images_by_repository ON images (repository, tag);

-- One row for each scanned image: small columns first, so that the fleet reads no report.
CREATE TABLE contents (
    image TEXT NOT NULL PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    facts BLOB NOT NULL,
    components BLOB NOT NULL,
    ledger BLOB NOT NULL,
    report BLOB NOT NULL
);

CREATE TABLE scans (
    id TEXT NOT NULL PRIMARY KEY,
    image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    finished_at BIGINT NOT NULL,
    record TEXT NOT NULL,
    found BLOB
);
CREATE INDEX scans_by_image ON scans (image, finished_at, id);

CREATE TABLE risks (
    number BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_seen BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE components (
    number BIGINT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    purl TEXT NOT NULL,
    matched_with TEXT,
    matches BLOB NOT NULL,
    body BLOB NOT NULL,
    findings BLOB NOT NULL
);

CREATE TABLE matches (
    risk BIGINT NOT NULL,
    component BIGINT NOT NULL,
    PRIMARY KEY (risk, component)
);

CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX decisions_by_end ON decisions (ended_at, expires_at);

CREATE TABLE history (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    decision TEXT,
    -- 1: not all of its risks (images) are listed
    more_risks BIGINT NOT NULL,
    more_images BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX history_by_time ON history (at, id);
CREATE INDEX history_by_decision ON history (decision, at);
CREATE TABLE history_risks (
    risk TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (risk, entry)
);
CREATE TABLE history_images (
    image TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (image, entry)
);

CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    parameters TEXT NOT NULL,
    result TEXT NOT NULL,
    error TEXT
);
CREATE INDEX tasks_by_time ON tasks (created_at, id);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- the registry of an image that is scanned
    registry TEXT,
    payload TEXT NOT NULL,
    -- SHA-256 of the payload
    payload_key TEXT NOT NULL,
    state TEXT NOT NULL,
    -- 1 until it is first claimed or ended
    fresh BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    error TEXT,
    finished_at BIGINT
);
-- No subject is worked on twice at once, and none waits twice for the same: the database itself sees to it.
CREATE UNIQUE INDEX jobs_held ON jobs (subject) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_joined ON jobs (kind, subject, payload_key) WHERE state = 'waiting' AND fresh = 1;
CREATE INDEX jobs_waiting ON jobs (priority, run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_by_subject ON jobs (subject);

-- A job may count for several tasks.
CREATE TABLE task_jobs (
    task TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- how it ended for this task alone (stopped, or as it was before another task tried it again); NULL: as the job says
    ended TEXT,
    PRIMARY KEY (task, job)
);
CREATE INDEX task_jobs_by_job ON task_jobs (job, task);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    projects TEXT,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT
);

CREATE TABLE sessions (
    key TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    projects TEXT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX tokens_by_person ON tokens (person);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    repositories TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT,
    sealed BLOB
);

CREATE TABLE schedules (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    next_at BIGINT,
    last_at BIGINT,
    body TEXT NOT NULL
);

CREATE TABLE turns (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

CREATE TABLE days (
    day TEXT NOT NULL PRIMARY KEY,
    numbers TEXT NOT NULL
);

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, id);
