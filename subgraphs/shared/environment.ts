import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';

export type { JSONWebKeySet, JWK };

const json = <T extends z.ZodType>(shape: T) =>
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  }).pipe(shape);

const privateKey = json(z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string(), d: z.string() }));
const publicKeys = json(z.looseObject({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })).min(1) }));

const environment = z.object({
  PORT: z.coerce.number({ error: 'must be a port number, 0–65535' }).int().min(0).max(65_535),
  HOST: z.string().default('127.0.0.1'),
  MONGODB_URI: z.string({ error: 'must name the database, mongodb://…' }).regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://'),
  SERVICE_PRIVATE_KEY: privateKey,
  SERVICE_JWKS: publicKeys,
  CITY_URL: z.url().default('http://127.0.0.1:4001'),
  DISTRICT_URL: z.url().default('http://127.0.0.1:4002'),
  STREET_URL: z.url().default('http://127.0.0.1:4003'),
  COMMUNITY_URL: z.url().default('http://127.0.0.1:4004'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Environment = z.infer<typeof environment>;

/** Reads the environment; ends the process with one sentence for each bad value. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const parsed = environment.safeParse(source);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) console.error(`${issue.path.join('.')}: ${issue.message}`);
  process.exit(1);
}
