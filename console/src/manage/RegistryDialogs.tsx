// Trying a connection step by step, and what the registry needs to tell us about pushes.
import { Button, Loader, Modal, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/calls';
import type { Registry } from '../api/types';
import { useI18n } from '../i18n';
import { CodeBlock } from '../ui/Bits';
import { Icon } from '../ui/Icon';
import { Failure, Loaded } from '../ui/States';
import { useDo } from './useManage';

export function TestDialog({ registry, onClose }: { registry: Registry; onClose: () => void }) {
  const { t, say } = useI18n();
  const queries = useQueryClient();
  const test = useQuery({ queryKey: ['registry-test', registry.id], queryFn: () => api.testRegistry(registry.id).finally(() => void queries.invalidateQueries({ queryKey: ['registries'] })), gcTime: 0, staleTime: Infinity, retry: false });
  const sync = useDo((id: string) => api.syncRegistry(id), 'sync.started', 'registries', 'tasks');
  return (
    <Modal opened onClose={onClose} title={`${t('registries.test')}: ${registry.name}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack gap="sm" aria-live="polite">
        {test.isFetching && <div className="status"><Loader size="xs" /> {t('registries.testing')}</div>}
        {!test.isFetching && test.error && <Failure error={test.error} />}
        {!test.isFetching && test.data && (
          <>
            <strong style={{ color: test.data.ok ? 'var(--safe)' : 'var(--critical)' }}>{test.data.ok ? t('registries.testOk') : t('registries.testFailed')}</strong>
            <ol className="steps">
              {test.data.steps.map((step) => (
                <li key={step.step}>
                  <span style={{ color: step.ok ? 'var(--safe)' : 'var(--critical)' }}><Icon name={step.ok ? 'check' : 'close'} /></span>
                  <div><strong>{say('step', step.step)}</strong><div className="quiet break">{step.detail}</div></div>
                </li>
              ))}
            </ol>
          </>
        )}
        <div className="dialog-foot">
          <Button variant="default" onClick={() => void test.refetch()}>{t('state.retry')}</Button>
          <Button disabled={!test.data?.ok} onClick={() => sync.mutate(registry.id, { onSuccess: onClose })}>{t('images.sync')}</Button>
        </div>
      </Stack>
    </Modal>
  );
}

export function PushDialog({ registry, onClose }: { registry: Registry; onClose: () => void }) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const push = useQuery({ queryKey: ['push', registry.id], queryFn: () => api.registryPush(registry.id), gcTime: 0 });
  const renew = useMutation({ mutationFn: () => api.renewPush(registry.id), onSuccess: (data) => queries.setQueryData(['push', registry.id], data) });
  return (
    <Modal opened onClose={onClose} size="lg" title={`${t('registries.push')}: ${registry.name}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Loaded query={push}>
        {(data) => (
          <Stack gap="sm">
            <div className="quiet">{t('registries.pushHint')}</div>
            <strong>{t('registries.pushUrl')}</strong>
            <CodeBlock text={data.url} />
            <strong>{t('registries.pushHeader')}</strong>
            <CodeBlock text={data.header.includes(data.secret) ? data.header : `${data.header}: ${data.secret}`} />
            <div className="quiet small">{t('registries.pushKinds')}: {data.kinds.join(', ')}</div>
            {renew.error && <Failure error={renew.error} />}
            <div className="dialog-foot"><Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>{t('registries.pushRenew')}</Button></div>
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
}
