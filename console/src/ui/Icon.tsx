// Our icons: strokes on a grid of 24.
const PATHS = {
  menu: 'M4 6h16M4 12h16M4 18h16',
  overview: 'M3 12h7V3H3zM14 21h7v-9h-7zM14 8h7V3h-7zM3 21h7v-5H3z',
  risks: 'M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.800-1.300-8-4.500-8-9V6zM12 8v5M12 16v.01',
  images: 'M12 3l8.500 4.500L12 12 3.500 7.500zM3.500 12L12 16.500 20.500 12M3.500 16.500L12 21l8.500-4.500',
  registries: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.500v.01M8 16.500v.01',
  tasks: 'M9 6h12M9 12h12M9 18h12M3.500 6l1 1 2-2M3.500 12l1 1 2-2M3.500 18l1 1 2-2',
  decisions: 'M12 3v18M6 21h12M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z',
  policies: 'M12 21a9 9 0 110-18 9 9 0 010 18zM12 7v5l3 2',
  knowledge: 'M4 5c3-1 6-.5 8 1 2-1.500 5-2 8-1v14c-3-1-6-.5-8 1-2-1.500-5-2-8-1zM12 6v14',
  users: 'M9 11a4 4 0 100-8 4 4 0 000 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 3.500a4 4 0 010 7M18 15.500c2.500.8 4 2.700 4 5.500',
  tokens: 'M8 19a5 5 0 110-10 5 5 0 010 10zM11.500 10.500L20 2M16 6l3 3',
  projects: 'M3 6h6l2 2h10v11H3z',
  audit: 'M6 3h9l4 4v14H6zM9 9h3M9 13h7M9 17h7',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 9a2 2 0 100-4 2 2 0 000 4zM8 19a2 2 0 100-4 2 2 0 000 4z',
  search: 'M10.500 17a6.500 6.500 0 110-13 6.500 6.500 0 010 13zM15.500 15.500L21 21',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  up: 'M6 15l6-6 6 6',
  sort: 'M8 10l4-4 4 4M8 14l4 4 4-4',
  columns: 'M4 5h16v14H4zM9.500 5v14M14.500 5v14',
  filter: 'M4 5h16l-6 8v6l-4-2v-4z',
  refresh: 'M20 11a8 8 0 00-14.500-3.500L4 9M4 4v5h5M4 13a8 8 0 0014.500 3.500L20 15M20 20v-5h-5',
  export: 'M12 3v12M8 11l4 4 4-4M4 17v4h16v-4',
  bookmark: 'M6 3h12v18l-6-4.500L6 21z',
  more: 'M5 13a1 1 0 100-2 1 1 0 000 2zM12 13a1 1 0 100-2 1 1 0 000 2zM19 13a1 1 0 100-2 1 1 0 000 2z',
  copy: 'M9 9h11v11H9zM15 5V4H4v11h1',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16',
  sync: 'M7 4L4 7l3 3M4 7h13a3 3 0 013 3M17 20l3-3-3-3M20 17H7a3 3 0 01-3-3',
  user: 'M12 12a4.500 4.500 0 100-9 4.500 4.500 0 000 9zM4 21c0-4.500 3.500-6.500 8-6.500s8 2 8 6.500',
  plus: 'M12 5v14M5 12h14',
  warning: 'M12 4l9.500 16h-19zM12 10v5M12 17.500v.01',
  info: 'M12 21a9 9 0 110-18 9 9 0 010 18zM12 11v5M12 8v.01',
  eyeOff: 'M4 4l16 16M10 6.300A9 9 0 0122 12a15 15 0 01-3 3.500M6 8A15 15 0 002 12c2 4 6 6.500 10 6.500 1.500 0 3-.4 4.300-1',
  shield: 'M12 3l8 3v6c0 4.500-3.200 7.700-8 9-4.800-1.300-8-4.500-8-9V6zM8.500 12l2.500 2.500L16 9.500',
  undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 010 12h-3',
  stop: 'M6 6h12v12H6z',
  compare: 'M8 4v16M4 8l4-4 4 4M16 20V4M12 16l4 4 4-4',
  edit: 'M4 20h4L20 8l-4-4L4 16zM13.500 6.500l4 4',
  bin: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14',
  flame: 'M12 3c1 4 6 6 6 11a6 6 0 01-12 0c0-2 1-3.500 2-4.500.5 2 1.500 2.500 2 2.500 0-3 .5-6 2-9z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The load line: a disc cut by a line, as ships carry it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      <circle cx="16" cy="16" r="9.5" stroke="currentColor" strokeWidth="2.6" />
      <path d="M1.500 16h29" stroke="var(--mark)" strokeWidth="3" />
    </svg>
  );
}
