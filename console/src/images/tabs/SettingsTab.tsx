// Unsafe settings: configuration check, password complexity policy, common weak passwords.
import { useParams } from 'react-router';
import { useI18n } from '../../i18n';
import { sum } from '../../lib/format';
import { LinkTabs } from '../../ui/LinkTabs';
import type { TabProps } from '../ImagePage';
import { Checks } from './Checks';
import { FindingsTab } from './FindingsTab';

const KINDS = ['configuration', 'password-policy', 'weak-password'] as const;

export function SettingsTab({ image }: TabProps) {
  const { t, say } = useI18n();
  const { sub } = useParams();
  const kind = KINDS.find((one) => one === sub) ?? 'configuration';
  return (
    <div className="tab-body">
      <LinkTabs small label={t('risks.settingsTabs')} current={kind} tabs={KINDS.map((one) => ({ key: one, label: say('kind', one), to: `/image/${image.id}/settings/${one}`, count: sum(image.counters[one]) }))} />
      {kind === 'configuration' ? <Checks image={image} /> : <FindingsTab image={image} kind={kind} key={kind} />}
    </div>
  );
}
