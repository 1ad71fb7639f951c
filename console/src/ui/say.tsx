// What was done, said shortly, with the way back where there is one.
import { Button } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { Problem } from '../api/client';
import { useI18n } from '../i18n';
import { IconButton } from './Bits';
import './say.css';

interface Note {
  id: number;
  title?: string;
  message: string;
  bad: boolean;
  undo?: () => void;
}

type Show = (note: Omit<Note, 'id'>) => void;

const Context = createContext<Show>(() => {});
let last = 0;

export function NotesProvider({ children }: { children: ReactNode }) {
  const { t } = useI18n();
  const [notes, setNotes] = useState<Note[]>([]);
  const hide = useCallback((id: number) => setNotes((before) => before.filter((note) => note.id !== id)), []);
  const show = useCallback<Show>(
    (note) => {
      const id = ++last;
      setNotes((before) => [...before.slice(-3), { ...note, id }]);
      window.setTimeout(() => hide(id), note.undo || note.bad ? 12_000 : 4_000);
    },
    [hide],
  );
  return (
    <Context.Provider value={show}>
      {children}
      <div className="notes" role="status" aria-live="polite">
        {notes.map((note) => (
          <div key={note.id} className={`note${note.bad ? ' note-bad' : ''}`}>
            <div>
              {note.title && <strong>{note.title}</strong>}
              <div>{note.message}</div>
            </div>
            {note.undo && <Button variant="subtle" size="compact-xs" onClick={() => { hide(note.id); note.undo?.(); }}>{t('do.undo')}</Button>}
            <IconButton icon="close" label={t('do.close')} size="sm" onClick={() => hide(note.id)} />
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}

export function useSay() {
  const show = useContext(Context);
  return useCallback((message: string, undo?: () => void) => show({ message, undo, bad: false }), [show]);
}

/** Says why something that was asked for did not happen. */
export function useComplain() {
  const { t } = useI18n();
  const show = useContext(Context);
  return useCallback(
    (error: unknown) => {
      const problem = error instanceof Problem ? error : null;
      const title = problem?.status === 0 ? t('state.unreachable') : (problem?.title ?? t('state.error'));
      const message = [problem?.detail ?? String(error), problem?.request && `${t('state.request')}: ${problem.request}`].filter(Boolean).join(' · ');
      show({ title, message, bad: true });
    },
    [show, t],
  );
}
