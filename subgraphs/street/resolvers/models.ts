// What resolvers hold for the schema's types.
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { ArrivalSubject, Whistle } from '../domain/whistle.js';

export type WhistleModel = Whistle;
export type ArrivalModel = ArrivalSubject;
export type WhistleAnswer = Answer<Whistle>;
export type WhistlePage = Connection<Whistle>;
