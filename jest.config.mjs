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
  // Modules of a file are never given back: a worker that nears its heap's limit spends its time looking for garbage.
  workerIdleMemoryLimit: '1536MB',
  testTimeout: 240_000,
};
