// In which images a decision holds: between the form and the server.
import type { ImageScope, ImageScopeInput, ImageSource, RegistryKind } from '../api/types';

export type ScopeMode = 'image' | 'all' | 'sources' | 'registryKinds' | 'registries' | 'repositories' | 'images';

export interface ScopeDraft {
  mode: ScopeMode;
  sources: string[];
  registryKinds: string[];
  registries: string[];
  repositories: string;
  images: string[];
}

/** The draft for an existing scope, or for a new one: this image alone where there is one, else all. */
export function readScope(scope: ImageScope | ImageScopeInput | undefined, image: string | undefined): ScopeDraft {
  const draft: ScopeDraft = {
    mode: image ? 'image' : 'all',
    sources: scope?.sources ?? [],
    registryKinds: scope?.registry_kinds ?? [],
    registries: scope?.registries ?? [],
    repositories: (scope?.repositories ?? []).join('\n'),
    images: scope?.images ?? [],
  };
  if (!scope) return draft;
  const filled = (['sources', 'registryKinds', 'registries', 'repositories', 'images'] as const).find((mode) => draft[mode].length > 0);
  return { ...draft, mode: scope.all ? 'all' : (filled ?? 'all') };
}

/** What the server is told. */
export function scopeOf(draft: ScopeDraft, image: string | undefined): ImageScopeInput {
  switch (draft.mode) {
    case 'image': return { images: image ? [image] : [] };
    case 'all': return { all: true };
    case 'sources': return { sources: draft.sources as ImageSource[] };
    case 'registryKinds': return { registry_kinds: draft.registryKinds as RegistryKind[] };
    case 'registries': return { registries: draft.registries };
    case 'repositories': return { repositories: draft.repositories.split('\n').map((line) => line.trim()).filter(Boolean) };
    case 'images': return { images: draft.images };
  }
}
