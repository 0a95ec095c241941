import type { CaseStore } from '../../subgraphs/community/persistence/case.repository.js';
import { openOutreach } from '../../subgraphs/community/persistence/outreach/outreach.js';
import { openRecords } from '../../subgraphs/community/persistence/outreach/records.js';
import type { RunDeps } from '../../subgraphs/community/usecases/outreach/findEntitled.js';
import type { RunningSubgraph } from '../../subgraphs/shared/http/subgraphHost.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import type { Transactions } from '../../subgraphs/shared/persistence/transactions.js';

/** What a run works on, in the database of a community that is running: for a second run beside its own, or one that is cut off. */
export async function outreachPartsOf({ connection }: RunningSubgraph): Promise<Pick<RunDeps, 'runs' | 'records' | 'served'>> {
  const receipts = await openReceipts(connection);
  const records = await openRecords(connection, { receipts });
  // A run opens outreach cases, which lead to cases only when somebody calls at the door.
  const { runs, served } = await openOutreach(connection, { cases: {} as CaseStore, records, receipts });
  const transactions: Transactions = {
    run: (work) => connection.transaction((session) => work({ session, emit: () => undefined, changed: () => undefined, afterCommit: () => undefined })) as ReturnType<typeof work>,
  };
  return { runs: runs(transactions), records: records.repository(transactions), served };
}
