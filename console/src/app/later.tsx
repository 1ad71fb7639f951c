// Dialogs and panels that come when they are opened.
import { type ComponentType, lazy, Suspense } from 'react';

function later<P extends object>(load: () => Promise<ComponentType<P>>) {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function Later(props: P) {
    return (
      <Suspense>
        <Loaded {...props} />
      </Suspense>
    );
  };
}

export const HandleDialog = later(() => import('../risks/HandleDialog').then((module) => module.HandleDialog));
export const ExportDialog = later(() => import('../risks/ExportDialog').then((module) => module.ExportDialog));
export const WeakPasswordsDialog = later(() => import('../risks/ListDialogs').then((module) => module.WeakPasswordsDialog));
export const ExcludePathsDialog = later(() => import('../risks/ListDialogs').then((module) => module.ExcludePathsDialog));
export const BaseImagesDialog = later(() => import('../risks/ListDialogs').then((module) => module.BaseImagesDialog));
export const RiskDrawer = later(() => import('../risks/RiskDrawer').then((module) => module.RiskDrawer));
export const ScanDialog = later(() => import('../images/ScanDialog').then((module) => module.ScanDialog));
export const SyncDialog = later(() => import('../images/ScanDialog').then((module) => module.SyncDialog));
