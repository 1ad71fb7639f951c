// Scans that come by themselves.
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Schedule } from '../api/types';
import { useI18n } from '../i18n';
import { count } from '../lib/format';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { KINDS } from '../lib/words';
import { PageHead, When } from '../ui/Bits';
import { Confirm } from '../ui/Confirm';
import { type Column, DataTable } from '../ui/DataTable';
import { type Field, FormDialog } from '../ui/FormDialog';
import { Icon } from '../ui/Icon';
import { RowMenu } from '../ui/RowMenu';
import { Empty } from '../ui/States';
import { useDenied, useDo, useDone, useRegistryOptions } from './useManage';

type Dialog = { kind: 'add' } | { kind: 'edit' | 'delete'; policy: Schedule };

export default function PoliciesPage() {
  const { t, say, language } = useI18n();
  const url = useListUrl();
  const list = useList<Schedule>(['policies'], api.policies, url.query);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const denied = useDenied('operator');
  const done = useDone();
  const registries = useRegistryOptions();
  const enable = useDo(({ policy, enabled }: { policy: Schedule; enabled: boolean }) => api.changePolicy(policy.id, { enabled, look_back_days: policy.look_back_days }), 'do.saved', 'policies');
  const columns: Column<Schedule>[] = [
    { key: 'name', label: t('word.name'), width: 160, grow: true, cell: (row) => <span className="cell-main">{row.name}</span> },
    { key: 'enabled', label: t('policies.enabled'), cell: (row) => <Switch size="xs" aria-label={`${t('policies.enabled')}: ${row.name}`} checked={row.enabled} disabled={!!denied} onChange={(event) => enable.mutate({ policy: row, enabled: event.currentTarget.checked })} /> },
    { key: 'cycle', label: t('policies.cycle'), cell: (row) => ('days' in row.cycle ? t('policies.everyDays', { n: row.cycle.days }) : t('policies.cron', { cron: row.cycle.cron })) },
    { key: 'registries', label: t('policies.registries'), width: 140, cell: (row) => (row.registries.length ? row.registries.map((id) => registries.find((one) => one.value === id)?.label ?? id).join(', ') : t('policies.allRegistries')) },
    { key: 'risks', label: t('scan.risks'), width: 140, cell: (row) => <span className="cell-sub">{row.risks.length ? row.risks.map((kind) => say('kind', kind)).join(', ') : t('risks.all')}</span> },
    { key: 'rate', label: t('policies.rate'), align: 'right', cell: (row) => (row.images_per_hour ? count(row.images_per_hour, language) : '–') },
    { key: 'next', label: t('policies.next'), cell: (row) => (row.enabled ? <When time={row.next_at} exact empty="–" /> : t('policies.off')) },
    { key: 'last', label: t('policies.last'), cell: (row) => <When time={row.last_at} /> },
  ];
  const close = () => setDialog(null);
  const saved = () => {
    done('do.saved', 'policies');
    close();
  };
  const addButton = <Button disabled={!!denied} title={denied} leftSection={<Icon name="plus" size={14} />} onClick={() => setDialog({ kind: 'add' })}>{t('policies.add')}</Button>;
  return (
    <div className="page">
      <PageHead title={t('nav.policies')} hint={t('policies.hint')}>{addButton}</PageHead>
      <DataTable
        label={t('nav.policies')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        actions={(row) => (
          <RowMenu
            name={row.name}
            items={[
              { label: t('do.edit'), denied, onClick: () => setDialog({ kind: 'edit', policy: row }) },
              { label: t('do.delete'), denied, danger: true, onClick: () => setDialog({ kind: 'delete', policy: row }) },
            ]}
          />
        )}
        empty={<Empty icon="policies" title={t('policies.none')} hint={t('policies.noneHint')}>{addButton}</Empty>}
      />
      {dialog?.kind === 'add' && <PolicyForm onClose={close} onDone={saved} />}
      {dialog?.kind === 'edit' && <PolicyForm policy={dialog.policy} onClose={close} onDone={saved} />}
      {dialog?.kind === 'delete' && <Confirm title={t('do.deleteSure', { name: dialog.policy.name })} action={t('do.delete')} run={() => api.deletePolicy(dialog.policy.id)} onDone={() => { done('do.deleted', 'policies'); close(); }} onClose={close} />}
    </div>
  );
}

type Draft = Pick<Schedule, 'name' | 'enabled' | 'registries' | 'risks' | 'look_back_days'> & { days: number | null; cron: string; images_per_hour: number | null };

function PolicyForm({ policy, onClose, onDone }: { policy?: Schedule; onClose: () => void; onDone: () => void }) {
  const { t, say } = useI18n();
  const registries = useRegistryOptions();
  const fields: Field<Draft>[] = [
    { name: 'name', label: t('word.name'), required: true },
    { name: 'enabled', label: t('policies.enabled'), type: 'switch' },
    { name: 'days', label: t('policies.days'), type: 'number', min: 1, max: 365 },
    { name: 'cron', label: t('policies.cronField'), placeholder: '0 3 * * 1-5', rare: !policy || 'days' in policy.cycle },
    { name: 'registries', label: t('policies.registries'), type: 'choices', options: registries, hint: t('policies.emptyAll') },
    { name: 'risks', label: t('scan.risks'), type: 'choices', options: KINDS.map((value) => ({ value, label: say('kind', value) })), hint: t('policies.emptyAll') },
    { name: 'look_back_days', label: t('policies.lookBack'), type: 'number', min: 1 },
    { name: 'images_per_hour', label: t('policies.rate'), type: 'number' },
  ];
  const start: Draft = policy
    ? { ...policy, days: 'days' in policy.cycle ? policy.cycle.days : 7, cron: 'cron' in policy.cycle ? policy.cycle.cron : '' }
    : { name: '', enabled: true, days: 7, cron: '', registries: [], risks: [], look_back_days: null, images_per_hour: 0 };
  const save = (draft: Draft) => {
    const { name, enabled, days, cron, registries, risks, look_back_days, images_per_hour } = draft;
    const body = { name, enabled, registries, risks, look_back_days, images_per_hour: images_per_hour ?? 0, cycle: cron ? { cron } : { days: days ?? 7 } };
    return policy ? api.changePolicy(policy.id, body) : api.addPolicy(body);
  };
  return <FormDialog title={policy ? t('policies.edit') : t('policies.add')} fields={fields} values={start} save={save} onDone={onDone} onClose={onClose} />;
}
