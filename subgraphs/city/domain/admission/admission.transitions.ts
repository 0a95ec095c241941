import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

export const admissionStates = ['PROPOSED', 'IN_FORCE', 'REFUSED', 'LAPSED', 'PASSED'] as const;
export type AdmissionState = (typeof admissionStates)[number];

/** The last four are the doing of a burden reduction. */
export const admissionActions = [
  'GIVE_OPINION', 'SECURE', 'EMPOWER', 'APPROVE', 'REFUSE', 'LAPSE', 'TAKE_EFFECT', 'CUT', 'RESTORE', 'DROP',
] as const;
export type AdmissionAction = (typeof admissionActions)[number];

/** The city's or the district's government. */
const governments = ['CITY_OFFICER', 'DISTRICT_OFFICER'] as const;

/** A gate that is passed leaves others to pass, or is the last: then the admission is in force, or waits for the day of a reduction (EARLY). */
// prettier-ignore
export const admissionTransitions = [
  { action: 'GIVE_OPINION', from: 'PROPOSED', to: 'PROPOSED', by: ['STREET_CLERK'],       outcome: 'PENDING',  emits: 'admission.changed' },
  { action: 'GIVE_OPINION', from: 'PROPOSED', to: 'IN_FORCE', by: ['STREET_CLERK'],       outcome: 'COMPLETE', emits: 'admission.changed' },
  { action: 'GIVE_OPINION', from: 'PROPOSED', to: 'PASSED',   by: ['STREET_CLERK'],       outcome: 'EARLY',    emits: 'admission.changed' },
  { action: 'SECURE',       from: 'PROPOSED', to: 'PROPOSED', by: ['DEPARTMENT_OFFICER'], outcome: 'PENDING',  emits: 'admission.changed' },
  { action: 'SECURE',       from: 'PROPOSED', to: 'IN_FORCE', by: ['DEPARTMENT_OFFICER'], outcome: 'COMPLETE', emits: 'admission.changed' },
  { action: 'SECURE',       from: 'PROPOSED', to: 'PASSED',   by: ['DEPARTMENT_OFFICER'], outcome: 'EARLY',    emits: 'admission.changed' },
  { action: 'EMPOWER',      from: 'PROPOSED', to: 'PROPOSED', by: ['DEPARTMENT_OFFICER'], outcome: 'PENDING',  emits: 'admission.changed' },
  { action: 'EMPOWER',      from: 'PROPOSED', to: 'IN_FORCE', by: ['DEPARTMENT_OFFICER'], outcome: 'COMPLETE', emits: 'admission.changed' },
  { action: 'EMPOWER',      from: 'PROPOSED', to: 'PASSED',   by: ['DEPARTMENT_OFFICER'], outcome: 'EARLY',    emits: 'admission.changed' },
  { action: 'APPROVE',      from: 'PROPOSED', to: 'PROPOSED', by: governments,            outcome: 'PENDING',  emits: 'admission.changed' },
  { action: 'APPROVE',      from: 'PROPOSED', to: 'IN_FORCE', by: governments,            outcome: 'COMPLETE', emits: 'admission.changed' },
  { action: 'APPROVE',      from: 'PROPOSED', to: 'PASSED',   by: governments,            outcome: 'EARLY',    emits: 'admission.changed' },
  { action: 'REFUSE',       from: 'PROPOSED', to: 'REFUSED',  by: governments,                                 emits: 'admission.changed' },
  { action: 'REFUSE',       from: 'PASSED',   to: 'REFUSED',  by: governments,                                 emits: 'admission.changed' },
  { action: 'LAPSE',        from: 'IN_FORCE', to: 'LAPSED',   by: governments,                                 emits: 'admission.changed' },
  { action: 'TAKE_EFFECT',  from: 'PROPOSED', to: 'PROPOSED', by: [],                                          emits: 'admission.changed' },
  { action: 'TAKE_EFFECT',  from: 'PASSED',   to: 'IN_FORCE', by: [],                                          emits: 'admission.changed' },
  { action: 'CUT',          from: 'IN_FORCE', to: 'LAPSED',   by: [],                   outcome: 'WHOLLY',      emits: 'admission.changed' },
  { action: 'CUT',          from: 'IN_FORCE', to: 'IN_FORCE', by: [],                   outcome: 'IN_PLACES',   emits: 'admission.changed' },
  { action: 'RESTORE',      from: 'LAPSED',   to: 'IN_FORCE', by: [],                                          emits: 'admission.changed' },
  { action: 'RESTORE',      from: 'IN_FORCE', to: 'IN_FORCE', by: [],                                          emits: 'admission.changed' },
  { action: 'DROP',         from: 'PROPOSED', to: 'REFUSED',  by: [],                                          emits: 'admission.changed' },
  { action: 'DROP',         from: 'PASSED',   to: 'REFUSED',  by: [],                                          emits: 'admission.changed' },
] as const satisfies readonly Transition<AdmissionState, AdmissionAction>[];

export const admissionStateNames: Readonly<Record<AdmissionState, Named>> = {
  PROPOSED: { zh: '已提出', en: 'proposed' },
  IN_FORCE: { zh: '已准入', en: 'in force' },
  REFUSED: { zh: '不予准入', en: 'refused' },
  LAPSED: { zh: '已失效', en: 'lapsed' },
  PASSED: { zh: '四关已过,待生效日', en: 'all gates passed, its day to come' },
};

export const admissionActionNames: Readonly<Record<AdmissionAction, Named>> = {
  GIVE_OPINION: { zh: '街道提出意见', en: "give the street's opinion" },
  SECURE: { zh: '落实经费与人员', en: 'provide funds and posts' },
  EMPOWER: { zh: '赋予相应权力', en: 'confer matching powers' },
  APPROVE: { zh: '批准', en: 'approve' },
  REFUSE: { zh: '不予准入', en: 'refuse' },
  LAPSE: { zh: '终止准入', en: 'let it lapse' },
  TAKE_EFFECT: { zh: '到日生效', en: 'take effect on the day' },
  CUT: { zh: '减负清退', en: 'be cut by a reduction' },
  RESTORE: { zh: '恢复准入', en: 'be restored' },
  DROP: { zh: '不再需要', en: 'be needed no more' },
};
