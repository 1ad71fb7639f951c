// A few realistic rows for looking at the pages without a server. Nothing of this is in what people get.
const hex = (seed: string) => Array.from({ length: 64 }, (_, at) => ((seed.charCodeAt(at % seed.length) * 31 + at * 17) % 16).toString(16)).join('');
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'];

const NAMES: [string, string, string, string, string, string | null][] = [
  ['shop/checkout', '2.14.0', 'registry', 'debian 12', 'debian:12.5', 'harbor-prod'],
  ['shop/checkout', '2.13.2', 'registry', 'debian 12', 'debian:12.1', 'harbor-prod'],
  ['shop/catalogue', '5.0.1', 'registry', 'alpine 3.19', 'alpine:3.19', 'harbor-prod'],
  ['platform/ingress-controller-with-a-rather-long-name', '1.11.3-20261101.nightly', 'registry', 'ubuntu 22.04', 'ubuntu:22.04', 'harbor-prod'],
  ['platform/logging', '0.9', 'registry', 'rocky 9.3', 'rockylinux:9', 'swr-cn-north-4'],
  ['data/etl', '2026.11', 'registry', 'python 3.11', 'python:3.11-slim', 'swr-cn-north-4'],
  ['legacy/billing', '1.0', 'registry', 'centos 7', 'centos:7', 'jfrog'],
  ['tools/miner-demo', 'latest', 'registry', 'debian 12', 'debian:12.5', 'jfrog'],
  ['tools/scratch', '3', 'registry', '', '', 'jfrog'],
  ['web/front', '8.8.1', 'registry', 'alpine 3.20', 'alpine:3.20', 'harbor-prod'],
  ['nginx', '1.25', 'local', 'debian 12', 'debian:12.5', null],
  ['ci/app', 'build-4412', 'cicd', 'alpine 3.20', 'alpine:3.20', null],
];
const STATUS = ['scanned', 'scanned', 'scanned', 'scanned', 'scanned', 'scanned', 'scanned', 'scanned', 'unsupported', 'unscanned', 'scanned', 'scanned'];
const LEVELS = ['high', 'critical', 'medium', 'high', 'low', 'medium', 'critical', 'critical', 'unknown', 'unknown', 'low', 'safe'];

export const images = NAMES.map(([repository, tag, source, os, base, registry], at) => {
  const clean = ['safe', 'unknown'].includes(LEVELS[at] ?? '');
  return {
    id: `image-${at}`, source, registry: registry && `registry-${registry}`, registry_name: registry, registry_kind: registry && (registry.startsWith('swr') ? 'swr' : registry.startsWith('jf') ? 'jfrog' : 'harbor'),
    repository, tag, digest: `sha256:${hex(repository + tag)}`, index_digest: null, platform: 'linux/amd64', size: 31_457_280 + at * 47_000_123,
    created: ago(200 + at * 90), updated_at: ago(100 + at), synced_at: ago(3), latest: at !== 1, gone: at === 8, status: STATUS[at],
    failure: at === 8 ? { code: 'schema_1_not_supported', why: 'the manifest is of schema 1', remedy: 'push the image again with a newer client' } : null,
    scanned_at: STATUS[at] === 'scanned' ? ago(5 + at) : null, os: os || null, base: base || null, pipeline: source === 'cicd' ? 'jenkins/app' : null,
    name: `${registry ? `${registry}/` : ''}${repository}:${tag}`, organization: repository.includes('/') ? repository.split('/')[0] : '', risk_level: LEVELS[at],
    risk_level_from: clean ? [] : at % 2 ? ['vulnerability', 'malicious-file'] : ['vulnerability'],
    counters: clean ? {} : {
      vulnerability: { critical: at % 3, high: at * 2 + 1, medium: 11 + at, low: 24 }, ...(at === 7 && { 'malicious-file': { critical: 2 } }),
      configuration: { medium: 3, low: 1 }, 'weak-password': at === 6 ? { high: 1 } : {}, 'password-policy': { medium: 1 }, secret: at % 2 ? { high: 2, medium: 1 } : {}, compliance: { low: 1 }, 'base-image': at < 3 ? { medium: 1 } : {},
    },
  };
});

