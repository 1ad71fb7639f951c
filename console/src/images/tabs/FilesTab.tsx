// The files: in numbers by type, the fifty largest, and all of them, searchable.
import { useParams } from 'react-router';
import { api } from '../../api/calls';
import type { FileRow, FilesReport } from '../../api/types';
import { useI18n } from '../../i18n';
import { bytes, count } from '../../lib/format';
import { useList } from '../../lib/list';
import { useListUrl } from '../../lib/url';
import { Card, PlainTable } from '../../ui/Bits';
import { type Column, DataTable } from '../../ui/DataTable';
import { Donut } from '../../ui/Donut';
import { FilterBar } from '../../ui/FilterBar';
import { LinkTabs } from '../../ui/LinkTabs';
import type { TabProps } from '../ImagePage';
import { NoFindings } from './NoFindings';

export function FilesTab({ image }: TabProps) {
  const { t } = useI18n();
  const { sub } = useParams();
  const view = sub === 'all' ? 'all' : 'top';
  if (!image.files) return <NoFindings image={image} filtered={false} clear={() => {}} />;
  const to = (key: string) => `/image/${image.id}/files/${key}`;
  return (
    <div className={view === 'all' ? 'tab-body' : 'tab-flow'}>
      <LinkTabs small label={t('files.views')} current={view} tabs={[{ key: 'top', label: t('files.top'), to: to('top') }, { key: 'all', label: t('files.all'), to: to('all'), count: image.files.count }]} />
      {view === 'all' ? <AllFiles image={image} /> : <InNumbers files={image.files} />}
    </div>
  );
}

function InNumbers({ files }: { files: FilesReport }) {
  const { t, language } = useI18n();
  const types = files.by_type.slice(0, 7).map((one) => ({ label: one.type === 'other' ? t('files.other') : one.type, value: one.bytes, note: `${bytes(one.bytes)} · ${t('n.files', { n: one.count })}` }));
  const rest = files.by_type.slice(7);
  if (rest.length > 0) {
    const size = rest.reduce((all, one) => all + one.bytes, 0);
    types.push({ label: `${t('files.other')} (${rest.length})`, value: size, note: `${bytes(size)} · ${t('n.files', { n: rest.reduce((all, one) => all + one.count, 0) })}` });
  }
  return (
    <>
      <div className="split">
        <Card title={t('files.byType')}>
          <div className="numbers">
            <div><strong>{count(files.count, language)}</strong><span className="quiet small">{t('files.count')}</span></div>
            <div><strong>{bytes(files.bytes)}</strong><span className="quiet small">{t('files.bytes')}</span></div>
            <div><strong>{bytes(files.wasted_bytes)}</strong><span className="quiet small">{t('files.wasted')}</span></div>
          </div>
          <Donut label={t('files.byType')} slices={types} middle={bytes(files.bytes)} />
        </Card>
        <Card title={t('files.privileged')}>
          {files.privileged.length === 0 ? <span className="quiet">{t('word.none')}</span> : (
            <PlainTable label={t('files.privileged')}>
                <thead><tr><th scope="col">{t('word.path')}</th><th scope="col">{t('files.mode')}</th><th scope="col">{t('files.owner')}</th><th scope="col">{t('word.layer')}</th></tr></thead>
                <tbody>
                  {files.privileged.map((file) => (
                    <tr key={file.path}><td><code>{file.path}</code></td><td><code>{file.mode}</code> {file.capabilities && <span className="quiet small">{t('files.capabilities')}</span>}</td><td>{file.owner}</td><td>{file.layer}</td></tr>
                  ))}
                </tbody>
              </PlainTable>
          )}
        </Card>
      </div>
      {files.duplicates.length > 0 && <Duplicates files={files} />}
      <h2 className="sub-head">{t('files.top')}</h2>
      <PlainTable label={t('files.top')}>
          <thead><tr><th scope="col">{t('finding.file')}</th><th scope="col">{t('word.path')}</th><th scope="col">{t('word.type')}</th><th scope="col" className="right">{t('word.size')}</th><th scope="col" className="right">{t('word.layer')}</th></tr></thead>
          <tbody>
            {files.top.slice(0, 50).map((file) => (
              <tr key={file.path}><td>{file.path.split('/').pop()}</td><td><code>{file.path}</code></td><td>{file.type}</td><td className="num right line">{bytes(file.size)}</td><td className="num right">{file.layer}</td></tr>
            ))}
          </tbody>
        </PlainTable>
    </>
  );
}

function Duplicates({ files }: { files: FilesReport }) {
  const { t } = useI18n();
  return (
    <>
      <h2 className="sub-head">{t('files.duplicates')}</h2>
      <PlainTable label={t('files.duplicates')}>
        <thead><tr><th scope="col">{t('word.path')}</th><th scope="col" className="right">{t('word.size')}</th><th scope="col" className="right">{t('files.times')}</th></tr></thead>
        <tbody>
          {files.duplicates.map((one) => (
            <tr key={one.sha256}><td><code>{one.paths.join(' · ')}</code></td><td className="num right line">{bytes(one.size)}</td><td className="num right">{one.count}</td></tr>
          ))}
        </tbody>
      </PlainTable>
    </>
  );
}

function AllFiles({ image }: TabProps) {
  const { t } = useI18n();
  const url = useListUrl();
  const { q, ...rest } = url.query;
  const list = useList<FileRow>(['image', image.id, 'files'], api.imageFiles(image.id), { ...rest, ...(q && { path: q }) });
  const columns: Column<FileRow>[] = [
    { key: 'path', label: t('word.path'), sort: 'path', width: 260, grow: true, cell: (row) => <code>{row.path}{row.link && ` → ${row.link}`}</code> },
    { key: 'type', label: t('word.type'), cell: (row) => row.type },
    { key: 'mode', label: t('files.mode'), cell: (row) => <code>{row.mode}</code> },
    { key: 'owner', label: t('files.owner'), cell: (row) => `${row.uid}:${row.gid}` },
    { key: 'size', label: t('word.size'), sort: 'size', align: 'right', cell: (row) => <span className="line">{bytes(row.size)}</span> },
    { key: 'layer', label: t('word.layer'), align: 'right', cell: (row) => row.layer },
  ];
  const types = ['file', 'dir', 'symlink', 'hardlink', 'char', 'block', 'fifo'];
  return (
    <>
      <FilterBar url={url} facets={list.facets} searchLabel={t('files.search')} filters={[{ name: 'type', label: t('word.type'), options: types.map((value) => ({ value, label: value })), single: true, pinned: true }, { name: 'layer', label: t('word.layer'), type: 'number' }]} />
      <DataTable label={t('files.all')} list={list} columns={columns} rowId={(row) => row.path} rowName={(row) => row.path} sort={url.sort} onSort={(sort) => url.set({ sort })} empty={<NoFindings image={image} filtered clear={url.clear} />} />
    </>
  );
}
