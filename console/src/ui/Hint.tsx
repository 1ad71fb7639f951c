import { Tooltip } from '@mantine/core';
import { type ReactNode, useState } from 'react';

/** Says more on hover and focus. The tooltip is made when it is first wanted: lists have many of them. */
export function Hint({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  const [made, setMade] = useState(false);
  const [opened, setOpened] = useState(false);
  const show = () => {
    setMade(true);
    setOpened(true);
  };
  const hide = () => setOpened(false);
  const text = <span className={className} tabIndex={0} onPointerEnter={show} onPointerLeave={hide} onFocus={show} onBlur={hide}>{children}</span>;
  return made ? <Tooltip label={label} opened={opened}>{text}</Tooltip> : text;
}
