import { buildASTSchema, isEnumType, type DocumentNode } from 'graphql';
import { countedMeasures, eventRoutes } from '../../schema/events.js';
import { caseActions, caseStates } from '../../subgraphs/community/domain/case.transitions.js';
import { caseKinds, channels, demandTypes, patrolDomains } from '../../subgraphs/community/domain/case.js';
import { attachmentBases, lacks, materialFormats, materialStates, readKinds, scanVerdicts } from '../../subgraphs/community/domain/material/material.js';
import { rejections, uploadStates } from '../../subgraphs/community/domain/material/upload.js';
import { mergeEntries } from '../../subgraphs/community/domain/merge.js';
import { visitEntries, visitModes, visitOutcomes, visitStates } from '../../subgraphs/community/domain/returnVisit.js';
import { outreachActions, outreachStates } from '../../subgraphs/community/domain/outreach/outreach.transitions.js';
import { exclusionStates } from '../../subgraphs/community/usecases/ports.js';
import { nameOfMeasure } from '../../subgraphs/shared/graphql/measureNames.js';
import { similarityReasons } from '../../subgraphs/community/domain/similarity.js';
import { supervisionCauses, supervisionEntries } from '../../subgraphs/community/domain/supervision.js';
import { alarmEntries, conferenceEntries } from '../../subgraphs/community/domain/word.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { levels } from '../../subgraphs/shared/domain/areaCode.js';
import { verdicts } from '../../subgraphs/shared/domain/condition.js';
import { measures } from '../../subgraphs/shared/domain/counts.js';
import { handoverActions, handoverStates, outcomes } from '../../subgraphs/shared/domain/handover.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const typeNamed = (sdl: DocumentNode, name: string) => buildASTSchema(sdl, { assumeValidSDL: true }).getType(name);
const enumValues = (sdl: DocumentNode, name: string): string[] => {
  const type = typeNamed(sdl, name);
  if (!isEnumType(type)) throw new Error(`${name} is not an enum of the SDL.`);
  return type.getValues().map((value) => value.name);
};

it.each([
  ['CaseState', caseStates],
  ['CaseAction', caseActions],
  ['TimelineAction', ['SUBMIT', ...caseActions, ...supervisionEntries, ...alarmEntries, ...conferenceEntries, ...mergeEntries, ...visitEntries]],
  ['ReturnVisitMode', visitModes],
  ['ReturnVisitState', visitStates],
  ['ReturnVisitOutcome', visitOutcomes],
  ['RatingExclusionState', exclusionStates],
  ['OutreachState', outreachStates],
  ['OutreachAction', outreachActions],
  ['ConditionVerdict', verdicts],
  ['SimilarityReason', similarityReasons],
  ['CountedMeasure', measures.map(nameOfMeasure)],
  ['MaterialFormat', materialFormats],
  ['MaterialState', materialStates],
  ['MaterialScan', scanVerdicts],
  ['MaterialUploadState', uploadStates],
  ['MaterialRejection', rejections],
  ['MaterialBasis', attachmentBases],
  ['MaterialReadKind', readKinds],
  ['MaterialLack', lacks],
  ['CaseKind', caseKinds],
  ['DemandType', demandTypes],
  ['PatrolDomain', patrolDomains],
  ['Channel', channels],
  ['Role', roles],
])('has the values of the code in the SDL enum %s of the community', (name, values) => {
  expect(enumValues(readSdl('community'), name)).toEqual([...values]);
});

it.each([
  ['Level', levels],
  ['SegmentState', handoverStates],
  ['SegmentAction', handoverActions],
  ['Outcome', outcomes],
])('has the values of the code in the SDL enum %s of all four levels', (name, values) => {
  for (const level of levels) expect(enumValues(readSdl(level.toLowerCase()), name)).toEqual([...values]);
});

it('knows the same causes of a supervision in the contract between the levels', () => {
  expect(eventRoutes['case.troubled'].data.shape.cause.options).toEqual([...supervisionCauses]);
});

it('counts the same measures in the code, the SDL and the contract between the levels', () => {
  const counts = typeNamed(readSdl('community'), 'Counts');
  expect(Object.keys(counts && 'getFields' in counts ? counts.getFields() : {})).toEqual([...measures]);
  expect(countedMeasures).toEqual(measures);
});
