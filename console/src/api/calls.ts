// Every call the console makes; what goes in and comes out is the contract's.
import { client, got } from './client';
import type { components } from './schema';
import type { Page } from './types';

type S = components['schemas'];

/** A question to a list: filters, `sort`, `limit`, `cursor`. */
export type Query = Record<string, string | number | boolean | undefined>;
export type Fetch<R> = (query: Query, signal?: AbortSignal) => Promise<Page<R>>;

// A list's filters are named by the pages that show it; the server refuses names it does not know.
const ask = (query: Query, signal?: AbortSignal) => ({ params: { query: query as object }, signal });
const askOf = (path: { id: string }, query: Query, signal?: AbortSignal) => ({ params: { path, query: query as object }, signal });
// `as` below: the client widens pairs to lists.
const of = (id: string) => ({ params: { path: { id } } });

export const api = {
  session: () => got(client.GET('/api/v1/session')),
  signIn: (body: S['SignIn']) => got(client.POST('/api/v1/session', { body })),
  signOut: () => got(client.DELETE('/api/v1/session')),
  changePassword: (body: S['NewPassword']) => got(client.PATCH('/api/v1/session', { body })),

  overview: () => got(client.GET('/api/v1/overview')) as Promise<S['OverviewPage']>,
  knowledge: () => got(client.GET('/api/v1/knowledge')),
  updateKnowledge: () => got(client.POST('/api/v1/knowledge/update')),
  putKnowledge: (file: Blob) => got(client.PUT('/api/v1/knowledge', { body: file as never, bodySerializer: (body) => body, headers: { 'Content-Type': 'application/octet-stream' } })),

  risks: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/risks', ask(query, signal))),
  risk: (id: string) => got(client.GET('/api/v1/risks/{id}', of(id))),
  riskImages: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/risks/{id}/images', askOf({ id }, query, signal))),
  riskHistory: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/risks/{id}/history', askOf({ id }, query, signal))),
  riskEvidence: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/risks/{id}/evidence', askOf({ id }, query, signal))),

  images: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images', ask(query, signal))),
  image: (id: string) => got(client.GET('/api/v1/images/{id}', of(id))) as Promise<S['ImageSummary']>,
  deleteImage: (id: string) => got(client.DELETE('/api/v1/images/{id}', of(id))),
  imageFindings: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images/{id}/findings', askOf({ id }, query, signal))) as Promise<Page<S['FindingRow']>>,
  imageComponents: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images/{id}/components', askOf({ id }, query, signal))),
  imageFiles: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images/{id}/files', askOf({ id }, query, signal))),
  imageLayers: (id: string) => got(client.GET('/api/v1/images/{id}/layers', of(id))),
  imageHistory: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images/{id}/history', askOf({ id }, query, signal))),
  imageHandling: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/images/{id}/handling', askOf({ id }, query, signal))),
  imageFixes: (id: string) => got(client.GET('/api/v1/images/{id}/fixes', of(id))),
  compare: (id: string, other: string) => got(client.GET('/api/v1/images/{id}/compare/{other}', { params: { path: { id, other } } })) as Promise<S['Comparison']>,
  reportAddress: (id: string, format: string) => `/api/v1/images/${encodeURIComponent(id)}/report?format=${format}`,

  scan: (body: S['ScanRequest']) => got(client.POST('/api/v1/scans', { body })),
  sync: (registries: string[]) => got(client.POST('/api/v1/sync', { body: { registries } })),

  tasks: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/tasks', ask(query, signal))),
  task: (id: string) => got(client.GET('/api/v1/tasks/{id}', of(id))),
  taskJobs: (id: string) => (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/tasks/{id}/jobs', askOf({ id }, query, signal))),
  stopTask: (id: string) => got(client.POST('/api/v1/tasks/{id}/stop', of(id))),
  retryTask: (id: string) => got(client.POST('/api/v1/tasks/{id}/retry', of(id))),

  decisions: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/decisions', ask(query, signal))),
  decide: (body: S['NewDecision']) => got(client.POST('/api/v1/decisions', { body })),
  preview: (body: S['NewDecision'], signal?: AbortSignal) => got(client.POST('/api/v1/decisions/preview', { ...ask({ limit: 20 }, signal), body })),
  changeDecision: (id: string, body: S['ChangedDecision']) => got(client.PATCH('/api/v1/decisions/{id}', { ...of(id), body })),
  undoDecision: (id: string) => got(client.DELETE('/api/v1/decisions/{id}', of(id))),
  history: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/history', ask(query, signal))),

  startExport: (body: S['ExportRequest']) => got(client.POST('/api/v1/exports', { body })),
  exportAddress: (id: string) => `/api/v1/exports/${encodeURIComponent(id)}/file`,

  // Short lists come whole.
  registries: (_: Query = {}, signal?: AbortSignal) => got(client.GET('/api/v1/registries', { signal })),
  addRegistry: (body: S['NewRegistry']) => got(client.POST('/api/v1/registries', { body })),
  changeRegistry: (id: string, body: S['ChangedRegistry']) => got(client.PATCH('/api/v1/registries/{id}', { ...of(id), body })),
  deleteRegistry: (id: string) => got(client.DELETE('/api/v1/registries/{id}', of(id))),
  testRegistry: (id: string) => got(client.POST('/api/v1/registries/{id}/test', of(id))),
  syncRegistry: (id: string) => got(client.POST('/api/v1/registries/{id}/sync', of(id))),
  registryPush: (id: string) => got(client.GET('/api/v1/registries/{id}/push', of(id))),
  renewPush: (id: string) => got(client.POST('/api/v1/registries/{id}/push', of(id))),

  policies: (_: Query = {}, signal?: AbortSignal) => got(client.GET('/api/v1/policies', { signal })),
  addPolicy: (body: S['NewSchedule']) => got(client.POST('/api/v1/policies', { body })),
  changePolicy: (id: string, body: S['ChangedSchedule']) => got(client.PATCH('/api/v1/policies/{id}', { ...of(id), body })),
  deletePolicy: (id: string) => got(client.DELETE('/api/v1/policies/{id}', of(id))),

  users: (_: Query = {}, signal?: AbortSignal) => got(client.GET('/api/v1/users', { signal })),
  addUser: (body: S['NewUser']) => got(client.POST('/api/v1/users', { body })),
  changeUser: (id: string, body: S['ChangedUser']) => got(client.PATCH('/api/v1/users/{id}', { ...of(id), body })),
  deleteUser: (id: string) => got(client.DELETE('/api/v1/users/{id}', of(id))),
  tokens: (_: Query = {}, signal?: AbortSignal) => got(client.GET('/api/v1/tokens', { signal })),
  addToken: (body: S['NewToken']) => got(client.POST('/api/v1/tokens', { body })),
  deleteToken: (id: string) => got(client.DELETE('/api/v1/tokens/{id}', of(id))),
  projects: (_: Query = {}, signal?: AbortSignal) => got(client.GET('/api/v1/projects', { signal })),
  addProject: (body: S['NewProject']) => got(client.POST('/api/v1/projects', { body })),
  changeProject: (id: string, body: S['ChangedProject']) => got(client.PATCH('/api/v1/projects/{id}', { ...of(id), body })),
  deleteProject: (id: string) => got(client.DELETE('/api/v1/projects/{id}', of(id))),
  audit: (query: Query, signal?: AbortSignal) => got(client.GET('/api/v1/audit', ask(query, signal))),

  settings: () => got(client.GET('/api/v1/settings')),
  changeSettings: (body: S['ChangedSettings']) => got(client.PATCH('/api/v1/settings', { body })),
  weakPasswords: () => got(client.GET('/api/v1/weak-passwords')),
  setWeakPasswords: (passwords: string[]) => got(client.PUT('/api/v1/weak-passwords', { body: { passwords } })),
  excludePaths: () => got(client.GET('/api/v1/exclude-paths')),
  setExcludePaths: (paths: string[]) => got(client.PUT('/api/v1/exclude-paths', { body: { paths } })),
  bases: () => got(client.GET('/api/v1/base-images')),
  basesSeen: () => got(client.GET('/api/v1/base-images', { params: { query: { seen: true } as object } })),
  setBases: (items: S['BaseImageInput'][]) => got(client.PUT('/api/v1/base-images', { body: { items } })),
};
