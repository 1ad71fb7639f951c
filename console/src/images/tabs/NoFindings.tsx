import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/calls';
import type { ImageSummary } from '../../api/types';
import { useI18n } from '../../i18n';
import { duration, moment } from '../../lib/format';
import { Empty } from '../../ui/States';

/** Not scanned, filtered to nothing, or clean as of the last scan. */
export function NoFindings({ image, filtered, clear }: { image: ImageSummary; filtered: boolean; clear: () => void }) {
  const { t, language } = useI18n();
  const knowledge = useQuery({ queryKey: ['knowledge'], queryFn: api.knowledge, staleTime: 300_000 });
  if (!image.scanned_at) return <Empty icon="scan" title={t('image.unscanned')} />;
  if (filtered) {
    return (
      <Empty icon="filter" title={t('state.nomatch')} hint={t('state.nomatchHint')}>
        <Button variant="default" onClick={clear}>{t('state.clear')}</Button>
      </Empty>
    );
  }
  const hint = [
    t('state.scannedAt', { time: moment(image.scanned_at, language) }),
    knowledge.data && t('state.knowledgeAge', { age: duration(knowledge.data.age_hours * 3600, language) }),
  ];
  return <Empty icon="shield" title={t('image.noneFound')} hint={hint.filter(Boolean).join(' · ')} />;
}
