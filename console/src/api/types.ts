// Short names for the contract's types; every shape is generated from `openapi.json` (`npm run types`).
import type { components } from './schema';

type S = components['schemas'];

export type Action = S['Action'];
export type AuditEntry = S['AuditEntry'];
export type Check = S['Check'];
export type Comparison = S['Comparison'];
export type ComponentReport = S['ComponentReport'];
export type Counters = S['ImageRow']['counters'];
export type DecisionRow = S['DecisionRow'];
export type Evidence = S['Evidence'];
export type Expiry = S['Expiry'];
export type ExpiryInput = S['ExpiryInput'];
export type Facets = S['RiskPage']['facets'];
export type FileRow = S['FileRow'];
export type FilesReport = S['FilesReport'];
export type Finding = S['Finding'];
export type FindingRow = S['FindingRow'];
export type FixAction = S['FixAction'];
export type HistoryEntry = S['HistoryEntry'];
export type ImageRow = S['ImageRow'];
export type ImageScope = S['ImageScope'];
export type ImageScopeInput = S['ImageScopeInput'];
export type ImageSource = S['ImageSource'];
export type ImageSummary = S['ImageSummary'];
export type Knowledge = S['Knowledge'];
export type NewDecision = S['NewDecision'];
export type OverviewAnswer = S['OverviewPage'];
export type Preview = S['Preview'];
export type Project = S['Project'];
export type Registry = S['Registry'];
export type RegistryKind = S['RegistryKind'];
export type RiskChoice = S['RiskChoice'];
export type RiskDetail = S['RiskDetail'];
export type RiskEvidence = S['RiskEvidence'];
export type RiskKind = S['RiskKind'];
export type RiskLevel = S['RiskLevel'];
export type RiskRow = S['RiskRow'];
export type RiskState = S['RiskState'];
export type Role = S['Role'];
export type ScanRecord = S['ScanRecord'];
export type ScanStatus = S['ScanStatus'];
export type Schedule = S['Schedule'];
export type Session = S['Session'];
export type Settings = S['Settings'];
export type Severity = S['Severity'];
export type Task = S['Task'];
export type TaskJob = S['TaskJob'];
export type Token = S['Token'];
export type Urgency = S['Urgency'];
export type User = S['User'];

/** One page of any list. */
export interface Page<R> {
  items: R[];
  total: number;
  next?: string | null;
  facets?: Facets;
}
