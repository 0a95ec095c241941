import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/**
 * Writes a generated file, or with `--check` on the command line compares it: what is out of date is named with the
 * command that mends it, and the process will exit 1. `path` is relative to the project.
 */
export async function writeOrCheck(path: string, content: string, command: string): Promise<void> {
  const file = new URL(path, root);
  const current = await readFile(file, 'utf8').catch(() => null);
  if (current === content) return;
  if (process.argv.includes('--check')) {
    console.error(`${path} is out of date; run ${command} and commit it.`);
    process.exitCode = 1;
    return;
  }
  await mkdir(new URL('./', file), { recursive: true });
  await writeFile(file, content);
  console.log(`wrote ${fileURLToPath(file)}`);
}
