/** What changes are told by: never more than a code or an id, since whoever watches it may not see what it is about. */
export const caseTopic = (caseId: string): string => `case:${caseId}`;
export const toDoTopic = (key: string): string => `toDo:${key}`;
/** Something that is the same for everyone; gateways know it by this word. Whatever they have of it they read anew. */
export const publicTopic = 'public';
/**
 * Only what these types show, or, as `Query.field`, root fields: name all that may, since gateways read nothing else anew. A type
 * that is reached by way of a named one alone need not be.
 */
export const publicTopics = (types: readonly string[]): string[] => types.map((type) => `${publicTopic}:${type}`);
export const countsTopic = (area: string): string => `counts:${area}`;
