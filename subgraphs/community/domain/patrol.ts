import type { Actor } from '../../shared/domain/actor.js';
import { ancestorAt, levelOfCode } from '../../shared/domain/areaCode.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import type { PatrolDomain } from './case.js';
import type { SubmitCommand } from './caseDecisions.js';

// 巡查: a grid worker reports what the worker found in the own grid; the street takes it over and dispatches it.

/** Where a finding goes in the taxonomy unless the worker says so. */
export const categoryOf: Readonly<Record<PatrolDomain, string>> = {
  POLICY: '党务政务/宣传舆论',
  OPINION: '民政/基层选举和社区建设/社区建设',
  RESIDENT_AFFAIRS: '民政/社会服务',
  MEDIATION: '政法/仲裁与调解',
  INFORMATION: '政法/户籍证件',
  OVERSIGHT: '城乡建设/城市建设和市政管理',
};

export interface PatrolReport extends Pick<SubmitCommand, 'title' | 'detail' | 'urgency'> {
  readonly domain: PatrolDomain;
  /** The worker's own by default. */
  readonly grid: string | null;
  readonly category: string | null;
  readonly address: string | null;
  readonly longitude: number | null;
  readonly latitude: number | null;
}

/** The finding as a case to submit. */
export function patrolCommand(
  { domain, grid, category, address, longitude, latitude, ...said }: PatrolReport, { role, area }: Actor,
): Result<Omit<SubmitCommand, 'id' | 'number'>> {
  if (role !== 'GRID_WORKER') {
    return fail('ROLE_NOT_ALLOWED', bilingual('巡查由网格员上报。', 'Patrol findings are reported by grid workers.'));
  }
  if (area === null || levelOfCode(area) !== 'GRID' || (grid !== null && grid !== area)) {
    return fail('OUT_OF_SCOPE', bilingual(
      `只能上报本人所在网格${area === null ? '' : `(${area})`}的巡查。`, `Report what you find in your own grid${area === null ? '' : `, ${area}`}.`,
    ), ['input', 'grid']);
  }
  return ok({
    ...said,
    kind: 'PATROL',
    demandType: null,
    channel: 'GRID_WORKER',
    patrolDomain: domain,
    category: category ?? categoryOf[domain],
    place: { community: ancestorAt(area, 'COMMUNITY'), grid: area, address, longitude, latitude },
    reporter: { id: null, name: null, phone: null, idNumber: null },
    sourceId: null,
    reportedAt: null,
  });
}
