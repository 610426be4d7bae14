// The compiled benches lie in dist/bench, away from the packages that were installed for them: a link leads there.
import { existsSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const link = fileURLToPath(new URL('../../dist/bench/node_modules', import.meta.url));
if (!existsSync(link)) symlinkSync(fileURLToPath(new URL('node_modules', import.meta.url)), link, 'junction');
