// A panel beside the list: the list stays in reach, Esc closes, arrows move on.
import { type ReactNode, useEffect, useRef } from 'react';
import { useI18n } from '../i18n';
import { IconButton } from './Bits';
import './panel.css';

interface Props {
  label: string;
  title: ReactNode;
  onClose: () => void;
  onStep?: (step: 1 | -1) => void;
  tools?: ReactNode;
  children: ReactNode;
}

/** A dialog, menu or list is open: its keys are its own. */
function somethingAbove(): boolean {
  return [...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown, .mantine-Menu-dropdown')].some((one) => one.checkVisibility());
}

export function SidePanel({ label, title, onClose, onStep, tools, children }: Props) {
  const { t } = useI18n();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    panel.current?.focus();
    return () => before?.focus?.();
  }, []);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || somethingAbove()) return;
      if (event.key === 'Escape') onClose();
      if (!onStep || !panel.current?.contains(target) || target.closest('input,textarea,select,[role=tab],.table-box,pre')) return;
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : null;
      if (step) {
        event.preventDefault();
        onStep(step);
      }
    };
    window.addEventListener('keydown', keys);
    return () => window.removeEventListener('keydown', keys);
  }, [onClose, onStep]);
  return (
    <aside className="panel" ref={panel} tabIndex={-1} aria-label={label}>
      <header className="panel-head">
        <div className="panel-title">{title}</div>
        <div className="panel-tools">
          {tools}
          {onStep && <IconButton icon="up" label={t('do.previous')} onClick={() => onStep(-1)} />}
          {onStep && <IconButton icon="down" label={t('do.next')} onClick={() => onStep(1)} />}
          <IconButton icon="close" label={`${t('do.close')} (Esc)`} onClick={onClose} />
        </div>
      </header>
      <div className="panel-body">{children}</div>
      {onStep && <footer className="panel-foot quiet small">{t('panel.keys')}</footer>}
    </aside>
  );
}
