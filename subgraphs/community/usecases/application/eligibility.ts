import { localDate } from '../../../shared/domain/calendar.js';
import type { EvaluateConditions } from '../../../shared/domain/condition.js';
import { factOf } from '../../../shared/domain/fact.js';
import { bilingual } from '../../../shared/domain/result.js';
import { factsOf, seesRecord } from '../../domain/outreach/record.js';
import type { Eligibility, Records } from '../ports.js';

export interface EligibilityDeps {
  readonly records: Pick<Records, 'ofPerson'>;
  readonly evaluate: EvaluateConditions;
}

const nameOf = (code: string): string => {
  const name = factOf(code)?.name;
  return name ? bilingual(name.zh, name.en) : code;
};

/** The item's conditions, by what the community knows of the resident; of whom it knows nothing, nothing is known. */
export const eligibilityOf = ({ records, evaluate }: EligibilityDeps): Eligibility => ({
  async findings({ conditions }, person, by, at) {
    const record = person === null || conditions.length === 0 ? null : await records.ofPerson(person);
    const found = evaluate(conditions, record && seesRecord(record, by) ? factsOf(record) : {}, localDate(at));
    return found.map(({ condition: { says }, verdict, missing }) => ({ wording: says, verdict, unknown: missing.map(nameOf) }));
  },
});
