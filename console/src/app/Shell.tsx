// The frame: who we are, where one can go, who is signed in, whether our knowledge is fresh.
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { api } from '../api/calls';
import type { Role } from '../api/types';
import { useI18n, type Word } from '../i18n';
import { duration } from '../lib/format';
import { IconButton } from '../ui/Bits';
import { Icon, type IconName, Logo } from '../ui/Icon';
import { Banner, Lines } from '../ui/States';
import { AccountMenu, LanguageButton } from './Account';
import { Boundary } from './Boundary';
import { useSession } from './session';
import './shell.css';

const MAIN: [IconName, Word, string][] = [
  ['overview', 'nav.overview', '/'],
  ['risks', 'nav.risks', '/risks'],
  ['images', 'nav.images', '/images'],
];

const MANAGE: [IconName, Word, string, Role][] = [
  ['registries', 'nav.registries', '/registries', 'viewer'],
  ['tasks', 'nav.tasks', '/tasks', 'viewer'],
  ['decisions', 'nav.decisions', '/decisions', 'viewer'],
  ['policies', 'nav.policies', '/policies', 'viewer'],
  ['knowledge', 'nav.knowledge', '/knowledge', 'viewer'],
  ['tokens', 'nav.tokens', '/tokens', 'viewer'],
  ['users', 'nav.users', '/users', 'admin'],
  ['projects', 'nav.projects', '/projects', 'admin'],
  ['audit', 'nav.audit', '/audit', 'admin'],
  ['settings', 'nav.settings', '/settings', 'admin'],
];

export function Shell() {
  const { t } = useI18n();
  const { may } = useSession();
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  const item = ([icon, word, to]: readonly [IconName, Word, string, ...unknown[]]) => (
    <NavLink key={to} to={to} end={to === '/'} className={({ isActive }) => `nav-link${isActive || (to === '/images' && pathname.startsWith('/image/')) ? ' nav-on' : ''}`}>
      <Icon name={icon} size={17} />
      {t(word)}
    </NavLink>
  );
  return (
    <div className="shell">
      <a href="#content" className="skip">{t('app.skip')}</a>
      <header className="header">
        <span className="header-menu"><IconButton icon="menu" label={t('app.menu')} aria-expanded={opened} onClick={toggle} /></span>
        <Link to="/" className="brand">
          <Logo />
          {t('app.name')}
        </Link>
        <span className="header-gap" />
        <LanguageButton />
        <AccountMenu />
      </header>
      <nav className={`nav${opened ? ' nav-open' : ''}`} aria-label={t('app.menu')}>
        {MAIN.map(item)}
        <div className="nav-label">{t('nav.manage')}</div>
        {MANAGE.filter(([, , , role]) => may(role)).map(item)}
      </nav>
      <main className="main" id="content" tabIndex={-1}>
        <Boundary key={pathname.split('/')[1]}>
          <StaleKnowledge />
          <Suspense fallback={<Lines />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}

/** Says on every page that newer vulnerabilities may be missing. */
function StaleKnowledge() {
  const { t, language } = useI18n();
  const { data } = useQuery({ queryKey: ['knowledge'], queryFn: api.knowledge, staleTime: 300_000 });
  if (!data?.stale) return null;
  return (
    <Banner action={<Link to="/knowledge">{t('state.update')}</Link>}>
      {t('state.stale', { age: duration(data.age_hours * 3600, language) })}
    </Banner>
  );
}
