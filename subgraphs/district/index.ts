// The district subgraph as a process; its configuration is the environment (../shared/environment.ts).
import { runSubgraph } from '../shared/http/runSubgraph.js';
import { districtSubgraph } from './subgraph.js';

await runSubgraph(districtSubgraph);
