// What was done, said shortly, with the way back where there is one.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback } from 'react';
import { Problem } from '../api/client';
import { useI18n } from '../i18n';

export function useSay() {
  const { t } = useI18n();
  return useCallback(
    (message: string, undo?: () => void) => {
      const id = notifications.show({
        message: undo ? (
          <span className="say">
            {message}
            <Button variant="subtle" size="compact-xs" onClick={() => { notifications.hide(id); undo(); }}>{t('do.undo')}</Button>
          </span>
        ) : (
          message
        ),
        autoClose: undo ? 10_000 : 4_000,
        closeButtonProps: { 'aria-label': t('do.close') },
      });
    },
    [t],
  );
}

/** Says why something that was asked for did not happen. */
export function useComplain() {
  const { t } = useI18n();
  return useCallback(
    (error: unknown) => {
      const problem = error instanceof Problem ? error : null;
      const title = problem?.status === 0 ? t('state.unreachable') : (problem?.title ?? t('state.error'));
      const message = [problem?.detail ?? String(error), problem?.request && `${t('state.request')}: ${problem.request}`].filter(Boolean).join(' · ');
      notifications.show({ color: 'red', title, message, autoClose: 12_000, closeButtonProps: { 'aria-label': t('do.close') } });
    },
    [t],
  );
}
