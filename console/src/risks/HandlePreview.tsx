import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { api } from '../api/calls';
import type { NewDecision, Preview } from '../api/types';
import { useI18n } from '../i18n';
import { SeverityChip, StateChip } from '../ui/Chips';
import { Failure, Lines } from '../ui/States';

/** What the decision would hit now; asked anew when its risks or scope change. */
export function usePreview({ action, risks, scope }: NewDecision) {
  const [asked] = useDebouncedValue(JSON.stringify({ action, risks, scope }), 300);
  return useQuery({
    queryKey: ['preview', asked],
    queryFn: ({ signal }) => api.preview(JSON.parse(asked) as NewDecision, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

export function HandlePreview({ preview }: { preview: { data: Preview | undefined; error: unknown; isPlaceholderData: boolean; refetch: () => unknown } }) {
  const { t } = useI18n();
  const { data, error } = preview;
  if (error) return <Failure error={error} retry={() => void preview.refetch()} />;
  return (
    <section className={`preview${preview.isPlaceholderData ? ' preview-stale' : ''}`} aria-label={t('handle.preview')} aria-live="polite">
      <strong>{t('handle.preview')}</strong>
      {!data && <Lines count={2} />}
      {data && data.pairs === 0 && <div className="quiet">{t('handle.nothing')}</div>}
      {data && data.pairs > 0 && (
        <>
          <div>
            {t('handle.counts', { pairs: t('handle.pairs', { n: data.pairs }), risks: t('n.risks', { n: data.risks }), images: t('n.images', { n: data.images }) })}
            {' · '}
            {t('handle.changes', { n: data.changes })}
          </div>
          <ul tabIndex={0}>
            {data.items.map((pair) => (
              <li key={`${pair.risk} ${pair.image}`}>
                <SeverityChip severity={pair.severity} />
                <span className="break"><strong>{pair.risk}</strong> <span className="quiet">{pair.image_name}</span></span>
                <StateChip state={pair.state} />
              </li>
            ))}
          </ul>
          {data.pairs > data.items.length && <div className="quiet small">{t('handle.more', { n: data.pairs - data.items.length })}</div>}
        </>
      )}
    </section>
  );
}
