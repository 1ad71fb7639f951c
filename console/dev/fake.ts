// A server of a few rows inside the dev server, for looking at the pages: `FAKE=1 npm run dev`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import * as data from './data.ts';

type Answer = unknown;
const page = (items: unknown[], facets: object = {}) => ({ items, total: items.length, next: null, facets });

function riskPage(query: URLSearchParams): Answer {
  const state = query.get('state');
  const common = data.risks.filter((risk) => {
    if (query.get('q') && !`${risk.id} ${risk.title}`.toLowerCase().includes((query.get('q') ?? '').toLowerCase())) return false;
    if (query.get('severity') && !query.get('severity')?.split(',').includes(risk.severity)) return false;
    if (query.get('kev') && String(risk.kev_added !== null) !== query.get('kev')) return false;
    const open = risk.states.open + risk.states.reopened > 0;
    return state === 'all' ? true : state === 'handled' ? risk.states.ignored + risk.states.whitelisted > 0 : open;
  });
  const items = common.filter((risk) => (!query.get('kind') || risk.kind === query.get('kind')) && (!query.get('class') || (risk.classes as string[]).includes(query.get('class') ?? '')));
  const tally = (rows: typeof common, of: (row: (typeof common)[number]) => string | undefined) => rows.reduce<Record<string, number>>((all, row) => { const key = of(row); if (key) all[key] = (all[key] ?? 0) + 1; return all; }, {});
  return page(items, { kind: tally(common, (row) => row.kind), class: tally(common, (row) => (row.classes as string[])[0]), severity: tally(items, (row) => row.severity) });
}

/** What decisions do to the rows, and its undoing. */
const earlier = new Map<string, Record<string, number>>();
function decide(body: unknown): Answer {
  const { action, risks, reason } = body as { action: string; risks: string[]; reason: string };
  for (const id of Array.isArray(risks) ? risks : []) {
    const row = data.risks.find((risk) => risk.id === id);
    if (!row) continue;
    if (!earlier.has(id)) earlier.set(id, { ...row.states });
    const all = Object.values(row.states).reduce((sum, count) => sum + count, 0);
    Object.assign(row.states, { open: action === 'unignore' ? all : 0, reopened: 0, ignored: action === 'ignore' ? all : 0, whitelisted: action === 'whitelist' ? all : 0, fixed: 0 });
  }
  const made = { ...data.decisions[0], id: `d${Date.now()}`, action, risks, reason };
  data.decisions.unshift(made as never);
  data.history.unshift({ ...data.history[0], id: `h${Date.now()}`, action, risks, reason } as never);
  return made;
}
function undo(id: string | undefined): undefined {
  const at = data.decisions.findIndex((one) => one.id === id);
  const [gone] = at < 0 ? [] : data.decisions.splice(at, 1);
  for (const risk of Array.isArray(gone?.risks) ? gone.risks : []) Object.assign(data.risks.find((row) => row.id === risk)?.states ?? {}, earlier.get(risk));
}

const images = (query: URLSearchParams) => data.images.filter((image) => (!query.get('source') || image.source === query.get('source')) && (!query.get('level') || query.get('level')?.split(',').includes(image.risk_level ?? '')) && (!query.get('status') || image.status === query.get('status')) && (!query.get('q') || image.name.includes(query.get('q') ?? '')));

