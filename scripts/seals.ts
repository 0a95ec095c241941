// `npm run seals:verify`: proves that nothing was changed, removed or put in among the records of the seals, and prints each
// seal's head to be noted elsewhere. Exit 0: all is as it was written; 1: it is not, each place is printed; 2: it could not be told.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import mongoose from 'mongoose';
import type { SealFault } from '../subgraphs/street/domain/seal/chain.js';
import { bilingual } from '../subgraphs/shared/domain/result.js';
import { findSources } from './events/sources.js';
import { printHead, readHeads, verifySeals, type Head, type SealBreach } from './seals/verify.js';

const usage = `用法 / Use: npm run seals:verify [-- --heads <文件 file>]
  读哪里 / Where it reads: 运行中的平台(npm start),或 MONGODB_URI 与 DATABASE_PREFIX 所指的街道级数据库。
  The platform that npm start runs, or the street level's database that MONGODB_URI and DATABASE_PREFIX name.
  --heads: 与以前打印并另存的链头比较。 / Compares with the heads of an earlier run that were kept elsewhere.
  退出码 / Exit code: 0 完好 sound · 1 有改动 tampered with · 2 无法判断 cannot be told`;

class CannotTell extends Error {}

const faults: Readonly<Record<SealFault, readonly [zh: string, en: string]>> = {
  MISSING: ['该条缺失', 'is missing'],
  TWICE: ['该条重复', 'is there twice'],
  CHANGED: ['内容被改动', 'was changed'],
  UNLINKED: ['与前一条不相接,两条之一不是原件', 'does not follow the one before it: one of the two is not the original'],
  CUT: ['自该条起的记录被截去', 'and what followed it were cut off'],
  BEYOND: ['链头没有该条', 'is beyond the head'],
  HEAD: ['与链头不符,至该条为止有记录被重写', 'is not the one that the head names: records up to it were rewritten'],
};

const line = ({ seal, number, fault }: SealBreach): string => {
  const [zh, en] = faults[fault];
  return bilingual(`公章 ${seal} 第 ${number} 条:${zh}`, `seal ${seal}, record ${number} ${en}`);
};

async function readNoted(): Promise<Head[]> {
  try {
    const { values: { heads } } = parseArgs({ options: { heads: { type: 'string' } } });
    if (heads === undefined) return [];
    const noted = readHeads(await readFile(heads, 'utf8'));
    if (noted.length === 0) throw new Error(bilingual(`${heads} 里没有链头。`, `${heads} has no heads.`));
    return noted;
  } catch (error) {
    throw new CannotTell(`${(error as Error).message}\n${usage}`);
  }
}

async function run(): Promise<number> {
  const noted = await readNoted();
  const uri = findSources(process.env)?.uris.street;
  if (!uri) throw new CannotTell(`须能读街道级的数据库。 / The street level's database is needed.\n${usage}`);
  const street = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 10_000 }).asPromise();
  try {
    const { records, heads, breaches } = await verifySeals(street, noted);
    heads.forEach((head) => console.log(printHead(head)));
    breaches.forEach((breach) => console.log(line(breach)));
    console.log(bilingual(
      `公章 ${heads.length + breaches.length} 枚,记录 ${records} 条可信,改动 ${breaches.length} 处。`,
      `${heads.length + breaches.length} seals, ${records} records as they were written, ${breaches.length} places tampered with.`,
    ));
    return breaches.length === 0 ? 0 : 1;
  } finally {
    await street.close();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof CannotTell ? error.message : error);
  process.exitCode = 2;
}
