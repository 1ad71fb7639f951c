// Who is signed in, and what they may do.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { onSignedOut, Problem, setCsrf } from '../api/client';
import type { Role, Session, User } from '../api/types';

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

interface Value {
  /** `undefined` while not known, `null` when nobody is. */
  user: User | null | undefined;
  error: unknown;
  /** A session was there and has ended. */
  ended: boolean;
  may: (role: Role) => boolean;
  signedIn: (session: Session) => void;
  signOut: () => Promise<void>;
}

const Context = createContext<Value | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      try {
        const session = await api.session();
        setCsrf(session.csrf);
        return session;
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 401) return null;
        throw problem;
      }
    },
    staleTime: Infinity,
  });
  const forget = useCallback(() => {
    setCsrf('');
    queries.clear();
    queries.setQueryData(['session'], null);
  }, [queries]);
  useEffect(() => {
    onSignedOut(() => {
      setEnded(true);
      forget();
    });
  }, [forget]);
  const user = data === undefined ? undefined : (data?.user ?? null);
  const value = useMemo<Value>(
    () => ({
      user,
      error,
      ended,
      may: (role) => user != null && RANK[user.role] >= RANK[role],
      signedIn: (session) => {
        setCsrf(session.csrf);
        setEnded(false);
        queries.setQueryData(['session'], session);
      },
      signOut: async () => {
        await api.signOut();
        forget();
      },
    }),
    [user, error, ended, queries, forget],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useSession(): Value {
  const value = useContext(Context);
  if (!value) throw new Error('useSession outside of SessionProvider');
  return value;
}
