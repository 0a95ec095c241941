import { localDate } from '../../../shared/domain/calendar.js';
import { bilingual } from '../../../shared/domain/result.js';
import type { HeldMaterial } from '../../domain/application/examination.js';
import type { Usable } from '../../domain/material/material.js';
import { usableFor, type MaterialDeps } from '../material/materials.js';
import type { HeldMaterials } from '../ports.js';

/** The vault as an application asks it. */
export const vaultOf = (deps: MaterialDeps): HeldMaterials => ({
  async forItem(person, documentTypes, item, by) {
    const found = await usableFor(deps, person, documentTypes, item, by);
    return {
      usable: (await Promise.all(found.map((one) => held(deps, one)))).flatMap((one) => one ?? []),
      lacking: found.flatMap(({ documentType, lack }) => (lack === null ? [] : [{ documentType, lack }])),
    };
  },
});

async function held({ cases }: MaterialDeps, { documentType, material, consent }: Usable): Promise<HeldMaterial | null> {
  if (!material) return null;
  const { id: document, givenAt, givenFor, validUntil: validTo } = material;
  const first = givenFor === null ? null : await cases.byId(givenFor);
  const day = localDate(givenAt);
  const origin = first
    ? bilingual(`本人 ${day} 为案件 ${first.number} 提交`, `Given by the applicant on ${day} for case ${first.number}`)
    : bilingual(`本人 ${day} 存入资料库`, `Put into the vault by the applicant on ${day}`);
  return { documentType, document, origin, consent: consent?.id ?? null, validTo };
}
