// Two images, or two scans of one, side by side.
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/calls';
import type { Comparison, Finding } from '../../api/types';
import { useI18n } from '../../i18n';
import { moment, purlName } from '../../lib/format';
import { useParam } from '../../lib/url';
import { Card } from '../../ui/Bits';
import { SeverityChip } from '../../ui/Chips';
import { Empty, Loaded } from '../../ui/States';
import type { TabProps } from '../ImagePage';

export function CompareTab({ image }: TabProps) {
  const { t, language } = useI18n();
  const [other, setOther] = useParam('with');
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 250);
  const siblings = useQuery({
    queryKey: ['images', 'compare', image.repository, asked],
    queryFn: () => api.images(asked ? { q: asked, limit: 30, sort: '-updated' } : { repository: image.repository, limit: 30, sort: '-updated' }),
    placeholderData: keepPreviousData,
  });
  const scans = useQuery({ queryKey: ['image', image.id, 'history', 'compare'], queryFn: () => api.imageHistory(image.id)({ limit: 30 }) });
  const options = [
    { group: t('word.images'), items: siblings.data?.items.filter((row) => row.id !== image.id).map((row) => ({ value: row.id, label: `${row.name} (${row.platform || '–'})` })) ?? [] },
    { group: t('history.scans'), items: scans.data?.items.map((scan) => ({ value: scan.id, label: moment(scan.started_at, language) })) ?? [] },
  ];
  const known = options.flatMap((group) => group.items).find((item) => item.value === other);
  if (other && !known) options.push({ group: '', items: [{ value: other, label: other }] });
  const query = useQuery({ queryKey: ['compare', image.id, other], queryFn: () => api.compare(image.id, other ?? ''), enabled: !!other });
  return (
    <div className="tab-flow">
      <Select mb={12} maw={520} label={t('compare.with')} description={t('compare.hint')} searchable searchValue={search} onSearchChange={setSearch} filter={({ options }) => options} data={options} value={other} onChange={setOther} clearable />
      {other ? <Loaded query={query}>{(comparison) => <Sides comparison={comparison} name={known?.label ?? t('compare.other')} />}</Loaded> : <Empty icon="compare" title={t('compare.with')} hint={t('compare.hint')} />}
    </div>
  );
}

function Sides({ comparison, name }: { comparison: Comparison; name: string }) {
  const { t } = useI18n();
  return (
    <>
      <p className="quiet">{t('compare.unchanged')}: {t('n.risks', { n: comparison.unchanged })}</p>
      <div className="split">
        <Side title={t('compare.removed')} findings={comparison.removed} components={comparison.components_removed} />
        <Side title={t('compare.added', { name })} findings={comparison.added} components={comparison.components_added} />
      </div>
      {comparison.components_changed.length > 0 && (
        <>
          <h2 className="sub-head">{t('compare.changed')} ({comparison.components_changed.length})</h2>
          <Card>
            <ul className="references">
              {comparison.components_changed.map(([component, first, second]) => (
                <li key={`${component} ${first} ${second}`}><strong>{component}</strong> <code>{first}</code> → <code>{second}</code></li>
              ))}
            </ul>
          </Card>
        </>
      )}
    </>
  );
}

function Side({ title, findings, components }: { title: string; findings: Finding[]; components: string[] }) {
  const { t, say } = useI18n();
  return (
    <Card title={`${title}: ${t('n.risks', { n: findings.length })}`}>
      <ul className="references">
        {findings.map((finding, index) => (
          <li key={`${finding.kind} ${finding.id} ${index}`}>
            <SeverityChip severity={finding.severity} /> <strong>{finding.id}</strong> <span className="quiet">{finding.component ? purlName(finding.component) : say('kind', finding.kind)}</span>
          </li>
        ))}
        {components.map((component) => <li key={component}><code className="small">{component}</code></li>)}
        {findings.length + components.length === 0 && <li className="quiet">{t('word.none')}</li>}
      </ul>
    </Card>
  );
}
