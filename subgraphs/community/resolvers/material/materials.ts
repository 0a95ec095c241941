import { localDate } from '../../../shared/domain/calendar.js';
import { pageRequest, toConnection } from '../../../shared/graphql/connection.js';
import { badInput, forbidden } from '../../../shared/graphql/errors.js';
import { mutate } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import type { Actor } from '../../../shared/domain/actor.js';
import type {
  CaseMaterialResolvers, CaseResolvers, ConsentPayloadResolvers, ConsentResolvers, MaterialPayloadResolvers, MaterialReadResolvers, MaterialResolvers,
  MaterialTypeResolvers, MaterialUploadPayloadResolvers, MaterialUploadResolvers, MutationResolvers, QueryResolvers,
} from '../../__generated__/resolvers.js';
import type { CommunityContext } from '../../context.js';
import { isInForce } from '../../domain/material/consent.js';
import { isValidOn, mustHaveVault } from '../../domain/material/material.js';
import { visibleCase } from '../../usecases/actOnCase.js';
import { giveConsent, ownConsent, withdrawConsent } from '../../usecases/material/consents.js';
import { attachMaterials, materialsOf, removeMaterial, usableFor, visibleMaterial } from '../../usecases/material/materials.js';
import { cancelUpload, ownUpload, startUpload } from '../../usecases/material/uploads.js';

const maxTypes = 30;

/** Whose vault it is; others have none. */
function owner(context: CommunityContext): Actor {
  const actor = requireActor(context);
  if (mustHaveVault(actor)) throw forbidden('资料由居民本人登录后保存与授权。', 'Residents keep their own documents, and give consent, once they have signed in.');
  return actor;
}

export const materialQueries: Pick<
  QueryResolvers, 'materialTypes' | 'myMaterials' | 'material' | 'materialUpload' | 'usableMaterials' | 'myConsents'
> = {
  materialTypes: (_parent, _args, { materialTypes }) => materialTypes,
  async myMaterials(_parent, args, context) {
    const { id: person } = owner(context);
    const { materials } = context;
    const page = await materials.list(person, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ givenAt, id }) => [givenAt.getTime(), id], () => materials.count(person));
  },
  material: (_parent, { id }, context) => visibleMaterial(context, id, requireActor(context)),
  materialUpload: (_parent, { id }, context) => ownUpload(context.materials, id, requireActor(context)),
  usableMaterials(_parent, { item, documentTypes }, context) {
    const actor = owner(context);
    const isSound = documentTypes.length >= 1 && documentTypes.length <= maxTypes && documentTypes.every(context.isMaterialType);
    if (!isSound) throw badInput(`documentTypes 为 1–${maxTypes} 个资料类型代码,见 materialTypes。`, `documentTypes has 1–${maxTypes} codes of types; see materialTypes.`);
    return usableFor(context, actor.id, documentTypes, item, actor);
  },
  async myConsents(_parent, args, context) {
    const { id: person } = owner(context);
    const { materials } = context;
    const page = await materials.listConsents(person, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ givenAt, id }) => [givenAt.getTime(), id], () => materials.countConsents(person));
  },
};

export const materialMutations: Pick<
  MutationResolvers, 'materialStart' | 'materialCancel' | 'materialRemove' | 'materialAttach' | 'consentGive' | 'consentWithdraw'
> = {
  materialStart: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => startUpload(
        context,
        {
          documentType: input.documentType, name: input.name, format: input.format, size: input.size, sha256: input.sha256,
          givenFor: input.givenFor ?? null, validUntil: input.validUntil ?? null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => ownUpload(context.materials, id, actor),
    }),
  materialCancel: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => cancelUpload(context, input, actor, receipt),
      current: (actor, id) => ownUpload(context.materials, id, actor),
      subject: input.uploadId,
    }),
  materialRemove: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => removeMaterial(context, input, actor, receipt),
      current: (actor, id) => visibleMaterial(context, id, actor),
      subject: input.materialId,
    }),
  materialAttach: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => attachMaterials(context, input, actor, receipt),
      current: (actor, id) => visibleCase(context.cases, id, actor),
    }),
  consentGive: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => giveConsent(
        context, { documentTypes: input.documentTypes ?? null, items: input.items ?? null, validUntil: input.validUntil ?? null }, actor, receipt,
      ),
      current: (actor, id) => ownConsent(context.materials, id, actor),
    }),
  consentWithdraw: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => withdrawConsent(context, input, actor, receipt),
      current: (actor, id) => ownConsent(context.materials, id, actor),
      subject: input.consentId,
    }),
};

export const MaterialType: MaterialTypeResolvers = { name: ({ name }) => name.zh, nameEn: ({ name }) => name.en };

export const Material: MaterialResolvers = {
  givenFor: ({ givenFor }, _args, { cases, actor }) => (givenFor === null || !actor ? null : visibleCase(cases, givenFor, actor)),
  isValid: (material, _args, { now }) => isValidOn(material, localDate(now())),
  async reads({ id, person }, args, { materials, actor }) {
    if (actor?.id !== person) return null;
    const page = await materials.reads(id, pageRequest(args, ['instant', 'text']));
    return toConnection(page, (read) => [read.readAt.getTime(), read.id], () => materials.countReads(id));
  },
};

export const MaterialRead: MaterialReadResolvers = {
  case: ({ caseId }, _args, { cases, actor }) => (caseId === null || !actor ? null : visibleCase(cases, caseId, actor)),
  role: ({ by }) => by.role,
  area: ({ by }) => by.area,
  unit: ({ by }) => by.unit,
};

export const MaterialUpload: MaterialUploadResolvers = {
  material: ({ id, state }, _args, { materials }) => (state === 'FINISHED' ? materials.byId(id) : null),
};

export const CaseMaterial: CaseMaterialResolvers = {
  basis: ({ attachment }) => attachment.basis,
  attachedAt: ({ attachment }) => attachment.attachedAt,
};

export const Consent: ConsentResolvers = { isInForce: (consent, _args, { now }) => isInForce(consent, now()) };

export const MaterialUploadPayload: MaterialUploadPayloadResolvers = { upload: ({ entity }) => entity };
export const MaterialPayload: MaterialPayloadResolvers = { material: ({ entity }) => entity };
export const ConsentPayload: ConsentPayloadResolvers = { consent: ({ entity }) => entity };

export const materialsOfCase: Pick<CaseResolvers, 'materials'> = {
  materials: (subject, _args, context) => materialsOf(context, subject, requireActor(context)),
};
