import { localDate } from '../../shared/domain/calendar.js';
import { bilingual } from '../../shared/domain/result.js';
import { badInput } from '../../shared/graphql/errors.js';
import { levelOfCode } from '../../shared/domain/areaCode.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  ApplicationCheckResolvers, ApplicationFindingResolvers, ApplicationItemResolvers, ApplicationMaterialInput, CaseApplicationResolvers, MaterialCheckResolvers,
  MutationResolvers, QueryResolvers, ResultDocumentInput, ResultDocumentResolvers,
} from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import { approverOf, nextStep, receiptText, stageOf } from '../domain/application/application.js';
import { printedResult, type ResultInput } from '../domain/application/decision.js';
import type { Handed } from '../domain/application/examination.js';
import { holderOf, maySeeReporter, type Case } from '../domain/case.js';
import { visibleCase } from '../usecases/actOnCase.js';
import { examineApplication, submitApplication } from '../usecases/application/applications.js';
import type { ResultModel } from './models.js';

export const handedOf = (materials: readonly ApplicationMaterialInput[] | null | undefined): Handed[] =>
  (materials ?? []).map(({ documentType, source, document, note }) => ({ documentType, source, document: document ?? null, note: note ?? null }));

export const resultOf = ({ title, text, fields, validFrom, validTo }: ResultDocumentInput): ResultInput =>
  ({ title: title ?? null, text, fields: fields ?? [], validFrom: validFrom ?? null, validTo: validTo ?? null });

export const applicationQueries: Pick<QueryResolvers, 'applicationCheck'> = {
  applicationCheck(_parent, { item, community, residentId }, context) {
    const actor = requireActor(context);
    if (levelOfCode(community) !== 'COMMUNITY') throw badInput('community 须为十二位社区代码。', "community is a community's code of twelve digits.");
    return examineApplication(context, { item, community, residentId: residentId ?? null }, actor);
  },
};

export const applicationMutations: Pick<MutationResolvers, 'applicationSubmit'> = {
  applicationSubmit: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => submitApplication(
        context,
        {
          item: input.item,
          channel: input.channel,
          category: input.category ?? null,
          statement: input.statement ?? null,
          answers: input.answers ?? [],
          materials: handedOf(input.materials),
          place: { community: input.community, grid: input.grid ?? null, address: input.address ?? null, longitude: null, latitude: null },
          reporter: {
            id: input.applicant.residentId ?? null,
            name: input.applicant.name ?? null,
            phone: input.applicant.phone ?? null,
            idNumber: input.applicant.idNumber ?? null,
          },
        },
        actor,
        receipt,
      ),
      // A counter elsewhere sees what it has just taken in, and no more of it afterwards.
      current: async (actor, id) => {
        const found = await context.cases.byId(id);
        return found?.submittedBy === actor.id ? found : visibleCase(context.cases, id, actor);
      },
    }),
};

const isPrivy = (subject: Case, { actor }: CommunityContext): boolean => actor !== null && maySeeReporter(subject, actor);

export const CaseApplication: CaseApplicationResolvers = {
  item: ({ application }) => application.item,
  stage: (subject) => stageOf(subject),
  nextStep: (subject) => nextStep(subject, holderOf(subject)),
  receipt: (subject, _args, context) => {
    const { application } = subject;
    return receiptText(subject, isPrivy(subject, context) ? application : { ...application, materials: null }, localDate(subject.submittedAt));
  },
  provider: ({ application }) => application.provider,
  approver: ({ application }) => approverOf(application),
  answers: (subject, _args, context) => (isPrivy(subject, context) ? subject.application.answers : null),
  materials: (subject, _args, context) => (isPrivy(subject, context) ? subject.application.materials : null),
  findings: (subject, _args, context) => (isPrivy(subject, context) ? subject.application.findings : null),
  decisions: (subject, _args, context) => subject.application.decisions.map((one) => (isPrivy(subject, context) ? one : { ...one, note: null })),
  results: (subject) => subject.application.results.map((result) => ({ result, subject })),
  followUps: (subject, _args, context) => subject.application.followUps.map((one) => (isPrivy(subject, context) ? one : { ...one, text: null })),
};

export const ApplicationItem: ApplicationItemResolvers = {
  title: ({ title }) => title.zh,
  titleEn: ({ title }) => title.en,
};

export const ApplicationFinding: ApplicationFindingResolvers = { wording: ({ wording }) => bilingual(wording.zh, wording.en) };

export const ApplicationCheck: ApplicationCheckResolvers = {
  ready: ({ missing, findings }) => missing.length === 0 && findings.every(({ verdict }) => verdict !== 'NOT_MET'),
  materials: ({ item, held, missing }) => item.materials.map((material) => {
    const isIts = ({ documentType }: { readonly documentType: string }): boolean => documentType === material.documentType;
    return { material, missing: missing.includes(material), held: held.usable.find(isIts) ?? null, lack: held.lacking.find(isIts)?.lack ?? null };
  }),
  remarks: ({ item, community }, _args, { catalogue }) => catalogue.remarks(item.id, community),
  community: async ({ community }, _args, { areas }) => {
    const found = await areas.byCode(community);
    if (!found) throw new Error(`The catalogue of ${community} is asked for, which is not stored.`);
    return found;
  },
};

export const MaterialCheck: MaterialCheckResolvers = {
  document: ({ held }) => held?.document ?? null,
  origin: ({ held }) => held?.origin ?? null,
  consent: ({ held }) => held?.consent ?? null,
  validTo: ({ held }) => held?.validTo ?? null,
};

const field = <Key extends keyof ResultModel['result']>(key: Key) => ({ result }: ResultModel): ResultModel['result'][Key] => result[key];

export const ResultDocument: ResultDocumentResolvers = {
  number: field('number'),
  title: field('title'),
  text: ({ result, subject }, _args, context) => (isPrivy(subject, context) ? result.text : null),
  fields: ({ result, subject }, _args, context) => (isPrivy(subject, context) ? result.fields : []),
  validFrom: field('validFrom'),
  validTo: field('validTo'),
  hash: field('hash'),
  issuedAt: field('issuedAt'),
  issuer: field('issuer'),
  async printed({ result, subject }, _args, context) {
    if (!isPrivy(subject, context)) return null;
    const { unit, area } = result.issuer;
    const named = unit === null ? await context.areas.byCode(area) : await context.units.byCode(unit);
    return printedResult(result, subject, named?.name ?? unit ?? area);
  },
  masked: ({ subject }, _args, context) => !isPrivy(subject, context),
};
