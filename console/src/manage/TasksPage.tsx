// Scans, synchronizations, exports: how far, what failed, stop, retry.
import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/calls';
import type { Task, TaskJob } from '../api/types';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useListUrl, useParam } from '../lib/url';
import { CodeBlock, Facts, PageHead, Section, When } from '../ui/Bits';
import { StatusText } from '../ui/Chips';
import { type Column, DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { LinkTabs } from '../ui/LinkTabs';
import { SidePanel } from '../ui/SidePanel';
import { Banner, Empty, Loaded } from '../ui/States';
import { TaskProgress } from '../ui/TaskLine';
import { useDenied, useDo } from './useManage';

const KINDS = ['scan', 'sync', 'export', 'reassess'] as const;
const STATES = ['waiting', 'running', 'done', 'failed', 'stopped'];
const ended = (task: Task) => ['done', 'failed', 'stopped'].includes(task.state);

export default function TasksPage() {
  const { t, say } = useI18n();
  const url = useListUrl();
  const [open, setOpen] = useParam('open');
  const list = useList<Task>(['tasks'], api.tasks, url.query, { refresh: 3000 });
  const kind = url.filters.kind ?? 'all';
  const columns: Column<Task>[] = [
    { key: 'name', label: t('tasks.name'), width: 200, grow: true, cell: (row) => <><button type="button" className="cell-main" onClick={() => setOpen(row.id)}>{row.name}</button><span className="cell-sub">{say('task-kind', row.kind)} · {say('trigger', row.trigger)}</span></> },
    { key: 'state', label: t('word.status'), cell: (row) => <StatusText family="task-state" status={row.state} /> },
    { key: 'progress', label: t('tasks.progress'), width: 210, cell: (row) => <TaskProgress task={row} /> },
    { key: 'by', label: t('tasks.by'), cell: (row) => row.created_by },
    { key: 'created', label: t('word.created'), cell: (row) => <When time={row.created_at} /> },
    { key: 'finished', label: t('tasks.finished'), cell: (row) => <When time={row.finished_at} empty="–" /> },
  ];
  return (
    <div className="page">
      <PageHead title={t('nav.tasks')} hint={t('tasks.hint')} />
      <LinkTabs label={t('tasks.kinds')} current={kind} tabs={[{ key: 'all', label: t('tasks.all'), to: '/tasks' }, ...KINDS.map((key) => ({ key, label: say('task-kind', key), to: `/tasks?kind=${key}` }))]} />
      <FilterBar url={url} elsewhere={['kind', 'mine']} searchLabel={t('tasks.search')} filters={[{ name: 'state', label: t('word.status'), options: STATES.map((value) => ({ value, label: say('task-state', value) })), pinned: true }]}>
        <Checkbox size="xs" label={t('tasks.mine')} checked={url.filters.mine === 'true'} onChange={(event) => url.set({ mine: event.currentTarget.checked ? 'true' : null })} />
      </FilterBar>
      <DataTable label={t('nav.tasks')} list={list} columns={columns} rowId={(row) => row.id} rowName={(row) => row.name} open={open} onOpen={(row) => setOpen(row.id)} actions={(row) => <TaskActions task={row} compact />} empty={<Empty icon="tasks" title={t('tasks.none')} />} />
      {open && <TaskPanel id={open} key={open} onClose={() => setOpen(null)} />}
    </div>
  );
}

function TaskActions({ task, compact = false }: { task: Task; compact?: boolean }) {
  const { t } = useI18n();
  const denied = useDenied('operator');
  const stop = useDo((id: string) => api.stopTask(id), 'tasks.stopped', 'tasks');
  const retry = useDo((id: string) => api.retryTask(id), 'tasks.retried', 'tasks');
  const size = compact ? 'compact-xs' : 'xs';
  return (
    <>
      {task.kind === 'export' && task.state === 'done' && <Button size={size} variant="default" component="a" href={api.exportAddress(task.id)} download>{t('export.download')}</Button>}
      {!ended(task) && <Button size={size} variant="default" disabled={!!denied} title={denied} onClick={() => stop.mutate(task.id)}>{t('tasks.stop')}</Button>}
      {ended(task) && task.failed > 0 && <Button size={size} variant="default" disabled={!!denied} title={denied} onClick={() => retry.mutate(task.id)}>{t('tasks.retry')}</Button>}
    </>
  );
}

function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, say } = useI18n();
  const query = useQuery({ queryKey: ['tasks', id], queryFn: () => api.task(id), refetchInterval: ({ state }) => (state.data && ended(state.data) ? false : 2000) });
  return (
    <SidePanel label={t('tasks.name')} title={<h2>{query.data?.name ?? id}</h2>} onClose={onClose}>
      <Loaded query={query}>
        {(task) => (
          <>
            <div className="risk-actions"><TaskActions task={task} /></div>
            {task.error && <Banner>{t('tasks.error')}: {task.error}</Banner>}
            <TaskProgress task={task} />
            <Section title={say('task-kind', task.kind)}>
              <Facts
                items={[
                  [t('word.status'), <StatusText key="state" family="task-state" status={task.state} />],
                  [t('tasks.trigger'), say('trigger', task.trigger)],
                  [t('tasks.by'), task.created_by],
                  [t('word.created'), <When key="created" time={task.created_at} exact />],
                  [t('tasks.started'), task.started_at && <When time={task.started_at} exact />],
                  [t('tasks.finished'), task.finished_at && <When time={task.finished_at} exact />],
                ]}
              />
            </Section>
            {hasContent(task.parameters) && <Section title={t('tasks.asked')}><CodeBlock text={JSON.stringify(task.parameters, null, 2)} /></Section>}
            {hasContent(task.result) && <Section title={t('tasks.result')}><CodeBlock text={JSON.stringify(task.result, null, 2)} /></Section>}
            <Section title={t('tasks.jobs')}><Jobs task={task} /></Section>
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

function hasContent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Image by image: how it stands, and why it failed. */
function Jobs({ task }: { task: Task }) {
  const { t, say } = useI18n();
  const url = useListUrl('j.');
  const list = useList<TaskJob>(['tasks', task.id, 'jobs'], api.taskJobs(task.id), url.query, { refresh: ended(task) ? undefined : 3000 });
  const columns: Column<TaskJob>[] = [
    { key: 'name', label: t('word.name'), width: 160, grow: true, cell: (row) => (task.kind === 'scan' ? <Link to={`/image/${row.subject}`} className="cell-main">{row.name}</Link> : <span className="cell-main">{row.name}</span>) },
    { key: 'state', label: t('word.status'), cell: (row) => <StatusText family="task-state" status={row.state} /> },
    { key: 'error', label: t('tasks.failure'), width: 200, cell: (row) => row.error && <>{row.error.why}<span className="cell-sub">{row.error.remedy}</span></> },
    { key: 'attempts', label: t('tasks.attempts'), align: 'right', cell: (row) => row.attempts },
  ];
  return (
    <>
      <FilterBar url={url} filters={[{ name: 'state', label: t('word.status'), options: STATES.map((value) => ({ value, label: say('task-state', value) })), single: true, pinned: true }]} />
      <DataTable flow label={t('tasks.jobs')} list={list} columns={columns} rowId={(row) => row.id} rowName={(row) => row.name} empty={<Empty icon="tasks" title={t('state.nothing')} />} />
    </>
  );
}
