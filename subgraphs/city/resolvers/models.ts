// What resolvers hold for the schema's types.
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { PublishedCalendar, PublishedPolicy } from '../domain/publication.js';

export type CalendarModel = PublishedCalendar;
export type CalendarPage = Connection<PublishedCalendar>;
export type CalendarAnswer = Answer<PublishedCalendar>;
export type PolicyModel = PublishedPolicy;
export type PolicyPage = Connection<PublishedPolicy>;
export type PolicyAnswer = Answer<PublishedPolicy>;
export type PolicyRowModel = PublishedPolicy['content'][number];
