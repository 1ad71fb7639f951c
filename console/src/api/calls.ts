// Every call the console makes, one line each.
import { address, call, type Query } from './client';
import type * as T from './types';

const id = encodeURIComponent;
const get = <A>(path: string, query?: Query, signal?: AbortSignal) => call<A>('GET', path, { query, signal });
const post = <A>(path: string, body?: unknown, query?: Query, signal?: AbortSignal) => call<A>('POST', path, { body, query, signal });
const patch = <A>(path: string, body: unknown) => call<A>('PATCH', path, { body });
const put = <A>(path: string, body: unknown) => call<A>('PUT', path, { body });
const remove = (path: string) => call<void>('DELETE', path);

export type Fetch<R> = (query: Query, signal?: AbortSignal) => Promise<T.ListPage<R>>;
const list = <R>(path: string): Fetch<R> => (query, signal) => get<T.ListPage<R>>(path, query, signal);

export const api = {
  session: () => get<T.Session>('/session'),
  signIn: (username: string, password: string) => post<T.Session>('/session', { username, password }),
  signOut: () => remove('/session'),
  changePassword: (current_password: string, new_password: string) => patch<void>('/session', { current_password, new_password }),

  overview: () => get<T.OverviewAnswer>('/overview'),
  knowledge: () => get<T.Knowledge>('/knowledge'),
  updateKnowledge: () => post<T.Task>('/knowledge/update'),
  putKnowledge: (file: Blob) => put<T.Knowledge>('/knowledge', file),

  risks: list<T.RiskRow>('/risks'),
  risk: (risk: string) => get<T.RiskDetail>(`/risks/${id(risk)}`),
  riskImages: (risk: string) => list<T.ImageRow>(`/risks/${id(risk)}/images`),
  riskHistory: (risk: string) => list<T.HistoryEntry>(`/risks/${id(risk)}/history`),
  riskEvidence: (risk: string) => list<T.RiskEvidence>(`/risks/${id(risk)}/evidence`),

  images: list<T.ImageRow>('/images'),
  image: (image: string) => get<T.ImageSummary>(`/images/${id(image)}`),
  deleteImage: (image: string) => remove(`/images/${id(image)}`),
  imageFindings: (image: string) => list<T.FindingRow>(`/images/${id(image)}/findings`),
  imageComponents: (image: string) => list<T.ComponentReport>(`/images/${id(image)}/components`),
  imageFiles: (image: string) => list<T.FileEntry>(`/images/${id(image)}/files`),
  imageLayers: (image: string) => get<T.ListPage<T.LayerRow>>(`/images/${id(image)}/layers`),
  imageHistory: (image: string) => list<T.ScanRecord>(`/images/${id(image)}/history`),
  imageHandling: (image: string) => list<T.HistoryEntry>(`/images/${id(image)}/handling`),
  imageFixes: (image: string) => get<{ items: T.FixAction[] }>(`/images/${id(image)}/fixes`),
  compare: (image: string, other: string) => get<T.Comparison>(`/images/${id(image)}/compare/${id(other)}`),
  reportAddress: (image: string, format: string) => address(`/images/${id(image)}/report`, { format }),

  scan: (request: { images?: string[]; filter?: Record<string, string>; all?: boolean; risks?: T.RiskKind[]; images_per_hour?: number }) =>
    post<T.Task>('/scans', request),
  sync: (registries: string[]) => post<T.Task>('/sync', { registries }),

  tasks: list<T.Task>('/tasks'),
  task: (task: string) => get<T.Task>(`/tasks/${id(task)}`),
  taskJobs: (task: string) => list<T.TaskJob>(`/tasks/${id(task)}/jobs`),
  stopTask: (task: string) => post<T.Task>(`/tasks/${id(task)}/stop`),
  retryTask: (task: string) => post<T.Task>(`/tasks/${id(task)}/retry`),

  decisions: list<T.DecisionRow>('/decisions'),
  decide: (decision: T.NewDecision) => post<T.DecisionRow>('/decisions', decision),
  preview: (decision: T.NewDecision, signal?: AbortSignal) => post<T.Preview>('/decisions/preview', decision, { limit: 20 }, signal),
  changeDecision: (decision: string, change: Partial<T.NewDecision>) => patch<T.DecisionRow>(`/decisions/${id(decision)}`, change),
  undoDecision: (decision: string) => remove(`/decisions/${id(decision)}`),
  history: list<T.HistoryEntry>('/history'),

  startExport: (request: { list: string; filter: Record<string, string>; format: string }) => post<T.Task>('/exports', request),
  exportAddress: (task: string) => address(`/exports/${id(task)}/file`),

  registries: list<T.Registry>('/registries'),
  addRegistry: (body: unknown) => post<T.Registry>('/registries', body),
  changeRegistry: (registry: string, body: unknown) => patch<T.Registry>(`/registries/${id(registry)}`, body),
  deleteRegistry: (registry: string) => remove(`/registries/${id(registry)}`),
  testRegistry: (registry: string) => post<T.RegistryTest>(`/registries/${id(registry)}/test`),
  syncRegistry: (registry: string) => post<T.Task>(`/registries/${id(registry)}/sync`),
  registryPush: (registry: string) => get<T.RegistryPush>(`/registries/${id(registry)}/push`),
  renewPush: (registry: string) => post<T.RegistryPush>(`/registries/${id(registry)}/push`),

  policies: list<T.Schedule>('/policies'),
  addPolicy: (body: unknown) => post<T.Schedule>('/policies', body),
  changePolicy: (policy: string, body: unknown) => patch<T.Schedule>(`/policies/${id(policy)}`, body),
  deletePolicy: (policy: string) => remove(`/policies/${id(policy)}`),

  users: list<T.User>('/users'),
  addUser: (body: unknown) => post<T.User>('/users', body),
  changeUser: (user: string, body: unknown) => patch<T.User>(`/users/${id(user)}`, body),
  deleteUser: (user: string) => remove(`/users/${id(user)}`),
  tokens: list<T.Token>('/tokens'),
  addToken: (body: unknown) => post<T.NewToken>('/tokens', body),
  deleteToken: (token: string) => remove(`/tokens/${id(token)}`),
  projects: list<T.Project>('/projects'),
  addProject: (body: unknown) => post<T.Project>('/projects', body),
  changeProject: (project: string, body: unknown) => patch<T.Project>(`/projects/${id(project)}`, body),
  deleteProject: (project: string) => remove(`/projects/${id(project)}`),
  audit: list<T.AuditEntry>('/audit'),

  settings: () => get<Record<string, unknown>>('/settings'),
  changeSettings: (body: unknown) => patch<Record<string, unknown>>('/settings', body),
  weakPasswords: () => get<{ passwords: string[]; limit: number }>('/weak-passwords'),
  setWeakPasswords: (passwords: string[]) => put<unknown>('/weak-passwords', { passwords }),
  excludePaths: () => get<{ default_paths: string[]; paths: string[]; limit: number }>('/exclude-paths'),
  setExcludePaths: (paths: string[]) => put<unknown>('/exclude-paths', { paths }),
  basesSeen: () => get<{ items: { name: string; images?: number }[] }>('/base-images', { seen: true }),
};
