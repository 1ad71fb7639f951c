// Scanning and synchronizing: what, how fast.
import { Button, Checkbox, Modal, MultiSelect, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import type { RiskKind } from '../api/types';
import { useI18n } from '../i18n';
import { Failure } from '../ui/States';
import { useSay } from '../ui/say';

/** These images, or all a filter holds. */
export type ScanChoice = { images: string[] } | { filter: Record<string, string>; total: number };

const CHOICES: RiskKind[] = ['vulnerability', 'malicious-file', 'configuration', 'password-policy', 'weak-password', 'secret', 'compliance'];

function RiskKindChoice({ value, onChange }: { value: string[]; onChange: (kinds: string[]) => void }) {
  const { t, say } = useI18n();
  return (
    <Checkbox.Group label={t('scan.risks')} description={t('scan.risksHint')} value={value} onChange={onChange}>
      <Stack gap={6} mt={8}>{CHOICES.map((kind) => <Checkbox key={kind} size="xs" value={kind} label={say('kind', kind)} />)}</Stack>
    </Checkbox.Group>
  );
}

export function ScanDialog({ choice, onClose }: { choice: ScanChoice; onClose: () => void }) {
  const { t } = useI18n();
  const say = useSay();
  const queries = useQueryClient();
  const [kinds, setKinds] = useState<string[]>([]);
  const [rate, setRate] = useState('0');
  const start = useMutation({
    mutationFn: () => api.scan({ ...('images' in choice ? { images: choice.images } : { filter: choice.filter }), risks: kinds as RiskKind[], images_per_hour: Number(rate) || 0 }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tasks'] });
      void queries.invalidateQueries({ queryKey: ['images'] });
      say(t('scan.started'));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('scan.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form onSubmit={(event) => { event.preventDefault(); start.mutate(); }}>
        <Stack gap="sm">
          <div>
            <strong>{t('scan.scope')}</strong>
            <div>{'images' in choice ? t('scan.chosen', { n: choice.images.length }) : t('scan.filter', { n: choice.total })}</div>
            {'filter' in choice && <code className="small">{Object.entries(choice.filter).map(([name, value]) => `${name}=${value}`).join(' ')}</code>}
          </div>
          <RiskKindChoice value={kinds} onChange={setKinds} />
          <TextInput type="number" label={t('scan.rate')} min={0} max={100_000} step={1} value={rate} onChange={(event) => setRate(event.currentTarget.value)} />
          {start.error && <Failure error={start.error} />}
          <div className="dialog-foot">
            <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
            <Button type="submit" loading={start.isPending}>{t('scan.go')}</Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}

export function SyncDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useSay();
  const queries = useQueryClient();
  const registries = useQuery({ queryKey: ['registries', 'all'], queryFn: () => api.registries({ limit: 500 }) });
  const [mode, setMode] = useState('all');
  const [chosen, setChosen] = useState<string[]>([]);
  const start = useMutation({
    mutationFn: () => api.sync(mode === 'all' ? [] : chosen),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tasks'] });
      say(t('sync.started'));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('sync.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form onSubmit={(event) => { event.preventDefault(); start.mutate(); }}>
        <Stack gap="sm">
          <div className="quiet">{t('sync.hint')}</div>
          <Radio.Group label={t('scan.scope')} value={mode} onChange={setMode}>
            <Stack gap={6} mt={6}>
              <Radio size="xs" value="all" label={t('sync.all')} />
              <Radio size="xs" value="some" label={t('sync.some')} />
            </Stack>
          </Radio.Group>
          {mode === 'some' && <MultiSelect aria-label={t('sync.some')} searchable data={registries.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []} value={chosen} onChange={setChosen} />}
          {start.error && <Failure error={start.error} />}
          <div className="dialog-foot">
            <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
            <Button type="submit" loading={start.isPending} disabled={mode === 'some' && chosen.length === 0}>{t('sync.go')}</Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}
