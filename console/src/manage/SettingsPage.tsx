// What holds for the whole server: its settings, and the lists people keep.
import { Button, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Settings } from '../api/types';
import { BaseImagesDialog, ExcludePathsDialog, WeakPasswordsDialog } from '../app/later';
import { useI18n } from '../i18n';
import { KINDS } from '../lib/words';
import { Card, PageHead } from '../ui/Bits';
import { type Field, FieldInput } from '../ui/FormDialog';
import { Failure, Loaded } from '../ui/States';
import { useDenied, useDone } from './useManage';

export default function SettingsPage() {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['settings'], queryFn: api.settings });
  const seen = useQuery({ queryKey: ['base-images', 'seen'], queryFn: api.basesSeen });
  const [dialog, setDialog] = useState<'weak' | 'exclude' | 'bases' | null>(null);
  const close = () => setDialog(null);
  return (
    <div className="page page-flow">
      <PageHead title={t('nav.settings')} hint={t('settings.hint')} />
      <div className="split">
        <Loaded query={query}>{(settings) => <SettingsForm settings={settings} key={JSON.stringify(settings)} />}</Loaded>
        <Stack gap="sm">
          <Card title={t('settings.lists')}>
            <Stack gap="xs" align="flex-start">
              <Button variant="default" onClick={() => setDialog('weak')}>{t('settings.weak')}…</Button>
              <Button variant="default" onClick={() => setDialog('exclude')}>{t('settings.exclude')}…</Button>
              <Button variant="default" onClick={() => setDialog('bases')}>{t('settings.bases')}…</Button>
            </Stack>
          </Card>
          <Card title={t('settings.basesSeen')}>
            <Loaded query={seen}>
              {({ items }) => (items.length === 0 ? <span className="quiet">{t('word.none')}</span> : (
                <ul className="references">
                  {items.map((base) => <li key={`${base.name} ${base.platform}`}>{base.name} <span className="quiet">{base.images != null && t('n.images', { n: base.images })}</span></li>)}
                </ul>
              ))}
            </Loaded>
          </Card>
        </Stack>
      </div>
      {dialog === 'weak' && <WeakPasswordsDialog onClose={close} />}
      {dialog === 'exclude' && <ExcludePathsDialog onClose={close} />}
      {dialog === 'bases' && <BaseImagesDialog onClose={close} />}
    </div>
  );
}

function SettingsForm({ settings }: { settings: Settings }) {
  const { t, say } = useI18n();
  const done = useDone();
  const denied = useDenied('admin');
  const [draft, setDraft] = useState<Settings>(settings);
  const put = useMutation({
    mutationFn: () => api.changeSettings({ ...draft, knowledge_url: draft.knowledge_url || null }),
    onSuccess: () => done('do.saved', 'settings'),
  });
  const fields: Field<Settings>[] = [
    { name: 'scan_kinds', label: t('setting.scan_kinds'), type: 'choices', options: KINDS.map((value) => ({ value, label: say('kind', value) })), hint: t('policies.emptyAll') },
    { name: 'images_per_hour', label: t('setting.images_per_hour'), type: 'number', required: true },
    { name: 'concurrency', label: t('setting.concurrency'), type: 'number', required: true },
    { name: 'digests', label: t('setting.digests'), type: 'switch' },
    { name: 'retention_days', label: t('setting.retention_days'), type: 'number', required: true },
    { name: 'knowledge_url', label: t('setting.knowledge_url'), placeholder: 'https://mirror.example.com/advisories.db' },
    { name: 'compliance_policy', label: t('setting.compliance_policy'), type: 'area' },
  ];
  return (
    <Card>
      <form onSubmit={(event) => { event.preventDefault(); put.mutate(); }}>
        <Stack gap="sm">
          {fields.map((field) => <FieldInput key={field.name} field={field as Field} value={draft[field.name]} onChange={(value) => setDraft((before) => ({ ...before, [field.name]: value }))} />)}
          {put.error && <Failure error={put.error} />}
          <div className="dialog-foot"><Button type="submit" loading={put.isPending} disabled={!!denied || JSON.stringify(draft) === JSON.stringify(settings)} title={denied}>{t('do.save')}</Button></div>
        </Stack>
      </form>
    </Card>
  );
}