const risk = (kind: string, name: string, title: string, severity: string, more: object = {}) => ({
  id: kind === 'vulnerability' ? name : `${kind}:${name}`, kind, name, title, severity, urgency: severity === 'critical' || severity === 'high' ? 'immediate' : severity === 'medium' ? 'delay' : 'none',
  aliases: [], cvss: null, epss: null, epss_percentile: null, kev_added: null, published: null, category: null, first_seen: ago(60), classes: [], fixable: 'no', images: 3, inherited: 1,
  states: { open: 3, reopened: 0, ignored: 0, whitelisted: 0, fixed: 0 }, image_names: images.slice(0, 3).map((image) => image.name), components: [], ...more,
});
const vulnerability = (name: string, title: string, severity: string, components: string[], cvss: number, epss: number, more: object = {}) =>
  risk('vulnerability', name, title, severity, { components, cvss, epss, epss_percentile: Math.min(0.999, epss * 3 + 0.2), published: '2024-03-29T00:00:00Z', classes: ['system'], fixable: 'yes', aliases: [`DSA-${5649}-1`], ...more });

export const risks = [
  vulnerability('CVE-2024-3094', 'xz-utils: malicious code in distributed source', 'critical', ['xz-utils', 'liblzma5'], 10, 0.862, { kev_added: '2024-04-02', images: 412, image_names: images.slice(0, 3).map((image) => image.name) }),
  vulnerability('CVE-2023-44487', 'HTTP/2 rapid reset lets clients exhaust the server', 'high', ['nginx', 'libnghttp2-14'], 7.5, 0.94, { kev_added: '2023-10-10', fixable: 'partly', states: { open: 2, reopened: 1, ignored: 4, whitelisted: 0, fixed: 7 } }),
  vulnerability('CVE-2024-2961', 'glibc: out-of-bounds write in iconv()', 'high', ['libc6'], 8.8, 0.21, { images: 96 }),
  vulnerability('CVE-2021-44228', 'log4j: JNDI lookups run remote code', 'critical', ['log4j-core'], 10, 0.975, { classes: ['application'], kev_added: '2021-12-10' }),
  vulnerability('CVE-2024-45490', 'expat: negative length accepted by XML_ParseBuffer', 'medium', ['libexpat1'], 5.9, 0.0009, {}),
  vulnerability('CVE-2005-2541', 'tar: set-uid files are extracted without a warning', 'low', ['tar'], 4.1, 0.012, { fixable: 'no', states: { open: 0, reopened: 0, ignored: 3, whitelisted: 2, fixed: 0 } }),
  vulnerability('TEMP-0290435-0B57B5', 'tar: rmt command side effects', 'unknown', ['tar'], 0, 0, { cvss: null, epss: null, fixable: 'no' }),
  risk('malicious-file', 'xmrig', 'XMRig coin miner', 'critical', { category: 'miner' }),
  risk('malicious-file', 'php-webshell-c99', 'C99 web shell', 'critical', { category: 'web-shell', images: 1, image_names: [images[7]?.name] }),
  risk('configuration', 'ssh-permit-root-login', 'root may sign in over SSH', 'high', { category: 'ssh' }),
  risk('configuration', 'image-user', 'The image runs as root', 'medium', { category: 'image' }),
  risk('password-policy', 'password-policy', 'Passwords may be short and simple', 'medium'),
  risk('weak-password', 'weak-password', 'The account app has a common password', 'high'),
  risk('secret', 'aws-access-key', 'AWS access key', 'high', { category: 'cloud' }),
  risk('secret', 'private-key', 'Private key (RSA, 2048 bit)', 'high', { category: 'key' }),
  risk('compliance', 'no-debuggers', 'gdb: debuggers do not belong in production', 'low', { components: ['gdb'], category: 'debugger' }),
  risk('base-image', 'outdated-base', 'debian:12.1 is outdated', 'medium'),
];

