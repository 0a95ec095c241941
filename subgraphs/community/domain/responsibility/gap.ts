import { bilingual, type DomainError } from '../../../shared/domain/result.js';
import { awayOf, type Absence } from './absence.js';
import { termsOf, type Post } from './post.js';
import { instantText, isEmpty, shared, type Span } from './span.js';

/** A time at which both of a post's pair are away. */
export interface Gap extends Span {
  readonly post: Post;
  readonly to: Date;
}

export function gapsOf(post: Post, absences: readonly Absence[]): Gap[] {
  const awayAs = (id: string): Span[] => absences.filter(({ person }) => person === id).map(awayOf).filter((span) => !isEmpty(span));
  return termsOf(post).flatMap((term) => awayAs(term.a.id).flatMap((one) => awayAs(term.b.id).flatMap((other): Gap[] => {
    const both = shared(one, other);
    const gap = both && shared(both, term);
    return gap?.to ? [{ post, from: gap.from, to: gap.to }] : [];
  })));
}

/** The earliest gap as a refusal; null when every post has somebody at every instant. */
export function gapError(posts: readonly Post[], absences: readonly Absence[], field: string): DomainError | null {
  const [gap] = posts.flatMap((post) => gapsOf(post, absences)).toSorted((one, other) => one.from.getTime() - other.from.getTime());
  if (!gap) return null;
  const [from, to] = [instantText(gap.from), instantText(gap.to)];
  return {
    code: 'UNSTAFFED',
    message: bilingual(
      `岗位“${gap.post.name}”自 ${from} 至 ${to} AB 岗均缺勤,请先另行安排。`,
      `The post "${gap.post.name}" would have neither A nor B from ${from} to ${to}, Shanghai time; arrange for one of them first.`,
    ),
    field: ['input', field],
  };
}
