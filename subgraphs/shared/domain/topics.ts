/** What changes are told by: never more than a code or an id, since whoever watches it may not see what it is about. */
export const caseTopic = (caseId: string): string => `case:${caseId}`;
export const toDoTopic = (key: string): string => `toDo:${key}`;
/** Something that is the same for everyone; gateways know it by this word. */
export const publicTopic = 'public';
export const countsTopic = (area: string): string => `counts:${area}`;
