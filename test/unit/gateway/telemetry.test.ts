import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it.each(['gateway/apollo.ts', 'gateway/supergraph.ts', 'gateway/index.ts'])('whoever loads %s has Apollo tell nobody how it is used', (file) => {
  const { APOLLO_TELEMETRY_DISABLED: _, ...env } = process.env;
  // The gateway itself ends at once for want of its settings.
  const script = `
    process.on('exit', () => { console.log(process.env.APOLLO_TELEMETRY_DISABLED); process.exitCode = 0; });
    await import('./${file}');`;
  const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(said.trim().split('\n').at(-1)).toBe('true');
});
