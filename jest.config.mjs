export default {
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/subgraphs/template/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  globalSetup: '<rootDir>/test/kit/globalSetup.ts',
  globalTeardown: '<rootDir>/test/kit/globalTeardown.ts',
  reporters: ['default', '<rootDir>/scripts/test-tally.mjs'],
  // `jest -u` leaves the rest of the file as it is written.
  prettierPath: null,
  maxWorkers: 2,
  testTimeout: 240_000,
};
