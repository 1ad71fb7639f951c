// The one door to the server: the session's cookie, the token against forged requests, errors as the server states them.
import createClient from 'openapi-fetch';
import type { paths } from './schema';

/** Why a call failed, as `application/problem+json` says it. */
export class Problem extends Error {
  constructor(
    /** 0 when the server could not be reached. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly request: string | null,
    readonly field: string | null,
  ) {
    super(detail || title);
  }
}

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

/** Sends a request; what the server refuses is thrown. */
async function send(request: Request): Promise<Response> {
  if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf);
  const answer = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw new Problem(0, 'unreachable', '', null, null);
  });
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as Record<string, string | undefined>;
  if (answer.status === 401 && !request.url.endsWith('/session')) signedOut();
  throw new Problem(
    answer.status,
    problem.title ?? answer.statusText,
    problem.detail ?? '',
    problem.request ?? answer.headers.get('x-request-id'),
    problem.field ?? null,
  );
}

export const client = createClient<paths>({ credentials: 'same-origin', fetch: send });

/** The document of an answer; refusals were thrown before. */
export async function got<D>(answer: Promise<{ data?: D }>): Promise<D> {
  return (await answer).data as D;
}
