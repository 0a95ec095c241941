// Prints what docker-compose.yml wants from its environment: a key for each process, and the public keys they trust.
// The keys are made on first use and kept in the folder named, keys/ of DATA_DIR or .data/keys by default: node --import tsx docker/keys.mjs
import { developmentKeys, serviceNames } from '../scripts/keys.ts';

const { issuerPublicJwk, services, serviceJwks } = await developmentKeys(process.argv[2]);
const variables = {
  ...Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_PRIVATE_KEY`, services[name]])),
  SERVICE_JWKS: serviceJwks,
  AUTH_PUBLIC_KEY: issuerPublicJwk,
};
for (const [name, value] of Object.entries(variables)) process.stdout.write(`${name}='${JSON.stringify(value)}'\n`);
