import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Empty } from '../ui/States';

/** One broken page does not take the frame with it. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useI18n();
  return (
    <Empty icon="warning" title={t('state.broken')}>
      <Button onClick={() => location.reload()}>{t('list.refresh')}</Button>
    </Empty>
  );
}
