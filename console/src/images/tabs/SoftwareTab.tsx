// What is installed; rows unfold to their vulnerabilities.
import { api } from '../../api/calls';
import type { ComponentReport, FindingRow } from '../../api/types';
import { useI18n } from '../../i18n';
import { sum } from '../../lib/format';
import { useList } from '../../lib/list';
import { useListUrl } from '../../lib/url';
import { useShownColumns } from '../../ui/columns';
import { SeverityChip, SeverityCounts, UrgencyText } from '../../ui/Chips';
import { type Column, DataTable } from '../../ui/DataTable';
import { FilterBar } from '../../ui/FilterBar';
import { Failure, Lines } from '../../ui/States';
import { Link } from 'react-router';
import type { TabProps } from '../ImagePage';
import { NoFindings } from './NoFindings';
import { PlainTable } from '../../ui/Bits';

export function SoftwareTab({ image }: TabProps) {
  const { t } = useI18n();
  const url = useListUrl();
  const list = useList<ComponentReport>(['image', image.id, 'components'], api.imageComponents(image.id), url.query);
  const all: Column<ComponentReport>[] = [
    { key: 'name', label: t('software.name'), sort: 'name', width: 200, cell: (row) => <><span className="cell-main">{row.name}</span>{row.source && row.source.name !== row.name && <span className="cell-sub">{row.source.name}</span>}</> },
    { key: 'type', label: t('word.type'), sort: 'type', cell: (row) => row.type },
    { key: 'version', label: t('word.version'), sort: 'version', cell: (row) => <code>{row.version}</code> },
    { key: 'vulnerabilities', label: t('software.vulns'), sort: 'vulnerabilities', cell: (row) => (sum(row.vulnerabilities) ? <SeverityCounts counts={row.vulnerabilities} /> : <span className="quiet">0</span>) },
    { key: 'licences', label: t('software.licences'), width: 120, cell: (row) => <span className="cell-sub">{row.licenses.join(', ') || '–'}</span> },
    { key: 'path', label: t('word.path'), width: 180, grow: true, cell: (row) => <code title={row.paths.join('\n')}>{row.paths[0] ?? '–'}</code> },
    { key: 'layer', label: t('word.layer'), align: 'right', cell: (row) => row.layer },
    { key: 'foundBy', label: t('software.foundBy'), optional: true, cell: (row) => row.found_by },
    { key: 'arch', label: t('word.platform'), optional: true, cell: (row) => row.arch ?? '–' },
    { key: 'present', label: t('finding.present'), optional: true, cell: (row) => (row.present ? t('list.yes') : t('finding.buried')) },
    { key: 'purl', label: 'purl', optional: true, width: 200, cell: (row) => <code>{row.purl}</code> },
  ];
  const columns = useShownColumns('components', all);
  const yesNo = [{ value: 'true', label: t('list.yes') }, { value: 'false', label: t('list.no') }];
  return (
    <div className="tab-body">
      <FilterBar
        url={url}
        facets={list.facets}
        searchLabel={t('software.search')}
        filters={[
          { name: 'vulnerable', label: t('software.vulnerable'), options: yesNo, single: true, pinned: true },
          { name: 'type', label: t('word.type'), placeholder: 'deb' },
          { name: 'licence', label: t('software.licences'), placeholder: 'MIT' },
          { name: 'layer', label: t('word.layer'), type: 'number' },
          { name: 'present', label: t('finding.present'), options: yesNo, single: true },
        ]}
      >
        {columns.chooser}
      </FilterBar>
      <DataTable
        label={t('image.tab.software')}
        list={list}
        columns={columns.shown}
        rowId={(row) => `${row.purl} ${row.paths[0]} ${row.layer}`}
        rowName={(row) => row.name}
        sort={url.sort}
        onSort={(sort) => url.set({ sort })}
        unfold={(row) => <ComponentVulnerabilities image={image.id} row={row} />}
        empty={<NoFindings image={image} filtered={Object.keys(url.filters).length > 0 || url.q !== ''} clear={url.clear} />}
      />
    </div>
  );
}

function ComponentVulnerabilities({ image, row }: { image: string; row: ComponentReport }) {
  const { t, say } = useI18n();
  const list = useList<FindingRow>(['image', image, 'findings'], api.imageFindings(image), { kind: 'vulnerability', component: row.purl, state: 'all' }, { enabled: sum(row.vulnerabilities) > 0 });
  if (sum(row.vulnerabilities) === 0) return <span className="quiet">{t('software.noVulns')}</span>;
  if (list.error) return <Failure error={list.error} retry={list.refetch} />;
  if (list.loading) return <Lines count={2} />;
  return (
    <PlainTable label={t('software.vulns')}>
        <thead>
          <tr><th scope="col">{t('risk.vulnerability')}</th><th scope="col">{t('word.severity')}</th><th scope="col">{t('word.urgency')}</th><th scope="col">{t('finding.solution')}</th></tr>
        </thead>
        <tbody>
          {list.rows.map((finding) => (
            <tr key={finding.risk}>
              <td><Link to={`/image/${image}/vulnerabilities?open=${encodeURIComponent(finding.risk)}`}>{finding.id}</Link> <span className="quiet">{finding.title}</span></td>
              <td><SeverityChip severity={finding.severity} /></td>
              <td><UrgencyText urgency={finding.urgency} /></td>
              <td>{finding.fixed ? t('finding.upgrade', { version: finding.fixed }) : finding.state ? say('fix-state', finding.state) : t('fixable.no')}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
  );
}
