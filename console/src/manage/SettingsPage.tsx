// What holds for the whole server: its settings, and the lists people keep.
import { Button, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { isWord, useI18n } from '../i18n';
import { KINDS } from '../lib/words';
import { ExcludePathsDialog, WeakPasswordsDialog } from '../app/later';
import { Card, PageHead } from '../ui/Bits';
import { type Field, FieldInput, type Values } from '../ui/FormDialog';
import { Failure, Loaded } from '../ui/States';
import { useDenied, useDone } from './useManage';

export default function SettingsPage() {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['settings'], queryFn: api.settings });
  const bases = useQuery({ queryKey: ['base-images', 'seen'], queryFn: api.basesSeen });
  const [dialog, setDialog] = useState<'weak' | 'exclude' | null>(null);
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
            </Stack>
          </Card>
          <Card title={`${t('settings.bases')}: ${t('settings.basesSeen')}`}>
            <Loaded query={bases}>
              {({ items }) => (items.length === 0 ? <span className="quiet">{t('word.none')}</span> : (
                <ul className="references">
                  {items.map((base) => <li key={base.name}>{base.name} <span className="quiet">{base.images !== undefined && t('n.images', { n: base.images })}</span></li>)}
                </ul>
              ))}
            </Loaded>
          </Card>
        </Stack>
      </div>
      {dialog === 'weak' && <WeakPasswordsDialog onClose={() => setDialog(null)} />}
      {dialog === 'exclude' && <ExcludePathsDialog onClose={() => setDialog(null)} />}
    </div>
  );
}

/** The server says which settings there are; their values say which inputs they need. */
function SettingsForm({ settings }: { settings: Values }) {
  const { t, say } = useI18n();
  const done = useDone();
  const denied = useDenied('admin');
  const [draft, setDraft] = useState(settings);
  const changes = Object.fromEntries(Object.entries(draft).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(settings[name])));
  const put = useMutation({ mutationFn: () => api.changeSettings(changes), onSuccess: () => done('do.saved', 'settings') });
  const field = (name: string): Field => {
    const word = `setting.${name}`;
    const label = isWord(word) ? t(word) : name.replaceAll('_', ' ');
    const value = settings[name];
    if (typeof value === 'number') return { name, label, type: 'number' };
    if (typeof value === 'boolean') return { name, label, type: 'switch' };
    if (name.endsWith('_kinds') || name === 'risks') return { name, label, type: 'choices', options: KINDS.map((kind) => ({ value: kind, label: say('kind', kind) })), hint: t('policies.emptyAll') };
    if (Array.isArray(value)) return { name, label, type: 'lines' };
    return { name, label, type: name.endsWith('_policy') || String(value).includes('\n') ? 'area' : 'text' };
  };
  const simple = Object.keys(settings).filter((name) => settings[name] === null || typeof settings[name] !== 'object' || Array.isArray(settings[name]));
  return (
    <Card>
      <form onSubmit={(event) => { event.preventDefault(); put.mutate(); }}>
        <Stack gap="sm">
          {simple.map((name) => <FieldInput key={name} field={field(name)} value={draft[name]} onChange={(value) => setDraft((before) => ({ ...before, [name]: value }))} />)}
          {put.error && <Failure error={put.error} />}
          <div className="dialog-foot"><Button type="submit" loading={put.isPending} disabled={!!denied || Object.keys(changes).length === 0} title={denied}>{t('do.save')}</Button></div>
        </Stack>
      </form>
    </Card>
  );
}
