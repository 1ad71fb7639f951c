// How deep the fleet lies: all images in one bar, the load line where high risk begins.
import { Link } from 'react-router';
import { useI18n } from '../i18n';
import { count } from '../lib/format';
import { LEVELS } from '../lib/words';

export function LoadLine({ levels, total }: { levels: Record<string, number>; total: number }) {
  const { t, say, language } = useI18n();
  const above = (levels.critical ?? 0) + (levels.high ?? 0);
  const share = (value: number) => `${(100 * value) / Math.max(1, total)}%`;
  const shown = LEVELS.filter((level) => (levels[level] ?? 0) > 0);
  return (
    <div>
      <div className="load">
        <div className="load-bar" role="img" aria-label={LEVELS.map((level) => `${say('level', level)}: ${levels[level] ?? 0}`).join(', ')}>
          {shown.map((level) => <span key={level} className={`solid-${level}`} style={{ width: share(levels[level] ?? 0) }} />)}
        </div>
        {above > 0 && above < total && <span className="load-mark" style={{ left: share(above) }} aria-hidden="true" />}
      </div>
      <ul className="load-legend">
        {LEVELS.map((level) => (
          <li key={level}>
            <Link to={`/images/registry?level=${level}`}>
              <span className={`dot solid-${level}`} aria-hidden="true" />
              <strong className="num">{count(levels[level] ?? 0, language)}</strong> {say('level', level)}
            </Link>
          </li>
        ))}
      </ul>
      <div className="quiet small">{t('overview.line', { n: above, total })}</div>
    </div>
  );
}
