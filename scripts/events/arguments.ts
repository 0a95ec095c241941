// The command line of `npm run events`.
import { parseArgs } from 'node:util';
import type { SubgraphName } from '../../schema/events.js';
import { subgraphNames } from '../platform/processes.js';
import { statuses, type Status } from './overview.js';

export const usage = `用法 / Use:
  npm run events                        各级待发、等待、搁置的事件 / pending, waiting and parked events of each level
  npm run events -- list [--level street] [--status parked|waiting|pending] [--json]
  npm run events -- retry ID --level street
                                        重新接收一个事件 / take one event in again
  npm run events -- retry --all [--level street]
                                        重新接收所有搁置的事件 / take all parked events in again, in order

待发 pending: 尚未送达对方。 / Not delivered yet; it goes by itself.
等待 waiting: 同一事项的前一事件尚未生效。 / An earlier event of its subject has not taken effect.
搁置 parked: 无法生效,须人工处理后重新接收;从不丢弃。 / It could not take effect: mend the cause, then retry; never dropped.

平台由 npm start 启动时无须其他设置。单独部署的一级:设置该级的 MONGODB_URI、SERVICE_PRIVATE_KEY 与 STREET_URL 等。
仅查看:MONGODB_URI 指明数据库(库名前缀 DATABASE_PREFIX,默认 hefei)。
While the platform runs by npm start nothing needs to be set. For a level that is deployed by itself set its own
MONGODB_URI and SERVICE_PRIVATE_KEY, and STREET_URL or the like. To look only, MONGODB_URI names the server; the
databases' names begin with DATABASE_PREFIX, hefei by default.`;

export type Wanted =
  | { readonly command: 'help' }
  | {
      readonly command: 'list';
      readonly level: SubgraphName | null;
      readonly status: Status | null;
      readonly json: boolean;
    }
  | { readonly command: 'retry'; readonly id: string; readonly level: SubgraphName }
  | { readonly command: 'retry all'; readonly level: SubgraphName | null };

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = { level: text, status: text, json: flag, all: flag, help: { ...flag, short: 'h' } } as const;

/** One of the names, or null when none was given. */
function oneOf<T extends string>(option: string, names: readonly T[], given: string | undefined): T | null {
  if (given === undefined) return null;
  const found = names.find((name) => name === given);
  if (found === undefined) throw new Error(`${option} 须为 / must be one of: ${names.join(', ')}`);
  return found;
}

function refuse(isWrong: boolean, zh: string, en: string): void {
  if (isWrong) throw new Error(`${zh} / ${en}`);
}

/**
 * What is wanted.
 * @throws Error with one sentence on what to put right.
 */
export function readArguments(args: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [command = 'list', id, ...more] = positionals;
  if (values.help === true) return { command: 'help' };
  const level = oneOf('--level', subgraphNames, values.level);
  const status = oneOf('--status', statuses, values.status);
  const { json = false, all = false } = values;
  refuse(more.length > 0, '参数过多。', 'There are too many arguments.');
  if (command === 'list') {
    refuse(id !== undefined || all, 'list 不带事件 ID 或 --all。', 'list takes neither an event id nor --all.');
    return { command, level, status, json };
  }
  refuse(command !== 'retry', `没有命令 ${command}。`, `There is no command ${command}.`);
  refuse(status !== null || json, 'retry 不带 --status 或 --json。', 'retry takes neither --status nor --json.');
  refuse(all === (id !== undefined), 'retry 须有事件 ID 或 --all 之一。', 'retry takes either an event id or --all.');
  if (id === undefined) return { command: 'retry all', level };
  if (level === null) throw new Error('retry ID 须指明 --level。 / retry ID needs --level.');
  return { command: 'retry', id, level };
}
