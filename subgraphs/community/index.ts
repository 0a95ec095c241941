// The community subgraph as a process; its configuration is the environment (../shared/environment.ts).
import { runSubgraph } from '../shared/http/runSubgraph.js';
import { communitySubgraph } from './subgraph.js';

await runSubgraph(communitySubgraph);
