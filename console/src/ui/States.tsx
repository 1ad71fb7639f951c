// What people see when there is no list to see: loading, failed, empty in its kinds.
import { Alert, Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { Problem } from '../api/client';
import { useI18n } from '../i18n';
import { Icon, type IconName } from './Icon';
import './states.css';

/** A failure in its place, with the request's id and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useI18n();
  const problem = error instanceof Problem ? error : null;
  const title = problem?.status === 0 ? t('state.unreachable') : problem?.title || t('state.error');
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} title={title} className="failure" role="alert">
      {problem ? problem.detail : String(error)}
      {problem?.request && (
        <div className="small">
          {t('state.request')}: <code>{problem.request}</code>
        </div>
      )}
      {retry && (
        <Button mt={8} variant="default" onClick={retry}>
          {t('state.retry')}
        </Button>
      )}
    </Alert>
  );
}

export function Empty({ icon, title, hint, children }: { icon: IconName; title: string; hint?: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon"><Icon name={icon} size={28} /></span>
      <strong>{title}</strong>
      {hint && <div className="quiet">{hint}</div>}
      {children && <div className="empty-actions">{children}</div>}
    </div>
  );
}

export function Banner({ tone = 'warning', children, action }: { tone?: 'warning' | 'info'; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`banner banner-${tone}`} role="status">
      <Icon name={tone === 'warning' ? 'warning' : 'info'} />
      <div>{children}</div>
      {action}
    </div>
  );
}

export function Lines({ count = 5 }: { count?: number }) {
  return (
    <div aria-busy="true">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={14} mb={10} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** A document that is loading, failed, or there. */
export function Loaded<T>({ query, children }: { query: { data: T | undefined; error: unknown; refetch: () => unknown }; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Lines />;
}
