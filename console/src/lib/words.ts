// The closed families of words the server uses, in the order people see them.
import type { ImageSource, RegistryKind, RiskKind, RiskLevel, RiskState, ScanStatus, Severity, Urgency } from '../api/types';

export const SEVERITIES: Severity[] = ['critical', 'high', 'medium', 'low', 'unknown'];
export const LEVELS: RiskLevel[] = ['critical', 'high', 'medium', 'low', 'safe', 'unknown'];
export const URGENCIES: Urgency[] = ['immediate', 'delay', 'none'];
export const STATES: RiskState[] = ['open', 'reopened', 'ignored', 'whitelisted', 'fixed'];
export const SOURCES: ImageSource[] = ['registry', 'local', 'cicd'];
export const STATUSES: ScanStatus[] = ['unscanned', 'waiting', 'scanning', 'scanned', 'failed', 'stopped', 'unsupported'];
export const KINDS: RiskKind[] = [
  'vulnerability', 'malicious-file', 'configuration', 'password-policy', 'weak-password', 'secret', 'compliance', 'base-image',
];
export const REGISTRY_KINDS: RegistryKind[] = [
  'generic', 'harbor', 'jfrog', 'docker-hub', 'swr', 'ecr', 'acr', 'gar', 'ghcr', 'quay', 'gitlab', 'nexus',
];
