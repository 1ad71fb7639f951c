// Provisional: the Rust structs by hand, until `openapi.json` is there.
export type Severity = 'unknown' | 'low' | 'medium' | 'high' | 'critical';
export type Urgency = 'none' | 'delay' | 'immediate';
export type RiskKind =
  | 'vulnerability' | 'malicious-file' | 'configuration' | 'password-policy' | 'weak-password' | 'secret' | 'compliance' | 'base-image';
export type RiskClass = 'system' | 'application';
export type RiskState = 'open' | 'reopened' | 'ignored' | 'whitelisted' | 'fixed';
export type RiskLevel = 'unknown' | 'safe' | 'low' | 'medium' | 'high' | 'critical';
export type ScanStatus = 'unscanned' | 'waiting' | 'scanning' | 'scanned' | 'failed' | 'stopped' | 'unsupported';
export type ImageSource = 'registry' | 'local' | 'cicd';
export type RegistryKind =
  | 'generic' | 'harbor' | 'jfrog' | 'docker-hub' | 'swr' | 'ecr' | 'acr' | 'gar' | 'ghcr' | 'quay' | 'gitlab' | 'nexus';
export type Role = 'viewer' | 'operator' | 'admin';
export type TaskKind = 'scan' | 'sync' | 'export' | 'reassess';
export type TaskState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
export type Action = 'ignore' | 'unignore' | 'whitelist';
export type Facets = Record<string, Record<string, number>>;
export type Counters = Record<string, Record<string, number>>;
export interface ListPage<T> { items: T[]; total: number; next?: string | null; facets?: Facets }

