import { checkNote } from '../../../shared/domain/handover.js';
import { bilingual, type DomainError } from '../../../shared/domain/result.js';

export interface EvidenceLink {
  readonly url: string;
  /** Of what the link leads to, so that it can be told whether it is still the same; null when not given. */
  readonly sha256: string | null;
}

export interface Evidence {
  readonly text: string;
  readonly links: readonly EvidenceLink[];
}

const maxLinks = 10;
const maxUrl = 500;

function isWebAddress(text: string): boolean {
  if (text.length > maxUrl || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

export function checkEvidence({ text, links }: Evidence): DomainError | null {
  const error = checkNote(text, true, 'evidence');
  if (error) return error;
  const isSound = links.length <= maxLinks && links.every(({ url, sha256 }) => isWebAddress(url) && (sha256 === null || /^[0-9a-f]{64}$/.test(sha256)));
  return isSound ? null : {
    code: 'INVALID_INPUT', field: ['input', 'evidence', 'links'], message: bilingual(
      `至多 ${maxLinks} 个链接,须为 http(s) 网址,至多 ${maxUrl} 字;SHA-256 为 64 位小写十六进制。`,
      `At most ${maxLinks} links, each an http(s) address of at most ${maxUrl} characters; a SHA-256 has 64 small hexadecimal digits.`,
    ),
  };
}

export const keptEvidence = ({ text, links }: Evidence): Evidence => ({ text: text.trim(), links });
