import type { Actor } from '../../shared/domain/actor.js';
import type { Result } from '../../shared/domain/result.js';
import type { Case } from '../domain/case.js';
import { patrolCommand, type PatrolReport } from '../domain/patrol.js';
import type { CallReceipt } from './ports.js';
import { asToday, submitCase, type SubmitDeps } from './submitCase.js';

/** Takes in what a grid worker found. */
export async function reportPatrol(deps: SubmitDeps, report: PatrolReport, actor: Actor, receipt: CallReceipt | null): Promise<Result<Case>> {
  const worker = await asToday(deps.directory, actor);
  const command = patrolCommand({ ...report, grid: report.grid === actor.area ? worker.area : report.grid }, worker);
  return command.ok ? submitCase(deps, command.value, worker, receipt) : command;
}