export interface Risk {
  id: string; kind: RiskKind; name: string; title: string; severity: Severity; urgency: Urgency; aliases: string[];
  cvss?: number | null; epss?: number | null; epss_percentile?: number | null; kev_added?: string | null; published?: string | null;
  category?: string | null; first_seen: string;
}
export interface StateCounts { open: number; reopened: number; ignored: number; whitelisted: number; fixed: number }
export interface RiskRow extends Risk {
  classes: RiskClass[]; fixable: 'yes' | 'partly' | 'no'; images: number; inherited: number; states: StateCounts;
  image_names: string[]; components: string[];
}
export interface Cvss { source: string; version: string; vector: string; score: number }
export type FixState = 'fixed' | 'affected' | 'will-not-fix' | 'end-of-life' | 'under-investigation';
export interface RiskComponent { purl: string; installed?: string | null; fixed?: string | null; state?: FixState | null; severity: Severity; images: number }
export interface RiskCve { id: string; score?: number | null; published?: string | null; description?: string | null }
export interface FixTarget { name: string; from?: string | null; to?: string | null }
export interface FixAction { kind: string; title: string; command: string; risks: number; images: number; targets: FixTarget[] }
export interface RiskDetail extends RiskRow {
  description?: string | null; advice?: string | null; cvss_all: Cvss[]; cwes: string[]; references: string[]; sources: string[];
  components_detail: RiskComponent[]; cves: RiskCve[]; fixes: FixAction[];
}
export interface Evidence { path: string; inner_path?: string | null; line?: number | null; layer: number; value?: string | null }
export interface RiskEvidence {
  image: string; image_name: string; component?: string | null; evidence: Evidence[]; reasons: string[]; details: Record<string, unknown>;
}
export interface ScanFailure { code: string; why: string; remedy: string }
export interface StoredImage {
  id: string; source: ImageSource; registry?: string | null; registry_name?: string | null; registry_kind?: RegistryKind | null;
  repository: string; tag?: string | null; digest: string; index_digest?: string | null; platform: string; size: number;
  created?: string | null; updated_at: string; synced_at: string; latest: boolean; gone: boolean; status: ScanStatus;
  failure?: ScanFailure | null; scanned_at?: string | null; os?: string | null; base?: string | null; pipeline?: string | null;
}
export interface ImageRow extends StoredImage {
  name: string; organization: string; risk_level: RiskLevel; risk_level_from: string[]; counters: Counters;
  state?: RiskState | null; decision?: string | null;
}
export interface Check {
  id: string; baseline: string; title: string; severity: Severity; result: 'pass' | 'fail' | 'not-applicable' | 'not-decidable';
  reason?: string | null; description: string; audit: string; current?: string | null; suggested: string; fix: string;
  evidence: Evidence[]; references: string[];
}
export interface Unread { path: string; layer: number; reason: string }
export interface TopFile { path: string; size: number; layer: number; type: string }
export interface FilesReport {
  count: number; bytes: number; wasted_bytes: number; top: TopFile[]; by_type: { type: string; count: number; bytes: number }[];
  privileged: { path: string; mode: string; owner: string; capabilities: boolean; layer: number }[];
  duplicates: { sha256: string; size: number; paths: string[]; count: number }[];
}
export interface OsReport { id: string; version_id?: string | null; pretty_name?: string | null; end_of_life?: string | null }
export interface BaseReport { name: string; digest?: string | null; layers: number; end_of_life?: string | null; newer: string[]; roots: string[] }
export interface ImageSummary extends ImageRow {
  os_detail?: OsReport | null; base_detail?: BaseReport | null; files?: FilesReport | null; checks: Check[]; unread: Unread[];
  platforms: [string, string][]; components: number; layers: number;
}
export interface Reason { advisory: string; source: string; key: string; range: string; affected: boolean; why: string }
export interface Details {
  description?: string; advice?: string; severity_source?: string; cvss?: Cvss[]; epss?: number; epss_percentile?: number; kev_added?: string;
  cwes?: string[]; published?: string; modified?: string; sources?: string[]; vex?: string; reasons?: Reason[];
  malware?: string; family?: string; category?: string; malware_confidence?: string; engine?: string; signature?: string; size?: number; mode?: string;
  owner?: string; sha256?: string; md5?: string; instruction?: string; strings?: string[];
  secret_rule?: string; secret_category?: string; secret_confidence?: string; identity?: string; properties?: [string, string][];
  baseline?: string; audit?: string; current?: string; suggested?: string; fix?: string;
  length_ok?: boolean; upper_ok?: boolean; lower_ok?: boolean; digit_ok?: boolean; special_ok?: boolean; min_length?: number; min_classes?: number;
  mechanism?: string; suggestion?: string;
  service?: string; user?: string; scheme?: string; masked?: string; weakness?: string; days_in_use?: number; tried?: number;
  compliance_rule?: string; effect?: string; compliance_category?: string; reason?: string;
  base_name?: string; base_problem?: string; suggested_base?: string;
}
export interface Finding {
  kind: RiskKind; id: string; aliases: string[]; title: string; severity: Severity; urgency: Urgency; component?: string | null;
  installed?: string | null; fixed?: string | null; state?: FixState | null; evidence: Evidence[]; present: boolean; inherited?: boolean | null;
  decision?: string | null; references: string[]; details: Details;
}
export interface Standing { state: RiskState; decision?: string | null }
export interface FindingRow extends Finding {
  risk: string; class?: RiskClass | null; standing: Standing; first_seen?: string | null; instruction?: string | null;
}
export interface ComponentReport {
  purl: string; type: string; name: string; version: string; arch?: string | null; source?: { name: string; version: string } | null; vendor?: string | null;
  licenses: string[]; found_by: string; paths: string[]; layer: number; owned_by?: string | null; present: boolean; vulnerabilities?: Record<string, number>;
}
export interface FileEntry {
  path: string; type: string; mode: string | number; uid: number; gid: number; size: number; link?: string | null; sha256?: string | null; layer: number;
}
export interface LayerRow {
  index: number; digest?: string | null; diff_id: string; size: number; instruction: string; inherited?: boolean | null;
  components: number; findings: Record<string, number>; buried: number;
}
export interface Comparison {
  added: Finding[]; removed: Finding[]; unchanged: number; components_added: string[]; components_removed: string[];
  components_changed: [string, string, string][];
}
export interface ScanRecord {
  id: string; image: string; task?: string | null; digest: string; started_at: string; finished_at: string; status: ScanStatus;
  failure?: ScanFailure | null; counters: Counters; appeared: number; vanished: number; knowledge?: string | null; program: string;
}
export interface HistoryEntry {
  id: string; at: string; actor: string; action: 'ignore' | 'unignore' | 'whitelist' | 'edit' | 'delete' | 'expire' | 'fixed' | 'reopened';
  decision?: string | null; risks: string[]; risk_count: number; images: string[]; image_names: string[]; image_count: number; pairs: number;
  reason: string; change?: unknown;
}
export interface AuditEntry { id: string; at: string; actor: string; from: string; action: string; target: string; detail: unknown; request: string }
export interface ImageScope {
  all?: boolean; sources?: ImageSource[]; registry_kinds?: RegistryKind[]; registries?: string[]; repositories?: string[]; images?: string[];
  filter?: Record<string, string> | null;
}
export interface Expiry { at?: string | null; days?: number | null; when_fixable?: boolean }
export type RiskChoice = string[] | { filter: Record<string, string> };
export interface NewDecision { action: Action; risks: RiskChoice; scope: ImageScope; reason?: string; justification?: string | null; expires?: Expiry }
export interface DecisionRow {
  id: string; action: Action; risks: RiskChoice; scope: ImageScope; reason: string; justification?: string | null; expires: Expiry; author: string;
  created_at: string; updated_at: string; matches: number; risks_hit: number; images_hit: number; ended_at?: string | null; expiring: boolean;
}
export interface PreviewPair { risk: string; title: string; severity: Severity; image: string; image_name: string; state: RiskState }
export interface Preview { pairs: number; risks: number; images: number; changes: number; items: PreviewPair[]; risk_ids: string[]; image_ids: string[] }
export interface Task {
  id: string; kind: TaskKind; name: string; trigger: string; state: TaskState; done: number; failed: number; total: number;
  remaining_seconds?: number | null; created_by: string; created_at: string; started_at?: string | null; finished_at?: string | null;
  parameters: unknown; result: unknown; error?: string | null;
}
export interface TaskJob {
  id: string; subject: string; name: string; state: TaskState; attempts: number; error?: ScanFailure | null; worker?: string | null; finished_at?: string | null;
}
export interface Registry {
  id: string; name: string; kind: RegistryKind; url: string; username: string; has_password: boolean; ca: string; insecure: boolean;
  allow_private: boolean; include: string[]; exclude: string[]; requests_per_second: number; concurrency: number; sync: 'manual' | 'daily' | 'push';
  scan_new: boolean; state: 'new' | 'connected' | 'failed'; reason?: string | null; images: number; synced_at?: string | null; created_at: string;
}
export interface RegistryTest { ok: boolean; steps: { step: string; ok: boolean; detail: string }[] }
export interface RegistryPush { url: string; header: string; secret: string; kinds: string[] }
export interface User { id: string; username: string; role: Role; projects?: string[] | null; enabled: boolean; created_at: string; signed_in_at?: string | null }
export interface Session { user: User; csrf: string; expires_at: string }
export interface Token {
  id: string; name: string; user: string; role: Role; projects?: string[] | null; expires_at?: string | null; created_at: string; used_at?: string | null;
}
export interface NewToken extends Token { key: string }
export interface RepositoryPattern { registry?: string | null; repository: string }
export interface Project { id: string; name: string; repositories: RepositoryPattern[]; created_at: string }
export interface Schedule {
  id: string; name: string; enabled: boolean; cycle: { days: number } | { cron: string }; registries: string[]; look_back_days?: number | null;
  images_per_hour: number; risks: RiskKind[]; next_at?: string | null; last_at?: string | null;
}
export interface Knowledge {
  built_at: string; digest: string; starter: boolean; sources: { name: string; records: number; as_of: string }[]; age_hours: number; stale: boolean;
  matched: number; components: number;
}
export interface Overview {
  images: number; images_by_status: Record<string, number>; images_by_level: Record<string, number>; images_by_source: Record<string, number>;
  risks: Counters; pairs: number; fixable: number; exploited: number; top_bases: [string, number][];
}
export interface OverviewAnswer {
  overview: Overview; trend: { day: string; numbers: unknown }[];
  since_yesterday: { risks_appeared: number; risks_fixed: number; images_new: number };
  top_fixes: FixAction[]; knowledge: Knowledge; running: Task[];
}
