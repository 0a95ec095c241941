// The content of documents, in and out: too large for GraphQL.
import { bilingual, type UserErrorCode } from '../../shared/domain/result.js';
import type { OwnAnswer, OwnRoute } from '../../shared/http/ownRoutes.js';
import { contentTypes, maxBytes } from '../domain/material/upload.js';
import type { Material } from '../domain/material/material.js';
import { openMaterial, type OpenDeps } from '../usecases/material/materials.js';
import { progressOf, receive, type ReceiveDeps, type Reception, type Refused } from '../usecases/material/uploads.js';

type RouteDeps = ReceiveDeps & OpenDeps;

/** Status and words of what is refused; the gateway passes both on. */
const refusals: Readonly<Record<Refused | 'BAD_OFFSET', readonly [status: number, zh: string, en: string]>> = {
  NOT_FOUND: [404, '没有此次上传,或不是您的。', 'There is no such upload, or it is not yours.'],
  UPLOAD_OVER: [409, '此次上传已取消或逾期,请重新开始。', 'This upload was given up or has expired; begin a new one.'],
  BAD_OFFSET: [400, 'upload-offset 须为非负整数,缺省 0。', 'upload-offset must be a whole number from 0, which it is by default.'],
  OFFSET_DIFFERS: [409, '已收到的字节数与 upload-offset 不同;请从应答头 upload-offset 处续传。', 'Another number of bytes is there; go on at the upload-offset of this answer.'],
  PAYLOAD_TOO_LARGE: [413, '超过所报的大小;请按所报的字节数发送。', 'There is more than was announced; send as many bytes as you said.'],
  HASH_DIFFERS: [422, '内容的 SHA-256 与所报不符,没有保存;请重新开始上传。', 'The SHA-256 of what came is not the one announced, and nothing was kept; begin a new upload.'],
  FORMAT_DIFFERS: [422, '内容不是所报的 PDF、JPEG 或 PNG,没有保存。', 'This is not the PDF, JPEG or PNG announced, and nothing was kept.'],
  INFECTED: [422, '文件染有病毒,没有保存。', 'The file is infected and was not kept.'],
  SCAN_UNAVAILABLE: [503, '暂时无法扫描病毒;内容已收到,请稍后以 upload-offset 等于总字节数、空内容再次 PUT。', 'It cannot be scanned right now. All bytes are here: PUT nothing, with upload-offset at the end, in a while.'],
};

function refusal(why: keyof typeof refusals, headers: Readonly<Record<string, string>> = {}, cause?: unknown): OwnAnswer {
  const [status, zh, en] = refusals[why];
  return { status, headers, body: { json: { code: why === 'BAD_OFFSET' ? 'BAD_REQUEST' : why, message: bilingual(zh, en) } }, note: { errorCodes: [why] }, ...(cause !== undefined && { cause }) };
}

function answerTo(reception: Reception): OwnAnswer {
  if (reception.is === 'REFUSED') {
    const { why, received, cause } = reception;
    return refusal(why, received === null ? {} : { 'upload-offset': String(received) }, cause);
  }
  const { is, upload: { id, size, state }, received } = reception;
  return {
    status: is === 'KEPT' ? 201 : 202,
    headers: { 'upload-offset': String(received), 'upload-length': String(size) },
    body: { json: { id, state, received, size } },
    note: { received },
  };
}

const statuses: Partial<Readonly<Record<UserErrorCode, number>>> = { NOT_FOUND: 404, INVALID_INPUT: 400 };

/** RFC 6266: the name for those who read UTF-8, a plain one for the others. */
const disposition = ({ id, name, format }: Material): string =>
  `attachment; filename="${id}.${format.toLowerCase()}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** `deps` anew for each request, since what it loads is the request's. */
export const materialRoutes = (deps: () => RouteDeps): readonly OwnRoute[] => [
  {
    methods: ['GET', 'HEAD'],
    url: '/materials/uploads/:id',
    async answer({ actor, params }) {
      const answer = answerTo(await progressOf(deps(), params['id'] ?? '', actor));
      return answer.status === 201 ? { ...answer, status: 200 } : answer;
    },
  },
  {
    methods: ['PUT'],
    url: '/materials/uploads/:id',
    async answer({ actor, params, header, body }) {
      const offset = header('upload-offset') ?? '0';
      if (!/^\d{1,10}$/.test(offset)) return refusal('BAD_OFFSET');
      if (Number(header('content-length') ?? 0) > maxBytes) return refusal('PAYLOAD_TOO_LARGE');
      return answerTo(await receive(deps(), { uploadId: params['id'] ?? '', offset: Number(offset), bytes: body }, actor));
    },
  },
  {
    methods: ['GET'],
    url: '/materials/:id',
    async answer({ actor, params, query }) {
      const opened = await openMaterial(deps(), { materialId: params['id'] ?? '', caseId: textOf(query['case']), reason: textOf(query['reason']) }, actor);
      if (!opened.ok) {
        const { code, message } = opened.error;
        return { status: statuses[code] ?? 409, body: { json: { code, message } }, note: { errorCodes: [code] } };
      }
      const { material, bytes } = opened.value;
      return {
        status: 200,
        headers: { 'content-type': contentTypes[material.format], 'content-length': String(material.size), 'content-disposition': disposition(material) },
        body: { bytes },
        note: { bytes: material.size },
      };
    },
  },
];
