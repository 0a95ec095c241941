// What `npm test` runs: every check, then jest. With arguments, as in `npm test -- test/unit/clock.test.ts`, only jest.
import { spawn } from 'node:child_process';

interface Step {
  name: string;
  command: readonly [string, ...string[]];
}

const npm = (script: string, ...args: string[]): Step['command'] => ['npm', 'run', '--silent', script, '--', ...args];

const jestArguments = process.argv.slice(2);
const checks: readonly Step[] = [
  { name: 'types', command: npm('check:types') },
  { name: 'lint', command: npm('lint') },
  { name: 'imports', command: npm('check:imports') },
  { name: 'supergraph', command: npm('compose', '--check') },
  { name: 'persisted operations', command: npm('operations', '--check') },
  { name: 'generated types', command: npm('generate', '--check') },
];
const tests: Step = { name: 'tests', command: npm('jest', ...jestArguments) };

/** Runs a step with this terminal as its own; gives its exit code, 1 where a signal ended it. */
function perform({ command: [program, ...args] }: Step): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', passOn);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => process.off('SIGTERM', passOn));
}

// Ctrl-C reaches the step as well; this process waits for it to clean up.
process.on('SIGINT', () => undefined);

for (const step of jestArguments.length > 0 ? [] : checks) {
  const start = performance.now();
  process.stdout.write(`${step.name} … `);
  const code = await perform(step);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok' : `failed: ${step.command.join(' ')}`}, ${seconds} s`);
  if (code !== 0) process.exit(code);
}
console.log('tests …');
process.exitCode = await perform(tests);
