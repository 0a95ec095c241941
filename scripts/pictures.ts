// `npm run pictures`: asks the platform that `npm start` runs for the five reports as PNG files, as the README shows them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportNames } from '../gateway/reports/model.js';
import { openDatabases } from './bench/audit.js';
import { developmentKeys } from './keys.js';
import { writeSample } from './pictures/sample.js';
import { defaultDataDir, readRunning } from './platform/running.js';
import { signToken } from './token.js';

const usage = `用法 / Use: npm run pictures [-- --out docs/pictures --from 2026-01 --to 2026-12 --area 3401 --lang zh --width 1000 --sample 60000]
  --sample: 先写入这么多件样例案件的件数(仅限没有件数的平台)。 / First writes the counts of so many made-up cases; only where nothing has been counted.`;

try {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'docs/pictures' }, from: { type: 'string', default: '2026-01' }, to: { type: 'string', default: '2026-12' },
      area: { type: 'string', default: '3401' }, lang: { type: 'string', default: 'zh' }, width: { type: 'string', default: '1000' },
      sample: { type: 'string' },
    },
  });
  const dataDir = process.env['DATA_DIR'] || defaultDataDir;
  const running = readRunning(dataDir);
  if (!running) throw new Error('没有运行中的平台,请先 npm start。 / Nothing is running; npm start comes first.');
  if (values.sample !== undefined) {
    const cases = Number(values.sample);
    if (!(cases >= 1 && cases <= 1_000_000)) throw new Error(usage);
    const databases = await openDatabases(running.databaseUris);
    await writeSample(databases, cases, `${values.from}-01`).finally(() => databases.close());
  }
  const keys = await developmentKeys(join(dataDir, 'keys'));
  const token = await signToken({ role: 'CITY_OFFICER', id: 'pictures', area: '3401' }, { issuerPrivateJwk: keys.issuerPrivateJwk });
  await mkdir(values.out, { recursive: true });
  for (const report of reportNames) {
    const { area, from, to, lang, width } = values;
    const began = performance.now();
    const answer = await fetch(`${running.urls.gateway}/reports/${report}.png?${new URLSearchParams({ area, from, to, lang, width }).toString()}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(await answer.text());
    const picture = Buffer.from(await answer.arrayBuffer());
    await writeFile(join(values.out, `${report}.png`), picture);
    console.log(`${join(values.out, `${report}.png`)} ${Math.ceil(picture.length / 1024)} KiB, ${Math.round(performance.now() - began)} ms`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
