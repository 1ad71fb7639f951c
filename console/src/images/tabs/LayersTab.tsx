// Layer by layer: the instruction, the bytes, what it brought, what it hides.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../../api/calls';
import { useI18n } from '../../i18n';
import { bytes, shortDigest } from '../../lib/format';
import { Copy, PlainTable } from '../../ui/Bits';
import { SeverityCounts, Tag } from '../../ui/Chips';
import { Loaded } from '../../ui/States';
import type { TabProps } from '../ImagePage';

export function LayersTab({ image }: TabProps) {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['image', image.id, 'layers'], queryFn: () => api.imageLayers(image.id) });
  return (
    <div className="tab-flow">
      <Loaded query={query}>
        {({ items }) => {
          const largest = Math.max(1, ...items.map((layer) => layer.size));
          return (
            <PlainTable label={t('image.tab.layers')}>
                <thead>
                  <tr>
                    <th scope="col">#</th><th scope="col">{t('layers.instruction')}</th><th scope="col">{t('word.size')}</th><th scope="col" className="right">{t('layers.adds')}</th>
                    <th scope="col">{t('layers.findings')}</th><th scope="col" className="right">{t('layers.buried')}</th><th scope="col">{t('images.digest')}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((layer) => (
                    <tr key={layer.index}>
                      <td className="num">{layer.index}</td>
                      <td style={{ minWidth: 260 }}><code>{layer.instruction || '–'}</code> {layer.inherited && <Tag tone="low">{t('finding.inherited')}</Tag>}</td>
                      <td style={{ minWidth: 160 }}><div className="bar-cell"><span className="bar"><span style={{ width: `${(100 * layer.size) / largest}%` }} /></span><span className="num line">{bytes(layer.size)}</span></div></td>
                      <td className="num right"><Link to={`/image/${image.id}/software?layer=${layer.index}`}>{layer.components}</Link></td>
                      <td><Link to={`/image/${image.id}/vulnerabilities?layer=${layer.index}`} aria-label={`${t('layers.findings')} ${layer.index}`}><SeverityCounts counts={layer.findings} /></Link></td>
                      <td className="num right">{layer.buried}</td>
                      <td className="line"><code title={layer.digest ?? layer.diff_id}>{shortDigest(layer.digest ?? layer.diff_id)}</code> <Copy text={layer.digest ?? layer.diff_id} label={t('images.digest')} /></td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
          );
        }}
      </Loaded>
    </div>
  );
}
