// Exits 0 when the process in this container answers 200: node docker/health.mjs [/health]
import { get } from 'node:http';

const path = process.argv[2] ?? '/health';
const request = get({ host: '127.0.0.1', port: process.env.PORT, path, timeout: 3_000 }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error('no answer within 3 s')));
request.on('error', (error) => {
  process.stderr.write(`${path}: ${error.message}\n`);
  process.exitCode = 1;
});
