import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import type { SubgraphName } from '../../schema/events.js';

export type { JSONWebKeySet, JWK };

const portRule = 'must be a whole number from 0 to 65535.';
const mongoRule = 'must name the database, such as mongodb://127.0.0.1:27017/city?replicaSet=rs0.';
const privateRule = 'must be a private Ed25519 key as a JWK in JSON, with kty, crv, kid and d.';
const publicRule = 'must be the public keys of all services as a JWK set in JSON, {"keys": […]}, each with its kid.';
const urlRule = 'must be a URL that starts with http:// or https://.';
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** JSON of that shape, or one sentence: a parser's own words would quote the key. */
const json = <T>(shape: z.ZodType<T>, rule: string) =>
  z.string(rule).transform((text, context): T => {
    try {
      return shape.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: rule });
      return z.NEVER;
    }
  });

const text = z.string().min(1);
const privateKey = z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: text, x: text, d: text });
const publicKeys = z.looseObject({ keys: z.array(z.looseObject({ kid: text, kty: text })).min(1) });
const callers = ['gateway', 'city', 'district', 'street', 'community'] as const;
const levelUrl = (port: number) => z.url({ protocol: /^https?$/, error: urlRule }).default(`http://127.0.0.1:${port}`);

const shape = z.object({
  PORT: z.string(portRule).regex(/^\d{1,5}$/, portRule).transform(Number).refine((port) => port <= 65_535, portRule),
  HOST: z.string().default('127.0.0.1'),
  MONGODB_URI: z.string(mongoRule).regex(/^mongodb(\+srv)?:\/\/[^/?]+/, mongoRule),
  SERVICE_PRIVATE_KEY: json(privateKey, privateRule),
  SERVICE_JWKS: json(publicKeys, publicRule).refine(
    ({ keys }) => callers.every((caller) => keys.some(({ kid }) => kid === caller)),
    `must have a key of each of ${callers.join(', ')}, told by kid.`,
  ),
  CITY_URL: levelUrl(4001),
  DISTRICT_URL: levelUrl(4002),
  STREET_URL: levelUrl(4003),
  COMMUNITY_URL: levelUrl(4004),
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(', ')}.`).default('info'),
});
export type Environment = z.infer<typeof shape>;

export type EnvironmentResult =
  | { readonly ok: true; readonly value: Environment }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a subgraph's environment: one sentence for each bad value. An empty value counts as not set. */
export function checkEnvironment(source: NodeJS.ProcessEnv, name?: SubgraphName): EnvironmentResult {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value));
  const own = shape.refine((values) => name === undefined || values.SERVICE_PRIVATE_KEY.kid === name, {
    path: ['SERVICE_PRIVATE_KEY'], error: `must be the key of ${name}: its kid says whose it is.`,
  });
  const parsed = own.safeParse(given);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = new Map(parsed.error.issues.map(({ path, message }) => [String(path[0]), message]));
  return { ok: false, problems: [...problems].map(([variable, message]) => `${variable} ${message}`) };
}

/** Reads the environment; ends the process with one sentence for each bad value. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env, name?: SubgraphName): Environment {
  const checked = checkEnvironment(source, name);
  if (checked.ok) return checked.value;
  for (const problem of checked.problems) console.error(problem);
  process.exit(1);
}
