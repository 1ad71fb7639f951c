// The risk view's tabs, in the manual's order: what each asks the server for and which columns it shows.
import type { Facets, RiskKind } from '../api/types';
import type { Word } from '../i18n';
import type { ColumnKey } from './columns';

export interface RiskTab {
  key: string;
  label: Word;
  ask: Record<string, string>;
  columns: ColumnKey[];
  /** Rows unfold to where the risk was seen. */
  unfold: boolean;
}

const VULNERABILITY: ColumnKey[] = ['vulnerability', 'severity', 'urgency', 'cvss', 'epss', 'fixable', 'components', 'images', 'handling', 'firstSeen'];

const SETTINGS: RiskTab[] = [
  { key: 'configuration', label: 'kind.configuration', ask: { kind: 'configuration' }, columns: ['item', 'severity', 'baseline', 'images', 'handling', 'firstSeen'], unfold: true },
  { key: 'password-policy', label: 'kind.password-policy', ask: { kind: 'password-policy' }, columns: ['rule', 'severity', 'images', 'handling', 'firstSeen'], unfold: true },
  { key: 'weak-password', label: 'kind.weak-password', ask: { kind: 'weak-password' }, columns: ['name', 'severity', 'images', 'handling', 'firstSeen'], unfold: true },
];

type Tab = RiskTab & { parts?: RiskTab[] };

export const TABS: [system: Tab, application: Tab, malicious: Tab, ...Tab[]] = [
  { key: 'system', label: 'risks.system', ask: { kind: 'vulnerability', class: 'system' }, columns: VULNERABILITY, unfold: false },
  { key: 'application', label: 'risks.application', ask: { kind: 'vulnerability', class: 'application' }, columns: VULNERABILITY, unfold: false },
  { key: 'malicious', label: 'risks.malicious', ask: { kind: 'malicious-file' }, columns: ['name', 'severity', 'category', 'images', 'handling', 'firstSeen'], unfold: true },
  { key: 'settings', label: 'risks.settings', ask: {}, columns: [], unfold: false, parts: SETTINGS },
  { key: 'secrets', label: 'risks.secrets', ask: { kind: 'secret' }, columns: ['rule', 'severity', 'category', 'images', 'handling', 'firstSeen'], unfold: true },
  { key: 'compliance', label: 'risks.compliance', ask: { kind: 'compliance' }, columns: ['software', 'severity', 'components', 'images', 'handling', 'firstSeen'], unfold: true },
  { key: 'bases', label: 'risks.bases', ask: { kind: 'base-image' }, columns: ['name', 'severity', 'images', 'handling', 'firstSeen'], unfold: true },
];

/** Filters that only vulnerabilities have; they stay behind when people go to another tab. */
const OF_VULNERABILITIES = ['fixable', 'kev', 'epss_min', 'cvss_min', 'published_since'];

/** The filters of a list that hold on a tab. */
export function filtersOn(tab: RiskTab, filters: Record<string, string>): Record<string, string> {
  const foreign = tab.ask.kind === 'vulnerability' ? ['category'] : OF_VULNERABILITIES;
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !foreign.includes(name)));
}

/** How many risks a tab holds, from the counts beside the unfiltered list. */
export function countOf(tab: RiskTab & { parts?: RiskTab[] }, facets: Facets | undefined): number | undefined {
  if (!facets) return undefined;
  if (tab.parts) return tab.parts.reduce((sum, part) => sum + (countOf(part, facets) ?? 0), 0);
  if (tab.ask.class) return facets.class?.[tab.ask.class] ?? 0;
  return facets.kind?.[tab.ask.kind ?? ''] ?? 0;
}

/** The page of one risk. Its dots are written otherwise: a last part with a dot is a file to the server. */
export function riskPage(id: string): string {
  return `/risk/${encodeURIComponent(id).replaceAll('.', '%2E')}`;
}

/** The address of the tab that shows this kind of risk. */
export function tabOf(kind: RiskKind | string, riskClass?: string): string {
  if (kind === 'vulnerability') return `/risks/${riskClass === 'application' ? 'application' : 'system'}`;
  const part = SETTINGS.find((one) => one.ask.kind === kind);
  if (part) return `/risks/settings/${part.key}`;
  return `/risks/${TABS.find((one) => one.ask.kind === kind)?.key ?? 'system'}`;
}
