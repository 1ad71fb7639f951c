import { Button, Modal, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Failure } from './States';

/** Asks before something that cannot be taken back. */
export function Confirm({ title, action, run, onDone, onClose, children }: { title: string; action: string; run: () => Promise<unknown>; onDone: () => void; onClose: () => void; children?: ReactNode }) {
  const { t } = useI18n();
  const doing = useMutation({ mutationFn: run, onSuccess: onDone });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack gap="sm">
        {children}
        {doing.error && <Failure error={doing.error} />}
        <div className="dialog-foot">
          <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
          <Button color="red" loading={doing.isPending} onClick={() => doing.mutate()}>{action}</Button>
        </div>
      </Stack>
    </Modal>
  );
}
