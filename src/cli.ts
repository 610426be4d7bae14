#!/usr/bin/env node
// The program in few files (cli/bundle.mjs): of the two thousand modules that it is made of, each would take its time to load.
await import(new URL('./bundle/program.js', import.meta.url).href);
