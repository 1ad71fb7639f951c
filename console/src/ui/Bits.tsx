// Small things that many pages show.
import { ActionIcon, type ActionIconProps, CopyButton, Tooltip } from '@mantine/core';
import { type ComponentProps, type ReactNode, useEffect } from 'react';
import { useI18n } from '../i18n';
import { moment, relative } from '../lib/format';
import { Icon, type IconName } from './Icon';
import './bits.css';

/** The heading of a page, what it is about, and what can be done. */
export function PageHead({ title, hint, children }: { title: string; hint?: ReactNode; children?: ReactNode }) {
  useTitle(title);
  return (
    <header className="page-head">
      <div className="page-head-text">
        <h1>{title}</h1>
        {hint && <div className="quiet">{hint}</div>}
      </div>
      <div className="page-head-actions">{children}</div>
    </header>
  );
}

/** The browser's title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Plimsoll`;
  }, [title]);
}

/** `3 hours ago`, and the exact time with its zone on hover. */
export function When({ time, exact = false, empty }: { time: string | null | undefined; exact?: boolean; empty?: string }) {
  const { language, t } = useI18n();
  if (!time) return <span className="quiet">{empty ?? t('time.never')}</span>;
  const full = moment(time, language);
  return (
    <time dateTime={time} title={full} className="line">
      {exact ? full : relative(time, Date.now(), language)}
    </time>
  );
}

export function Copy({ text, label }: { text: string; label?: string }) {
  const { t } = useI18n();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('do.copied') : (label ?? t('do.copy'))}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={`${label ?? t('do.copy')}: ${text.slice(0, 80)}`}>
            <Icon name={copied ? 'check' : 'copy'} size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A command or text to take away. */
export function CodeBlock({ text }: { text: string }) {
  return (
    <div className="code-block">
      <pre tabIndex={0}>{text}</pre>
      <Copy text={text} />
    </div>
  );
}

/** Name and value, as a table of facts; entries without a value are left out. */
export function Facts({ items, columns = 1 }: { items: [string, ReactNode][]; columns?: number }) {
  return (
    <dl className="facts" style={{ '--columns': columns } as React.CSSProperties}>
      {items
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export function Card({ title, aside, children, className = '' }: { title?: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`card ${className}`}>
      {title && (
        <div className="section-head">
          <h2>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

interface IconButtonProps extends ActionIconProps, Omit<ComponentProps<'button'>, keyof ActionIconProps> {
  icon: IconName;
  label: string;
}

/** Takes a target's props too, so that menus and popovers can hang on it. */
export function IconButton({ icon, label, ...props }: IconButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} {...props}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

/** A short table; scrolls sideways where it must. */
export function PlainTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="plain-table" tabIndex={0} role="region" aria-label={label}>
      <table aria-label={label}>{children}</table>
    </div>
  );
}

/** How far: done and failed of all. */
export function Progress({ done, failed, total, label }: { done: number; failed: number; total: number; label: string }) {
  const share = (value: number) => `${total === 0 ? 0 : (100 * value) / total}%`;
  return (
    <div className="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done + failed}>
      <span className="solid-safe" style={{ width: share(done) }} />
      <span className="solid-critical" style={{ width: share(failed) }} />
    </div>
  );
}
