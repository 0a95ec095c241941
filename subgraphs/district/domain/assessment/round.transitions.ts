import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

// 考评: the district scores its streets, hears them, publishes, and has set right what was found. 鼓楼's six steps are these
// states: 征求意见 OPEN, 考评 COMPUTED, 反馈 FEEDBACK, 群众知晓 PUBLISHED, 整改 RECTIFYING, 满意度提升 CLOSED (and the next round).

export const roundStates = ['OPEN', 'COMPUTED', 'FEEDBACK', 'PUBLISHED', 'RECTIFYING', 'CLOSED', 'DISCARDED'] as const;
export type RoundState = (typeof roundStates)[number];

export const roundActions = ['FILL', 'COMPUTE', 'OPEN_FEEDBACK', 'OBJECT', 'PUBLISH', 'ORDER', 'CLOSE', 'DISCARD'] as const;
export type RoundAction = (typeof roundActions)[number];

export const objectionStates = ['OPEN', 'ACCEPTED', 'REJECTED'] as const;
export type ObjectionState = (typeof objectionStates)[number];

export const objectionActions = ['ANSWER'] as const;
export type ObjectionAction = (typeof objectionActions)[number];

export const rectificationStates = ['ORDERED', 'SUBMITTED', 'ACCEPTED', 'DROPPED'] as const;
export type RectificationState = (typeof rectificationStates)[number];

export const rectificationActions = ['SUBMIT', 'DECIDE', 'DROP'] as const;
export type RectificationAction = (typeof rectificationActions)[number];

/** One at a time in a district. */
export const unpublishedStates: readonly RoundState[] = ['OPEN', 'COMPUTED', 'FEEDBACK'];
/** Everybody may read. */
export const publicStates: readonly RoundState[] = ['PUBLISHED', 'RECTIFYING', 'CLOSED'];
export const endedRectificationStates: readonly RectificationState[] = ['ACCEPTED', 'DROPPED'];

// prettier-ignore
export const roundTransitions = [
  { action: 'FILL',          from: 'OPEN',       to: 'OPEN',       by: ['DISTRICT_OFFICER'] },
  { action: 'FILL',          from: 'COMPUTED',   to: 'OPEN',       by: ['DISTRICT_OFFICER'] },
  { action: 'COMPUTE',       from: 'OPEN',       to: 'COMPUTED',   by: ['DISTRICT_OFFICER'] },
  { action: 'COMPUTE',       from: 'COMPUTED',   to: 'COMPUTED',   by: ['DISTRICT_OFFICER'] },
  { action: 'COMPUTE',       from: 'FEEDBACK',   to: 'FEEDBACK',   by: ['DISTRICT_OFFICER'] },
  { action: 'OPEN_FEEDBACK', from: 'COMPUTED',   to: 'FEEDBACK',   by: ['DISTRICT_OFFICER'] },
  { action: 'OBJECT',        from: 'FEEDBACK',   to: 'FEEDBACK',   by: ['STREET_CLERK'] },
  { action: 'PUBLISH',       from: 'FEEDBACK',   to: 'PUBLISHED',  by: ['DISTRICT_OFFICER'] },
  { action: 'ORDER',         from: 'PUBLISHED',  to: 'RECTIFYING', by: ['DISTRICT_OFFICER'] },
  { action: 'ORDER',         from: 'RECTIFYING', to: 'RECTIFYING', by: ['DISTRICT_OFFICER'] },
  { action: 'CLOSE',         from: 'PUBLISHED',  to: 'CLOSED',     by: ['DISTRICT_OFFICER'] },
  { action: 'CLOSE',         from: 'RECTIFYING', to: 'CLOSED',     by: ['DISTRICT_OFFICER'] },
  { action: 'DISCARD',       from: 'OPEN',       to: 'DISCARDED',  by: ['DISTRICT_OFFICER'] },
  { action: 'DISCARD',       from: 'COMPUTED',   to: 'DISCARDED',  by: ['DISTRICT_OFFICER'] },
  { action: 'DISCARD',       from: 'FEEDBACK',   to: 'DISCARDED',  by: ['DISTRICT_OFFICER'] },
] as const satisfies readonly Transition<RoundState, RoundAction>[];

