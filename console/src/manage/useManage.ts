// What the pages under Manage have in common.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../api/calls';
import type { Role } from '../api/types';
import { useSession } from '../app/session';
import { useI18n, type Word } from '../i18n';
import { useComplain, useSay } from '../ui/say';

/** Says what was done and asks the server anew for what may have changed. */
export function useDone() {
  const queries = useQueryClient();
  const tell = useSay();
  const { t } = useI18n();
  return useCallback(
    (word: Word, ...keys: string[]) => {
      for (const key of keys) void queries.invalidateQueries({ queryKey: [key] });
      tell(t(word));
    },
    [queries, tell, t],
  );
}

/** A call on a click: what came of it is said. */
export function useDo<A>(run: (argument: A) => Promise<unknown>, word: Word, ...keys: string[]) {
  const done = useDone();
  const complain = useComplain();
  return useMutation({ mutationFn: run, onSuccess: () => done(word, ...keys), onError: complain });
}

/** Why somebody may not, or nothing. */
export function useDenied(role: Role): string | undefined {
  const { may } = useSession();
  const { t, say } = useI18n();
  return may(role) ? undefined : t('state.needsRole', { role: say('role', role) });
}

/** Registries or projects as choices. */
export function useRegistryOptions() {
  const query = useQuery({ queryKey: ['registries', 'all'], queryFn: () => api.registries({ limit: 500 }), staleTime: 60_000 });
  return query.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [];
}

export function useProjectOptions(enabled: boolean) {
  const query = useQuery({ queryKey: ['projects', 'all'], queryFn: () => api.projects({ limit: 500 }), staleTime: 60_000, enabled });
  return query.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [];
}
