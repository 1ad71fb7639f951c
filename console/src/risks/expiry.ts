// When a decision ends: between the form and the server.
import type { Expiry, ExpiryInput } from '../api/types';

export interface ExpiryDraft {
  mode: string;
  day: string;
}

export function readExpiry(expires: Expiry | ExpiryInput | undefined): ExpiryDraft {
  if (expires?.when_fixable) return { mode: 'fixable', day: '' };
  if (expires?.at) return { mode: 'day', day: expires.at.slice(0, 10) };
  return { mode: 'never', day: '' };
}

/** What the server is told; the last day counts to its end, UTC. */
export function expiryOf({ mode, day }: ExpiryDraft): ExpiryInput {
  if (mode === 'fixable') return { when_fixable: true };
  if (mode === 'day') return day ? { at: `${day}T23:59:59Z` } : {};
  return mode === 'never' ? {} : { days: Number(mode) };
}
