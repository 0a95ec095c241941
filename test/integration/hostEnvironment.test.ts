import { checkEnvironment } from '../../subgraphs/shared/environment.js';
import { publicPart, serviceKeys } from '../kit/identity.js';

let sound: Record<string, string>;
let keyOfCity: string;
let withoutGateway: string;
beforeAll(async () => {
  const { own, trusted } = await serviceKeys();
  sound = {
    PORT: '4003', MONGODB_URI: 'mongodb://127.0.0.1:27017/street?replicaSet=rs0',
    SERVICE_PRIVATE_KEY: JSON.stringify(own.street), SERVICE_JWKS: JSON.stringify(trusted),
  };
  keyOfCity = JSON.stringify(own.city);
  withoutGateway = JSON.stringify({ keys: trusted.keys.filter(({ kid }) => kid !== 'gateway').map(publicPart) });
});

describe('the environment of a subgraph', () => {
  it('needs a port, a database and keys; the rest has defaults', async () => {
    const { own, trusted } = await serviceKeys();
    expect(checkEnvironment(sound, 'street')).toEqual({
      ok: true,
      value: {
        PORT: 4003, HOST: '127.0.0.1', MONGODB_URI: sound['MONGODB_URI'], LOG_LEVEL: 'info',
        SERVICE_PRIVATE_KEY: own.street, SERVICE_JWKS: trusted,
        CITY_URL: 'http://127.0.0.1:4001', DISTRICT_URL: 'http://127.0.0.1:4002',
        STREET_URL: 'http://127.0.0.1:4003', COMMUNITY_URL: 'http://127.0.0.1:4004',
      },
    });
  });

  it('takes an empty value for one that is not set', () => {
    expect(checkEnvironment({ ...sound, HOST: '', LOG_LEVEL: '', CITY_URL: '' })).toEqual(checkEnvironment(sound));
    expect(checkEnvironment({ ...sound, PORT: '' })).toEqual(checkEnvironment({ ...sound, PORT: undefined }));
  });

  it.each<[string, string | (() => string) | undefined, RegExp]>([
    ['PORT', undefined, /a whole number from 0 to 65535/],
    ['PORT', '65536', /a whole number from 0 to 65535/],
    ['PORT', '-1', /a whole number/],
    ['PORT', '80.5', /a whole number/],
    ['PORT', '0x10', /a whole number/],
    ['PORT', ' 80', /a whole number/],
    ['MONGODB_URI', undefined, /such as mongodb:\/\//],
    ['MONGODB_URI', 'postgres://127.0.0.1/street', /such as mongodb:\/\//],
    ['MONGODB_URI', 'mongodb://', /such as mongodb:\/\//],
    ['SERVICE_PRIVATE_KEY', undefined, /a private Ed25519 key/],
    ['SERVICE_PRIVATE_KEY', 'secret', /a private Ed25519 key/],
    ['SERVICE_PRIVATE_KEY', 'null', /a private Ed25519 key/],
    ['SERVICE_PRIVATE_KEY', '[]', /a private Ed25519 key/],
    ['SERVICE_PRIVATE_KEY', '{"kty":"RSA","kid":"street","d":"x"}', /a private Ed25519 key/],
    ['SERVICE_PRIVATE_KEY', () => keyOfCity, /the key of street: its kid says whose it is/],
    ['SERVICE_JWKS', undefined, /the public keys of all services/],
    ['SERVICE_JWKS', 'null', /the public keys of all services/],
    ['SERVICE_JWKS', '{"keys":[]}', /the public keys of all services/],
    ['SERVICE_JWKS', '{"keys":[{"kty":"OKP"}]}', /the public keys of all services/],
    ['SERVICE_JWKS', () => withoutGateway, /a key of each of gateway, city/],
    ['CITY_URL', '127.0.0.1:4001', /starts with http/],
    ['COMMUNITY_URL', 'ftp://127.0.0.1', /starts with http/],
    ['LOG_LEVEL', 'loud', /one of trace, debug/],
  ])('is refused in one sentence where %s is %p', (variable, value, sentence) => {
    const given = typeof value === 'function' ? value() : value;
    const checked = checkEnvironment({ ...sound, [variable]: given }, 'street');
    expect(checked.ok ? [] : checked.problems).toEqual([expect.stringMatching(new RegExp(`^${variable} must .*\\.$`))]);
    expect(checked.ok ? '' : checked.problems[0]).toMatch(sentence);
  });

  it('is refused with one sentence for each bad value, and never with a value that is secret', () => {
    const checked = checkEnvironment({ SERVICE_PRIVATE_KEY: 'secret', LOG_LEVEL: 'loud' }, 'street');
    const problems = checked.ok ? [] : checked.problems;
    expect(problems.map((problem) => problem.split(' ')[0]))
      .toEqual(['PORT', 'MONGODB_URI', 'SERVICE_PRIVATE_KEY', 'SERVICE_JWKS', 'LOG_LEVEL']);
    expect(problems.join()).not.toContain('secret');
  });
});
