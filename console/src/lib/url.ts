// The address is the state: every list, tab and panel is read from it and written to it.
import { useCallback, useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

/** Names that are not filters. A name with a dot belongs to another list. */
const RESERVED = new Set(['sort', 'open', 'tab', 'q', 'check', 'result', 'with', 'dialog']);

interface ListState {
  q: string;
  sort: string | null;
  filters: Record<string, string>;
}

/** Reads a list's state from an address; `prefix` keeps two lists of one page apart. */
export function readList(params: URLSearchParams, prefix = ''): ListState {
  const filters: Record<string, string> = {};
  for (const [name, value] of params) {
    if (!name.startsWith(prefix)) continue;
    const short = name.slice(prefix.length);
    if (!RESERVED.has(short) && !short.includes('.') && value) filters[short] = value;
  }
  return { q: params.get(`${prefix}q`) ?? '', sort: params.get(`${prefix}sort`), filters };
}

/** The address with these names set, `null` and empty taken away; everything else as it was. */
export function writeParams(params: URLSearchParams, changes: Record<string, string | null>, prefix = ''): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(prefix + name);
    else next.set(prefix + name, value);
  }
  return next;
}

/** The address without this list's filters and search. */
export function clearList(params: URLSearchParams, prefix = ''): URLSearchParams {
  const { filters } = readList(params, prefix);
  const names = [...Object.keys(filters), 'q'];
  return writeParams(params, Object.fromEntries(names.map((name) => [name, null])), prefix);
}

/** Sorting by a column once more: descending, ascending, as the server likes. */
export function nextSort(current: string | null, column: string): string | null {
  if (current === `-${column}`) return column;
  if (current === column) return null;
  return `-${column}`;
}

/**
 * Changes the address as it is at that moment, not as it was when the page was last drawn: two quick changes are both kept.
 */
export function useChangeAddress(): (change: (before: URLSearchParams) => URLSearchParams) => void {
  const navigate = useNavigate();
  return useCallback(
    (change) => {
      const { pathname, search } = window.location;
      void navigate({ pathname, search: change(new URLSearchParams(search)).toString() }, { replace: true });
    },
    [navigate],
  );
}

/** One value of the address. */
export function useParam(name: string): [string | null, (value: string | null) => void] {
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const set = useCallback((value: string | null) => change((before) => writeParams(before, { [name]: value })), [name, change]);
  return [params.get(name), set];
}

export interface ListUrl extends ListState {
  set: (changes: Record<string, string | null>) => void;
  clear: () => void;
  /** Filters, search and sort by name: what the server is asked. */
  query: Record<string, string>;
}

/** A list's state in the address. */
export function useListUrl(prefix = ''): ListUrl {
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const state = useMemo(() => readList(params, prefix), [params, prefix]);
  const set = useCallback((changes: Record<string, string | null>) => change((before) => writeParams(before, changes, prefix)), [prefix, change]);
  const clear = useCallback(() => change((before) => clearList(before, prefix)), [prefix, change]);
  const query = useMemo(() => {
    const query: Record<string, string> = { ...state.filters };
    if (state.q) query.q = state.q;
    if (state.sort) query.sort = state.sort;
    return query;
  }, [state]);
  return { ...state, set, clear, query };
}
