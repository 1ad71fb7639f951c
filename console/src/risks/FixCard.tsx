// One thing to do, what it clears, and what to type.
import type { FixAction } from '../api/types';
import { useI18n } from '../i18n';
import { CodeBlock, Section } from '../ui/Bits';
import './risk.css';

export function FixCard({ fix }: { fix: FixAction }) {
  const { t, say } = useI18n();
  return (
    <Section
      title={fix.title}
      aside={<span className="quiet small">{say('fix-kind', fix.kind)} · {t('panel.clears', { risks: t('n.risks', { n: fix.risks }), images: t('n.images', { n: fix.images }) })}</span>}
    >
      {fix.targets.length > 0 && (
        <ul className="fix-targets">
          {fix.targets.map((target) => (
            <li key={target.name}>
              <code>{target.name}</code> {target.from} {target.to && <>→ <strong>{target.to}</strong></>}
            </li>
          ))}
        </ul>
      )}
      {fix.command && <CodeBlock text={fix.command} />}
    </Section>
  );
}
