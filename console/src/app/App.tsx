import { lazy } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { Lines, Failure } from '../ui/States';
import { NotFound } from './NotFound';
import { useSession } from './session';
import { Shell } from './Shell';
import { SignIn } from './SignIn';

// Each page comes when it is asked for.
const OverviewPage = lazy(() => import('../overview/OverviewPage'));
const RiskViewPage = lazy(() => import('../risks/RiskViewPage'));
const ImageListPage = lazy(() => import('../images/ImageListPage'));
const ImagePage = lazy(() => import('../images/ImagePage'));
const RiskPage = lazy(() => import('../risks/RiskPage'));
const RegistriesPage = lazy(() => import('../manage/RegistriesPage'));
const TasksPage = lazy(() => import('../manage/TasksPage'));
const DecisionsPage = lazy(() => import('../manage/DecisionsPage'));
const PoliciesPage = lazy(() => import('../manage/PoliciesPage'));
const KnowledgePage = lazy(() => import('../manage/KnowledgePage'));
const UsersPage = lazy(() => import('../manage/UsersPage'));
const TokensPage = lazy(() => import('../manage/TokensPage'));
const ProjectsPage = lazy(() => import('../manage/ProjectsPage'));
const AuditPage = lazy(() => import('../manage/AuditPage'));
const SettingsPage = lazy(() => import('../manage/SettingsPage'));

export function App() {
  const { user, error } = useSession();
  if (user === undefined) return error ? <main><Failure error={error} retry={() => location.reload()} /></main> : <Lines />;
  if (user === null) return <SignIn />;
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<OverviewPage />} />
        <Route path="risks" element={<Navigate to="/risks/system" replace />} />
        <Route path="risks/:tab" element={<RiskViewPage />} />
        <Route path="risks/:tab/:sub" element={<RiskViewPage />} />
        <Route path="risk/:id" element={<RiskPage />} />
        <Route path="images" element={<Navigate to="/images/registry" replace />} />
        <Route path="images/:source" element={<ImageListPage />} />
        <Route path="image/:id" element={<ImagePage />} />
        <Route path="image/:id/:tab" element={<ImagePage />} />
        <Route path="image/:id/:tab/:sub" element={<ImagePage />} />
        <Route path="registries" element={<RegistriesPage />} />
        <Route path="tasks" element={<TasksPage />} />
        <Route path="decisions" element={<DecisionsPage />} />
        <Route path="policies" element={<PoliciesPage />} />
        <Route path="knowledge" element={<KnowledgePage />} />
        <Route path="users" element={<UsersPage />} />
        <Route path="tokens" element={<TokensPage />} />
        <Route path="projects" element={<ProjectsPage />} />
        <Route path="audit" element={<AuditPage />} />
        <Route path="settings" element={<SettingsPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}
