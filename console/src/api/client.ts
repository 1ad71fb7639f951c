// The one door to the server: the session's cookie, the token against forged requests, errors as the server states them.

/** Why a call failed, as `application/problem+json` says it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly request: string | null,
    readonly field: string | null,
  ) {
    super(detail || title);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

let csrf = '';
let signedOut: () => void = () => {};

/** The token that mutating calls must carry. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** What to do when the session ends. */
export function onSignedOut(action: () => void): void {
  signedOut = action;
}

/** The address of a call. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text && `?${text}`}`;
}

/** Calls the server; answers the document, `undefined` for 204. */
export async function call<T>(method: string, path: string, options: { query?: Query; body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  const body = options.body;
  const file = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
  let answer: Response;
  try {
    answer = await fetch(address(path, options.query), {
      method,
      headers,
      body: body === undefined ? undefined : file ? body : JSON.stringify(body),
      signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', '', null, null);
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  const problem = await answer.json().catch(() => ({}) as Record<string, string>);
  if (answer.status === 401 && path !== '/session') signedOut();
  throw new Problem(
    answer.status,
    problem.title ?? answer.statusText,
    problem.detail ?? '',
    problem.request ?? answer.headers.get('x-request-id'),
    problem.field ?? null,
  );
}
