// Prints a caller's token for development: npm run token -- --role STREET_CLERK --area 340103001
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importJWK, SignJWT, type JWK } from 'jose';
import { callerFromClaims, type Caller } from '../gateway/claims.js';
import { roles } from '../gateway/roles.js';
import { developmentKeys } from './keys.js';

export interface TokenOptions {
  /** From `developmentKeys()`. */
  readonly issuerPrivateJwk: JWK;
  readonly hours?: number;
  readonly now?: Date;
  readonly issuer?: string;
  readonly audience?: string;
}

/**
 * Signs a token that the gateway accepts from this caller.
 * @throws Error when the role, area and department do not fit together.
 */
export async function signToken(caller: Caller, options: TokenOptions): Promise<string> {
  const { issuerPrivateJwk, hours = 12, now = new Date() } = options;
  const { issuer = 'hefei-platform', audience = 'hefei-platform' } = options;
  const { id, scopes, ...others } = caller;
  const claims = { ...others, ...(scopes && { scope: scopes.join(' ') }) };
  const checked = callerFromClaims({ sub: id, ...claims });
  if (!checked.ok) throw new Error(checked.problem.en);
  const alg = issuerPrivateJwk.alg ?? 'EdDSA';
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg, kid: issuerPrivateJwk.kid ?? 'development' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.round(hours * 3600))
    .sign(await importJWK(issuerPrivateJwk, alg));
}

const usage = `Use: npm run --silent token -- --role ROLE [--area CODE | --department CODE]
                              [--id ID] [--name NAME] [--scope SCOPES] [--hours 12]

  --role        ${roles.slice(0, 5).join(', ')},
                ${roles.slice(5).join(', ')}
  --area        area code: GRID_WORKER 15 digits, COMMUNITY_CLERK 12, STREET_CLERK 9, DISTRICT_OFFICER 6,
                CITY_OFFICER 4, AUDITOR and INTEGRATOR 4, 6, 9, 12 or 15; not needed by RESIDENT
  --department  DEPARTMENT_OFFICER only: area code, a dash and two digits, e.g. 340103-04
  --id          who it is; by default made from the role and the code
  --scope       what the token is for besides, in words with a space between them, for fields with @requiresScopes
  --hours       how long it is valid, more than 0 and at most 720; 12 by default

Examples:
  npm run --silent token -- --role STREET_CLERK --area 340103001
  npm run --silent token -- --role DEPARTMENT_OFFICER --department 340103-04`;

/**
 * Reads the command line into what `signToken` needs.
 * @throws Error with one sentence on what to put right.
 */
export function readTokenArguments(args: readonly string[]): { readonly caller: Caller; readonly hours: number } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { role: text, area: text, department: text, id: text, name: text, scope: text, hours: text },
  });
  const { hours = '12', id, ...claims } = values;
  const validHours = Number(hours);
  if (!(validHours > 0 && validHours <= 720)) throw new Error('--hours must be more than 0 and at most 720.');
  const parts = [claims.role?.toLowerCase().replaceAll('_', '-'), claims.area ?? claims.department ?? '1'];
  const checked = callerFromClaims({ ...claims, sub: id ?? parts.join('-') });
  if (!checked.ok) throw new Error(`Not a valid caller: ${checked.problem.en}.`);
  return { caller: checked.caller, hours: validHours };
}

async function main(): Promise<void> {
  try {
    const { caller, hours } = readTokenArguments(process.argv.slice(2));
    const { issuerPrivateJwk } = await developmentKeys();
    const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
    const token = await signToken(caller, {
      issuerPrivateJwk, hours, ...(issuer && { issuer }), ...(audience && { audience }),
    });
    process.stdout.write(`${token}\n`);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