// prettier-ignore
export const objectionTransitions = [
  { action: 'ANSWER', from: 'OPEN', to: 'ACCEPTED', by: ['DISTRICT_OFFICER'], outcome: 'ACCEPTED' },
  { action: 'ANSWER', from: 'OPEN', to: 'REJECTED', by: ['DISTRICT_OFFICER'], outcome: 'REJECTED' },
] as const satisfies readonly Transition<ObjectionState, ObjectionAction>[];

// prettier-ignore
export const rectificationTransitions = [
  { action: 'SUBMIT', from: 'ORDERED',   to: 'SUBMITTED', by: ['STREET_CLERK'] },
  { action: 'DECIDE', from: 'SUBMITTED', to: 'ACCEPTED',  by: ['DISTRICT_OFFICER'], outcome: 'ACCEPTED' },
  { action: 'DECIDE', from: 'SUBMITTED', to: 'ORDERED',   by: ['DISTRICT_OFFICER'], outcome: 'REJECTED' },
  { action: 'DROP',   from: 'ORDERED',   to: 'DROPPED',   by: ['DISTRICT_OFFICER'] },
  { action: 'DROP',   from: 'SUBMITTED', to: 'DROPPED',   by: ['DISTRICT_OFFICER'] },
] as const satisfies readonly Transition<RectificationState, RectificationAction>[];

export const roundStateNames: Readonly<Record<RoundState, Named>> = {
  OPEN: { zh: '征求意见', en: 'open' },
  COMPUTED: { zh: '已考评', en: 'computed' },
  FEEDBACK: { zh: '反馈中', en: 'feedback' },
  PUBLISHED: { zh: '已公布', en: 'published' },
  RECTIFYING: { zh: '整改中', en: 'rectifying' },
  CLOSED: { zh: '已结束', en: 'closed' },
  DISCARDED: { zh: '已废止', en: 'discarded' },
};

export const roundActionNames: Readonly<Record<RoundAction, Named>> = {
  FILL: { zh: '填报专项特色', en: 'fill in a special indicator' },
  COMPUTE: { zh: '计算得分', en: 'compute the scores' },
  OPEN_FEEDBACK: { zh: '开始反馈', en: 'open the feedback' },
  OBJECT: { zh: '提出异议', en: 'object' },
  PUBLISH: { zh: '公布', en: 'publish' },
  ORDER: { zh: '要求整改', en: 'order a rectification' },
  CLOSE: { zh: '结束考评', en: 'close the round' },
  DISCARD: { zh: '废止', en: 'discard the round' },
};

export const objectionStateNames: Readonly<Record<ObjectionState, Named>> = {
  OPEN: { zh: '待答复', en: 'open' },
  ACCEPTED: { zh: '已采纳', en: 'accepted' },
  REJECTED: { zh: '未采纳', en: 'rejected' },
};

export const objectionActionNames: Readonly<Record<ObjectionAction, Named>> = {
  ANSWER: { zh: '答复异议', en: 'answer the objection' },
};

export const rectificationStateNames: Readonly<Record<RectificationState, Named>> = {
  ORDERED: { zh: '待整改', en: 'ordered' },
  SUBMITTED: { zh: '已报整改,待审核', en: 'submitted' },
  ACCEPTED: { zh: '已认可', en: 'accepted' },
  DROPPED: { zh: '已撤销', en: 'dropped' },
};

export const rectificationActionNames: Readonly<Record<RectificationAction, Named>> = {
  SUBMIT: { zh: '报告整改', en: 'submit the evidence' },
  DECIDE: { zh: '审核整改', en: 'decide on the evidence' },
  DROP: { zh: '撤销整改要求', en: 'drop the rectification' },
};
