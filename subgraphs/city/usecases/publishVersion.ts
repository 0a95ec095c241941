import type { Actor } from '../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import type { OpennessEntry } from '../domain/openness/entry.js';
import { decidePublication, type PublishCommand, type Published } from '../domain/publication.js';
import type { CallReceipt, Versions } from './ports.js';

const tries = 5;

/** Publishes the next version; one published at the same time takes its number, and this one the next. */
export async function publishVersion<Content>(
  { versions, now, entryOf }: {
    readonly versions: Versions<Content>;
    readonly now: () => Date;
    /** What openness is to say of it, for what is everybody's to read. */
    readonly entryOf?: (published: Published<Content>, area: string) => OpennessEntry;
  },
  command: PublishCommand<Content>,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Published<Content>>> {
  for (let i = 0; i < tries; i += 1) {
    const decision = decidePublication(command, await versions.latest(), actor, now());
    if (!decision.ok) return decision;
    const outcome = await versions.save(decision.value, receipt, actor.area === null ? undefined : entryOf?.(decision.value, actor.area));
    if (outcome === 'SAVED') return ok(decision.value);
    if (outcome === 'NAME_TAKEN') {
      return fail('DUPLICATE', bilingual(
        `版本 ${command.version} 已发布,不可更改;请换一个版本名。`,
        `Version ${command.version} is published and does not change; choose another name.`,
      ), ['input', 'version']);
    }
  }
  throw new Error('No free version number found.');
}
