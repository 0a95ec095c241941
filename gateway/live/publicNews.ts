/**
 * By which a subgraph tells that something has changed which is the same for everyone. With `:` and a type, or a root field as
 * `Query.field`, only what shows that has changed.
 */
export const publicTopic = 'public';

const ofType = `${publicTopic}:`;

/** The types of which something has changed that is the same for everyone; null when it may be of any. */
export function publicTypesIn(topics: ReadonlySet<string> | null): readonly string[] | null {
  if (topics === null || topics.has(publicTopic)) return null;
  return [...topics].flatMap((topic) => (topic.startsWith(ofType) ? [topic.slice(ofType.length)] : []));
}
