import { parentPort } from 'node:worker_threads';
import { drawPng, drawSvg } from './draw.js';
import type { Answer, Job } from './renderer.js';

parentPort?.on('message', ({ id, report, format }: Job) => {
  const answer = (): Answer => {
    try {
      const svg = drawSvg(report);
      return { id, picture: format === 'png' ? drawPng(svg) : svg };
    } catch (error) {
      return { id, error: (error as Error).stack ?? String(error) };
    }
  };
  parentPort?.postMessage(answer());
});
