import type { ClamdOptions } from './scanner.js';

/**
 * MATERIAL_CLAMD_URL, such as tcp://127.0.0.1:3310; null when documents are not scanned.
 * @throws Error with one sentence on what to put right.
 */
export function readScannerSettings(source: NodeJS.ProcessEnv = process.env): ClamdOptions | null {
  const { MATERIAL_CLAMD_URL: address = '' } = source;
  if (address === '') return null;
  const url = URL.canParse(address) ? new URL(address) : null;
  const isSound = url?.protocol === 'tcp:' && url.hostname !== '' && url.username === '' && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (!url || !isSound) throw new Error('MATERIAL_CLAMD_URL: must name the host and port of clamd, such as tcp://127.0.0.1:3310.');
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 3310) };
}
