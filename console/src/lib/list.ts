// Server lists, page after page by cursor; what was shown stays while something new is fetched.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Fetch, Query } from '../api/calls';

import type { Facets } from '../api/types';

export interface List<R> {
  rows: R[];
  /** `undefined` while not known. */
  total: number | undefined;
  facets: Facets;
  error: unknown;
  /** Nothing is known yet. */
  loading: boolean;
  /** What is shown answers an earlier question. */
  stale: boolean;
  fetching: boolean;
  hasMore: boolean;
  more: () => void;
  refetch: () => void;
}

/** A list by what it is called and asked. */
export function useList<R>(key: unknown[], fetch: Fetch<R>, query: Query, options: { refresh?: number; enabled?: boolean } = {}): List<R> {
  const answer = useInfiniteQuery({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) => fetch({ limit: 100, ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: options.refresh,
    enabled: options.enabled,
  });
  const rows = useMemo(() => answer.data?.pages.flatMap((page) => page.items) ?? [], [answer.data]);
  const first = answer.data?.pages[0];
  return {
    rows,
    total: first?.total,
    facets: first?.facets ?? {},
    error: answer.error,
    loading: answer.isPending,
    stale: answer.isPlaceholderData,
    fetching: answer.isFetching,
    hasMore: answer.hasNextPage,
    more: () => {
      if (!answer.isFetchingNextPage && !answer.isPlaceholderData) void answer.fetchNextPage();
    },
    refetch: () => void answer.refetch(),
  };
}
