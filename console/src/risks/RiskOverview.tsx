// The notice: what it is, how bad, what to do, which components.
import { useLocation, Link } from 'react-router';
import type { RiskDetail } from '../api/types';
import { useI18n } from '../i18n';
import { count, day, percent, purlName } from '../lib/format';
import { writeParams } from '../lib/url';
import { Facts, PlainTable, Section, When } from '../ui/Bits';
import { SeverityChip } from '../ui/Chips';
import { Icon } from '../ui/Icon';

export function RiskOverview({ risk }: { risk: RiskDetail }) {
  const { t, language } = useI18n();
  const { search } = useLocation();
  const fix = `?${writeParams(new URLSearchParams(search), { tab: 'fix' })}`;
  return (
    <>
      {risk.description && <p className="risk-text">{risk.description}</p>}
      <div className="suggestion">
        <Icon name="shield" />
        <div>
          <strong>{t('risk.suggestion')}</strong>
          <div>{risk.advice ?? risk.fixes[0]?.title ?? t('risk.noSuggestion')}</div>
          {risk.fixes.length > 0 && <Link to={fix}>{risk.kind === 'vulnerability' ? t('panel.toUpgrade') : t('panel.fix')} →</Link>}
        </div>
      </div>
      <Facts
        items={[
          [t('risk.affected'), `${count(risk.images, language)} (${t('risk.inheritedCount', { n: risk.inherited })})`],
          [t('risk.firstSeen'), <When key="seen" time={risk.first_seen} exact />],
          [t('risk.published'), risk.published && day(risk.published, language)],
          [t('risk.kev'), risk.kev_added],
          [t('risk.epss'), risk.epss != null && `${percent(risk.epss)}${risk.epss_percentile != null ? ` · ${t('risk.epssOf', { percentile: percent(risk.epss_percentile) })}` : ''}`],
          [t('risk.aliases'), risk.aliases.join(', ')],
          [t('risk.category'), risk.category],
          [t('risk.weaknesses'), risk.cwes.join(', ')],
          [t('risk.feeds'), risk.sources.join(', ')],
        ].map(([name, value]) => [String(name), value === false ? null : value])}
      />
      {risk.cvss_all.length > 0 && (
        <Section title={t('risk.scores')}>
          <ul className="scores">
            {risk.cvss_all.map((cvss) => (
              <li key={`${cvss.source} ${cvss.vector}`}>
                <strong className="num">{cvss.score.toFixed(1)}</strong> CVSS {cvss.version} <span className="quiet">{cvss.source}</span> <code>{cvss.vector}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {risk.components_detail.length > 0 && <Components risk={risk} />}
      {risk.references.length > 0 && (
        <Section title={t('risk.references')}>
          <ul className="references">
            {risk.references.map((reference) => (
              <li key={reference}><Reference text={reference} /></li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

/** A link only where it is one of the web: references come from feeds. */
export function Reference({ text }: { text: string }) {
  return /^https?:\/\//.test(text) ? <a href={text} target="_blank" rel="noreferrer noopener" className="break">{text}</a> : <span className="break">{text}</span>;
}

function Components({ risk }: { risk: RiskDetail }) {
  const { t, say, language } = useI18n();
  return (
    <Section title={t('risk.components.title')}>
      <PlainTable label={t('risk.components.title')}>
          <thead>
            <tr>
              <th scope="col">{t('risk.component')}</th>
              <th scope="col">{t('risk.installed')}</th>
              <th scope="col">{t('risk.fixedIn')}</th>
              <th scope="col">{t('risk.vendorState')}</th>
              <th scope="col">{t('word.severity')}</th>
              <th scope="col" className="right">{t('word.images')}</th>
            </tr>
          </thead>
          <tbody>
            {risk.components_detail.map((component) => (
              <tr key={component.purl}>
                <td title={component.purl}><strong>{purlName(component.purl)}</strong></td>
                <td><code>{component.installed}</code></td>
                <td>{component.fixed ? <code>{component.fixed}</code> : '–'}</td>
                <td>{component.state && say('fix-state', component.state)}</td>
                <td><SeverityChip severity={component.severity} /></td>
                <td className="num right">{count(component.images, language)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
    </Section>
  );
}
