// Tabs that are addresses, each with its count.
import { useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { useI18n } from '../i18n';
import { count } from '../lib/format';
import './tabs.css';

interface LinkTab {
  key: string;
  label: string;
  to: string;
  count?: number;
}

export function LinkTabs({ tabs, current, label, small = false }: { tabs: LinkTab[]; current: string; label: string; small?: boolean }) {
  const { language } = useI18n();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={nav} className={`tabs${small ? ' tabs-small' : ''}`} aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.key} to={tab.to} replace={small} aria-current={tab.key === current ? 'page' : undefined}>
          {tab.label}
          {tab.count !== undefined && <span className="tab-count num">{count(tab.count, language)}</span>}
        </Link>
      ))}
    </nav>
  );
}