const ROUTES: [RegExp, (match: RegExpExecArray, query: URLSearchParams, body: unknown) => Answer][] = [
  [/^GET \/session$/, () => ({ user: data.user, csrf: 'x', expires_at: '2030-01-01T00:00:00Z' })],
  [/^GET \/overview$/, () => data.overview()],
  [/^GET \/knowledge$/, () => data.knowledge()],
  [/^GET \/risks$/, (_, query) => riskPage(query)],
  [/^GET \/risks\/([^/]+)$/, ([, id]) => { const row = data.risks.find((risk) => risk.id === decodeURIComponent(id ?? '')); return row && data.detail(row); }],
  [/^GET \/risks\/([^/]+)\/images$/, () => page(data.images.slice(0, 6).map((image, at) => ({ ...image, state: at === 2 ? 'ignored' : 'open' })), { base: { 'debian:12.5': 412, 'debian:12.1': 96, 'alpine:3.19': 8 } })],
  [/^GET \/risks\/([^/]+)\/history$/, () => page(data.history)],
  [/^GET \/risks\/([^/]+)\/evidence$/, ([, id]) => page(data.images.slice(0, 3).map((image) => { const finding = data.findings.find((one) => one.risk === decodeURIComponent(id ?? '')); return { image: image.id, image_name: image.name, component: finding?.component, evidence: finding?.evidence ?? [], reasons: ['5.6.0-0.2 < 5.6.1+really5.4.5-1 (dpkg order)'], details: finding?.details ?? {} }; }))],
  [/^GET \/images$/, (_, query) => page(images(query), { source: { registry: 10, local: 1, cicd: 1 }, level: { critical: 3, high: 2 } })],
  [/^GET \/images\/([^/]+)$/, ([, id]) => { const row = data.images.find((image) => image.id === id); return row && { ...row, os_detail: { id: 'debian', version_id: '12', pretty_name: 'Debian GNU/Linux 12 (bookworm)', end_of_life: '2028-06-30' }, base_detail: { name: 'debian:12.5', digest: row.digest, layers: 2, end_of_life: '2028-06-30', newer: ['debian:12.8', 'debian:12.7'], roots: [] }, files: data.files, checks: data.checks, unread: row.id === 'image-0' ? [{ path: '/opt/app/big.jar!/inner.zip', layer: 3, reason: 'nested deeper than the limit depth (8)' }] : [], platforms: [['linux/amd64', 'image-0'], ['linux/arm64', 'image-1']], components: 8, layers: 5 }; }],
  [/^GET \/images\/([^/]+)\/findings$/, (_, query) => page(data.findings.filter((finding) => finding.kind === query.get('kind')))],
  [/^GET \/images\/([^/]+)\/components$/, () => page(data.components)],
  [/^GET \/images\/([^/]+)\/files$/, (_, query) => page(data.files.top.filter((file) => file.path.includes(query.get('path') ?? '')).map((file) => ({ ...file, type: 'file', mode: '0644', uid: 0, gid: 0, link: null })))],
  [/^GET \/images\/([^/]+)\/layers$/, () => page(data.layers)],
  [/^GET \/images\/([^/]+)\/history$/, () => page(data.scans)],
  [/^GET \/images\/([^/]+)\/handling$/, () => page(data.history)],
  [/^GET \/images\/([^/]+)\/fixes$/, () => ({ items: data.fixes })],
  [/^GET \/images\/([^/]+)\/compare\/([^/]+)$/, () => ({ added: data.findings.slice(0, 2), removed: data.findings.slice(3, 4), unchanged: 41, components_added: ['pkg:deb/debian/zlib1g@1.3'], components_removed: [], components_changed: [['openssl', '3.0.11', '3.0.15']] })],
  [/^GET \/tasks$/, (_, query) => page(data.tasks.filter((task) => !query.get('kind') || task.kind === query.get('kind')))],
  [/^GET \/tasks\/([^/]+)$/, ([, id]) => data.tasks.find((task) => task.id === id)],
  [/^GET \/tasks\/([^/]+)\/jobs$/, () => page(data.jobs)],
  [/^GET \/decisions$/, () => page(data.decisions)],
  [/^POST \/decisions\/preview$/, () => ({ pairs: 9, risks: 1, images: 9, changes: 6, items: data.images.slice(0, 6).map((image) => ({ risk: 'CVE-2024-3094', title: 'xz', severity: 'critical', image: image.id, image_name: image.name, state: 'open' })), risk_ids: [], image_ids: [] })],
  [/^POST \/decisions$/, (_, __, body) => decide(body)],
  [/^DELETE \/decisions\/([^/]+)$/, ([, id]) => undo(id)],
  [/^GET \/exports\/([^/]+)\/file$/, () => data.images.map((image) => image.name)],
  [/^PUT /, () => ({})],
  [/^POST \/scans$/, () => data.tasks[0]],
  [/^POST \/exports$/, () => data.tasks[2]],
  [/^GET \/history$/, () => page(data.history)],
  [/^GET \/registries$/, () => page(data.registries)],
  [/^POST \/registries\/([^/]+)\/test$/, () => ({ ok: false, steps: [{ step: 'address', ok: true, detail: '10.0.0.4' }, { step: 'connect', ok: true, detail: 'port 443 answers' }, { step: 'sign-in', ok: false, detail: '401: check the user name and the token' }] })],
  [/^GET \/policies$/, () => page(data.policies)],
  [/^GET \/users$/, () => page([data.user])],
  [/^GET \/tokens$/, () => page(data.tokens)],
  [/^GET \/projects$/, () => page(data.projects)],
  [/^GET \/audit$/, () => page(data.audit)],
  [/^GET \/weak-passwords$/, () => ({ passwords: ['admin123', 'company2026'], limit: 300 })],
  [/^GET \/exclude-paths$/, () => ({ default_paths: ['/usr/*', '/lib/*'], paths: ['/opt/test/'], limit: 20 })],
  [/^GET \/base-images$/, () => page([{ name: 'debian:12.5', images: 412 }])],
  [/^GET \/settings$/, () => ({ images_per_hour: 0, concurrency: 2, retention_days: 90, compliance_policy: '# rules\n[[rule]]\nid = "no-debuggers"\n', scan_kinds: [] })],
];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const path = `${request.method} ${url.pathname.slice('/api/v1'.length)}`;
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  let body = '';
  for await (const part of request) body += part;
  const found = route && route[1](route[0].exec(path) as RegExpExecArray, url.searchParams, body ? JSON.parse(body) : null);
  response.statusCode = found === undefined ? (request.method === 'GET' ? 404 : 204) : 200;
  if (path.endsWith('/file')) response.setHeader('Content-Disposition', 'attachment; filename=findings.csv');
  response.setHeader('Content-Type', found === undefined ? 'application/problem+json' : 'application/json');
  response.end(response.statusCode === 204 ? undefined : JSON.stringify(found ?? { title: 'Not found', detail: `there is no ${path}`, request: 'req-fake' }));
}

export function fake(): Plugin {
  return {
    name: 'fake',
    configureServer(server) {
      server.middlewares.use((request, response, next) => (request.url?.startsWith('/api/') ? void answer(request, response) : next()));
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => (request.url?.startsWith('/api/') ? void answer(request, response) : next()));
    },
  };
}