const details: Record<string, object> = {
  vulnerability: { description: 'Malicious code was found in the upstream tarballs.\nThrough a series of obfuscated steps the build extracts a prebuilt object file.', advice: 'Upgrade xz-utils to 5.6.1+really5.4.5-1.', cvss: [{ source: 'nvd', version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', score: 10 }], published: '2024-03-29T00:00:00Z', cwes: ['CWE-506'], severity_source: 'debian' },
  'malicious-file': { malware: 'XMRig', family: 'xmrig', category: 'miner', malware_confidence: 'high', engine: 'yara', signature: 'miner_xmrig', size: 8_112_384, mode: '0755', owner: '0:0', sha256: hex('xmrig'), md5: hex('m').slice(0, 32), strings: ['stratum+tcp://', 'donate-level'] },
  secret: { secret_rule: 'aws-access-key', secret_category: 'cloud', secret_confidence: 'high', identity: 'x', properties: [['type', 'access key']], description: 'A long-lived AWS access key' },
  'password-policy': { length_ok: false, upper_ok: false, lower_ok: true, digit_ok: false, special_ok: false, min_length: 6, mechanism: 'pam_unix', suggestion: 'Install libpam-pwquality and set minlen=12 minclass=4' },
  'weak-password': { service: 'system', user: 'app', scheme: 'yescrypt', masked: 'ad****23', weakness: 'common', days_in_use: 412, tried: 93 },
  compliance: { compliance_rule: 'no-debuggers', effect: 'deny', compliance_category: 'debugger', reason: 'Debuggers help whoever breaks in' },
  'base-image': { base_name: 'debian:12.1', base_problem: 'outdated', suggested_base: 'debian:12.8' },
};

export const findings = risks.map((row) => ({
  ...row, risk: row.id, id: row.name, component: (row.components as string[])[0] ? `pkg:deb/debian/${(row.components as string[])[0]}@5.6.0-0.2?arch=amd64` : null,
  installed: row.kind === 'vulnerability' ? '5.6.0-0.2' : null, fixed: row.fixable === 'yes' ? '5.6.1+really5.4.5-1' : null, state: row.fixable === 'no' ? 'affected' : 'fixed',
  evidence: [{ path: row.kind === 'secret' ? '/app/.env' : row.kind === 'malicious-file' ? '/usr/local/bin/kworkerd' : '/var/lib/dpkg/status', line: 12, layer: 3, value: row.kind === 'secret' ? 'AKIA************7Q' : undefined }],
  present: true, inherited: row.name < 'CVE-2024', decision: null, references: ['https://example.org/advisory'], details: details[row.kind] ?? {}, class: (row.classes as string[])[0] ?? null,
  standing: { state: row.states.open ? 'open' : 'ignored', decision: null }, instruction: 'COPY . /app # buildkit',
}));

export const detail = (row: (typeof risks)[number]) => ({
  ...row, description: (details[row.kind] as { description?: string })?.description ?? null, advice: (details[row.kind] as { advice?: string })?.advice ?? null,
  cvss_all: (details[row.kind] as { cvss?: object[] })?.cvss ?? [], cwes: ['CWE-506'], references: ['https://nvd.nist.gov/vuln/detail/CVE-2024-3094', 'DSA-5649-1'], sources: ['osv/Debian', 'nvd'],
  components_detail: (row.components as string[]).map((name) => ({ purl: `pkg:deb/debian/${name}@5.6.0-0.2`, installed: '5.6.0-0.2', fixed: '5.6.1+really5.4.5-1', state: 'fixed', severity: row.severity, images: 3 })),
  cves: row.kind === 'vulnerability' ? [{ id: row.name, score: row.cvss, published: row.published, description: row.title }] : [],
  fixes: [fixes[0]],
});

export const fixes = [
  { kind: 'base', title: 'Upgrade the base image debian:12.1 to debian:12.8', command: 'FROM debian:12.8', risks: 61, images: 412, targets: [{ name: 'debian', from: '12.1', to: '12.8' }] },
  { kind: 'packages', title: 'Upgrade 3 packages of Debian 12', command: 'apt-get update && apt-get install -y --only-upgrade xz-utils libc6 libexpat1', risks: 9, images: 96, targets: [{ name: 'xz-utils', from: '5.6.0-0.2', to: '5.6.1+really5.4.5-1' }, { name: 'libc6', from: '2.36-9', to: '2.36-9+deb12u7' }] },
  { kind: 'language', title: 'Upgrade log4j-core to 2.17.1', command: '', risks: 4, images: 12, targets: [{ name: 'org.apache.logging.log4j:log4j-core', from: '2.14.0', to: '2.17.1' }] },
];

export const checks = ['ssh-permit-root-login|ssh|root may sign in over SSH|high|fail|yes|PermitRootLogin no', 'accounts-uid-0|accounts|Only root has UID 0|high|pass|root|root', 'password-expiry|accounts|Passwords expire|low|fail|99999 days|365 days', 'image-user|image|The image does not run as root|medium|fail|root|a user of its own', 'cron-permissions|debian|crontab is readable by root alone|low|not-applicable||', 'kernel-aslr|debian|Address space randomization is on|medium|not-decidable||'].map((line) => {
  const [id = '', baseline, title, severity, result, current, suggested] = line.split('|');
  return { id, baseline, title, severity, result, current: current || null, suggested, reason: result?.startsWith('not') ? 'this is decided when the container runs' : null, description: `${title}. Whoever breaks in would otherwise gain more than needed.`, audit: `grep -i ${id} /etc/ssh/sshd_config`, fix: 'Set it and rebuild the image.', evidence: [{ path: '/etc/ssh/sshd_config', line: 33, layer: 2, value: `${current}` }], references: ['CIS Debian 12 v1.1 5.1.20', 'CIS-DI-0001'] };
});

export const components = ['xz-utils', 'libc6', 'openssl', 'nginx', 'log4j-core', 'lodash', 'tar', 'zlib1g'].map((name, at) => ({
  purl: `pkg:deb/debian/${name}@1.${at}`, type: at === 4 ? 'maven' : at === 5 ? 'npm' : 'deb', name, version: `1.${at}.0-2+deb12u${at}`, arch: 'amd64', source: at === 1 ? { name: 'glibc', version: '2.36' } : null, vendor: null, licenses: ['GPL-2.0-only'].slice(at % 2), found_by: 'dpkg', paths: ['/var/lib/dpkg/status'], layer: at % 4, owned_by: null, present: true, vulnerabilities: at % 3 === 0 ? { critical: 1, high: at, low: 2 } : {},
}));

export const files = { count: 9213, bytes: 187_000_000, wasted_bytes: 12_400_000, top: Array.from({ length: 50 }, (_, at) => ({ path: `/usr/lib/x86_64-linux-gnu/lib${at}.so.${at}`, size: 9_000_000 - at * 150_000, layer: at % 4, type: at % 2 ? 'so' : 'executable' })), by_type: [['executable', 312, 81_000_000], ['so', 640, 52_000_000], ['py', 3100, 21_000_000], ['other', 4000, 18_000_000], ['jar', 12, 9_000_000], ['js', 900, 4_000_000], ['txt', 200, 1_000_000], ['json', 40, 600_000], ['md', 9, 90_000]].map(([type, count, bytes]) => ({ type, count, bytes })), privileged: [{ path: '/usr/bin/su', mode: '4755', owner: '0:0', capabilities: false, layer: 0 }, { path: '/usr/bin/ping', mode: '0755', owner: '0:0', capabilities: true, layer: 2 }], duplicates: [] };

export const layers = ['ADD rootfs.tar.xz / # buildkit', 'CMD ["bash"]', 'RUN apt-get update && apt-get install -y --no-install-recommends nginx xz-utils && rm -rf /var/lib/apt/lists/*', 'COPY . /app # buildkit', 'USER app'].map((instruction, index) => ({ index, digest: `sha256:${hex(instruction)}`, diff_id: `sha256:${hex(instruction)}`, size: [74_000_000, 0, 61_000_000, 4_100_000, 32][index], instruction, inherited: index < 2, components: [88, 0, 41, 312, 0][index], findings: index === 0 ? { high: 3, medium: 14 } : index === 2 ? { critical: 1, low: 9 } : {}, buried: index === 2 ? 2 : 0 }));

export const tasks = [
  { id: 'task-1', kind: 'scan', name: 'all images', trigger: 'manual', state: 'running', done: 312, failed: 3, total: 1000, remaining_seconds: 7260, created_by: 'admin', created_at: ago(1), started_at: ago(1), finished_at: null, parameters: { all: true }, result: {}, error: null },
  { id: 'task-2', kind: 'sync', name: 'registry harbor-prod', trigger: 'schedule', state: 'done', done: 1, failed: 0, total: 1, remaining_seconds: 0, created_by: 'system', created_at: ago(9), started_at: ago(9), finished_at: ago(8.9), parameters: {}, result: { new: 12, changed: 3, gone: 1 }, error: null },
  { id: 'task-3', kind: 'export', name: 'findings as csv', trigger: 'manual', state: 'done', done: 1, failed: 0, total: 1, remaining_seconds: 0, created_by: 'admin', created_at: ago(20), started_at: ago(20), finished_at: ago(20), parameters: {}, result: { file: 'findings.csv', rows: 12044 }, error: null },
  { id: 'task-4', kind: 'scan', name: 'jfrog/legacy/billing:1.0', trigger: 'push', state: 'failed', done: 0, failed: 1, total: 1, remaining_seconds: 0, created_by: 'system', created_at: ago(30), started_at: ago(30), finished_at: ago(29), parameters: {}, result: {}, error: 'every job failed' },
];
export const jobs = images.slice(0, 6).map((image, at) => ({ id: `job-${at}`, subject: image.id, name: image.name, state: ['done', 'running', 'failed', 'waiting', 'done', 'done'][at], attempts: at === 2 ? 3 : 1, error: at === 2 ? { code: 'download_failed', why: 'the registry closed the connection', remedy: 'try again, or lower the speed limit of the registry' } : null, worker: null, finished_at: null }));
export const history = [
  { id: 'h1', at: ago(2), actor: 'mei.chen', action: 'ignore', decision: 'd1', risks: ['CVE-2005-2541'], risk_count: 1, images: ['image-0'], image_names: [images[0]?.name], image_count: 3, pairs: 3, reason: 'no fix from Debian; tar is not used at run time', change: null },
  { id: 'h2', at: ago(40), actor: 'system', action: 'fixed', decision: null, risks: ['CVE-2023-44487'], risk_count: 1, images: [], image_names: [images[1]?.name], image_count: 7, pairs: 7, reason: '', change: null },
];
export const decisions = [
  { id: 'd1', action: 'ignore', risks: ['CVE-2005-2541'], scope: { all: true }, reason: 'no fix from Debian; tar is not used at run time', justification: null, expires: { at: ago(-24 * 9), when_fixable: false }, author: 'mei.chen', created_at: ago(2), updated_at: ago(2), matches: 3, risks_hit: 1, images_hit: 3, ended_at: null, expiring: true },
  { id: 'd2', action: 'whitelist', risks: { filter: { kind: 'secret', severity: 'low' } }, scope: { repositories: ['tools/*'] }, reason: 'test keys', justification: 'inline_mitigations_already_exist', expires: { at: null, when_fixable: true }, author: 'admin', created_at: ago(200), updated_at: ago(200), matches: 0, risks_hit: 0, images_hit: 0, ended_at: null, expiring: false },
];
export const registries = ['harbor-prod|harbor|connected', 'swr-cn-north-4|swr|connected', 'jfrog|jfrog|failed'].map((line, at) => {
  const [name, kind, state] = line.split('|');
  return { id: `registry-${name}`, name, kind, url: `https://${name}.example.com`, username: 'robot$scan', has_password: true, ca: '', insecure: false, allow_private: false, include: [], exclude: [], requests_per_second: 0, concurrency: 0, sync: 'daily', scan_new: true, state, reason: state === 'failed' ? 'sign-in refused: 401 from https://jfrog.example.com/v2/; check the user name and the token' : null, images: [6100, 812, 40][at], synced_at: ago(7), created_at: ago(900) };
});
export const overview = () => ({
  overview: { images: 6952, images_by_status: { scanned: 6870, unscanned: 70, failed: 12 }, images_by_level: { critical: 212, high: 1204, medium: 2610, low: 1830, safe: 1014, unknown: 82 }, images_by_source: { registry: 6800, local: 100, cicd: 52 }, risks: { vulnerability: { critical: 41, high: 512, medium: 1904, low: 2210, unknown: 77 }, 'malicious-file': { critical: 3 }, configuration: { high: 4, medium: 12, low: 9 }, 'password-policy': { medium: 1 }, 'weak-password': { high: 6 }, secret: { high: 58, medium: 31, low: 12 }, compliance: { low: 7 }, 'base-image': { medium: 9 } }, pairs: 812_233, fixable: 1893, exploited: 14, top_bases: [['debian:12.1', 412], ['python:3.11-slim', 301], ['centos:7', 77]] },
  trend: Array.from({ length: 30 }, (_, at) => ({ day: ago(24 * (30 - at)).slice(0, 10), numbers: { risks: { vulnerability: { critical: 60 - at, high: 700 - at * 6, medium: 1900, low: 2210 } } } })),
  since_yesterday: { risks_appeared: 17, risks_fixed: 44, images_new: 12 }, top_fixes: fixes, knowledge: knowledge(), running: tasks.slice(0, 1),
});
export const knowledge = () => ({ built_at: ago(61), digest: `sha256:${hex('knowledge')}`, starter: false, sources: [['osv/Debian', 42_113, '2026-11-22'], ['nvd', 301_222, '2026-11-22'], ['kev', 1411, '2026-11-20'], ['epss', 290_112, '2026-11-22']].map(([name, records, as_of]) => ({ name, records, as_of })), age_hours: 61, stale: true, matched: 48_002, components: 48_110 });
export const user = { id: 'u1', username: 'admin', role: 'admin', projects: null, enabled: true, created_at: ago(2000), signed_in_at: ago(1) };
export const tokens = [{ id: 't1', name: 'jenkins', user: 'u1', role: 'operator', projects: null, expires_at: ago(-2000), created_at: ago(100), used_at: ago(1) }];
export const projects = [{ id: 'p1', name: 'Shop', repositories: [{ registry: null, repository: 'shop/*' }], created_at: ago(800) }];
export const policies = [{ id: 's1', name: 'Weekly, everything', enabled: true, cycle: { days: 7 }, registries: [], look_back_days: null, images_per_hour: 600, risks: [], next_at: ago(-30), last_at: ago(130) }];
export const audit = [{ id: 'a1', at: ago(1), actor: 'admin', from: '10.0.0.7', action: 'registry.create', target: 'harbor-prod', detail: { after: { name: 'harbor-prod' } }, request: 'req-7f21' }];
export const scans = [{ id: 'scan-1', image: 'image-0', task: 'task-1', digest: images[0]?.digest, started_at: ago(5.02), finished_at: ago(5), status: 'scanned', failure: null, counters: images[0]?.counters, appeared: 2, vanished: 5, knowledge: `sha256:${hex('k')}`, program: '0.1.0' }];
