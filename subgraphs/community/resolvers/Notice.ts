import type { NoticeResolvers } from '../__generated__/resolvers.js';
import { noticeText } from '../domain/notice.js';
import { visibleCase } from '../usecases/actOnCase.js';

export const Notice: NoticeResolvers = {
  createdAt: ({ at }) => at,
  text: (notice) => noticeText(notice),
  // It may have gone out of sight since: a unit's, say, after the unit returned it.
  case: ({ caseId }, _args, { cases, actor }) => actor && visibleCase(cases, caseId, actor),
  whistle: ({ matter }) => (matter?.kind === 'WHISTLE' ? { id: matter.id } : null),
  supervision: ({ matter }) => (matter?.kind === 'SUPERVISION' ? { id: matter.id } : null),
  conference: ({ matter }) => (matter?.kind === 'CONFERENCE' ? { id: matter.id } : null),
};
