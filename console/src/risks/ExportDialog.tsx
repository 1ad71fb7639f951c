// A list as a file: a task that outlives this dialog.
import { Button, Modal, Radio, SegmentedControl, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import type { components } from '../api/schema';
import { useI18n } from '../i18n';
import { Progress } from '../ui/Bits';
import { Icon } from '../ui/Icon';
import { Banner, Failure } from '../ui/States';

type Request = components['schemas']['ExportRequest'];
type ExportList = Exclude<Request['list'], 'image'>;

const FORMATS: { value: Request['format']; label: string }[] = [{ value: 'csv', label: 'CSV' }, { value: 'xlsx', label: 'Excel' }, { value: 'json', label: 'JSON' }, { value: 'html', label: 'HTML' }];

export function ExportDialog({ lists, filter, onClose }: { lists: ExportList[]; filter: Record<string, string>; onClose: () => void }) {
  const { t } = useI18n();
  const [list, setList] = useState<ExportList>(lists[0] ?? 'risks');
  const [format, setFormat] = useState<Request['format']>('csv');
  const start = useMutation({ mutationFn: () => api.startExport({ list, filter, format }) });
  const id = start.data?.id;
  const task = useQuery({
    queryKey: ['tasks', id],
    queryFn: () => api.task(id ?? ''),
    enabled: !!id,
    refetchInterval: ({ state }) => (state.data && ['done', 'failed', 'stopped'].includes(state.data.state) ? false : 1000),
  });
  const state = task.data?.state;
  return (
    <Modal opened onClose={onClose} title={t('export.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack gap="sm">
        <Radio.Group label={t('export.what')} value={list} onChange={(next) => setList(next as ExportList)}>
          <Stack gap={6} mt={6}>{lists.map((one) => <Radio key={one} size="xs" value={one} label={t(`export.${one}`)} disabled={!!id} />)}</Stack>
        </Radio.Group>
        <SegmentedControl size="xs" aria-label={t('export.format')} data={FORMATS} value={format} onChange={(next) => setFormat(next as Request['format'])} disabled={!!id} />
        <div className="quiet small">
          {t('export.filter')}
          {Object.keys(filter).length > 0 && <>: <code>{Object.entries(filter).map(([name, value]) => `${name}=${value}`).join(' ')}</code></>}
        </div>
        {start.error && <Failure error={start.error} />}
        {task.error && <Failure error={task.error} />}
        {state === 'failed' && <Banner>{t('export.failed')}: {task.data?.error}</Banner>}
        {state && state !== 'done' && state !== 'failed' && task.data && (
          <>
            <Progress label={t('export.title')} done={task.data.done} failed={task.data.failed} total={task.data.total} />
            <div className="quiet small">{t('export.running')}</div>
          </>
        )}
        {state === 'done' && id ? (
          <Button component="a" href={api.exportAddress(id)} download leftSection={<Icon name="export" size={14} />}>{t('export.ready')} · {t('export.download')}</Button>
        ) : (
          <Button onClick={() => start.mutate()} loading={start.isPending || (!!id && state !== 'failed')}>{t('export.go')}</Button>
        )}
      </Stack>
    </Modal>
  );
}
