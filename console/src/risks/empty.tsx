// No rows, for one of three reasons.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { duration } from '../lib/format';
import { Empty } from '../ui/States';

/** Nothing scanned yet, nothing matches, or none found. */
export function NoRisks({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t, language } = useI18n();
  const scanned = useQuery({ queryKey: ['images', 'scanned'], queryFn: () => api.images({ status: 'scanned', limit: 1, sort: '-scanned' }) });
  const knowledge = useQuery({ queryKey: ['knowledge'], queryFn: api.knowledge, staleTime: 300_000 });
  if (scanned.data?.total === 0) {
    return (
      <Empty icon="scan" title={t('state.notScanned')} hint={t('state.notScannedHint')}>
        <Button component={Link} to="/registries?dialog=add">{t('state.addRegistry')}</Button>
      </Empty>
    );
  }
  if (filtered) {
    return (
      <Empty icon="filter" title={t('state.nomatch')} hint={t('state.nomatchHint')}>
        <Button variant="default" onClick={clear}>{t('state.clear')}</Button>
      </Empty>
    );
  }
  const age = knowledge.data && t('state.knowledgeAge', { age: duration(knowledge.data.age_hours * 3600, language) });
  return <Empty icon="shield" title={t('state.none')} hint={[t('risks.none.hint'), age].filter(Boolean).join(' · ')} />;
}
