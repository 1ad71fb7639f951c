// The frame: who we are, where one can go, who is signed in, whether our knowledge is fresh.
import { AppShell, Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { api } from '../api/calls';
import type { Role } from '../api/types';
import { useI18n, type Word } from '../i18n';
import { duration } from '../lib/format';
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
    <AppShell header={{ height: 52 }} navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={0}>
      <a href="#content" className="skip">{t('app.skip')}</a>
      <AppShell.Header className="header">
        <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" color="white" aria-label={t('app.menu')} />
        <Link to="/" className="brand">
          <Logo />
          {t('app.name')}
        </Link>
        <span className="header-gap" />
        <LanguageButton />
        <AccountMenu />
      </AppShell.Header>
      <AppShell.Navbar className="nav" aria-label={t('app.menu')}>
        {MAIN.map(item)}
        <div className="nav-label">{t('nav.manage')}</div>
        {MANAGE.filter(([, , , role]) => may(role)).map(item)}
      </AppShell.Navbar>
      <AppShell.Main className="main" id="content" tabIndex={-1}>
        <Boundary key={pathname.split('/')[1]}>
          <StaleKnowledge />
          <Suspense fallback={<Lines />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </AppShell.Main>
    </AppShell>
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
