#!/usr/bin/env node
import { nodeTooOld } from './cli/node-version.js';

const tooOld = nodeTooOld();
if (tooOld === null) {
  // The program in few files (cli/bundle.mjs): of the two thousand modules that it is made of, each would take its time to load.
  await import(new URL('./bundle/program.js', import.meta.url).href);
} else {
  console.error(`callrecords: ${tooOld}`);
  process.exitCode = 1;
}
