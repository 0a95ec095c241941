// What this level needs from storage.
export type { Areas, Units } from '../../shared/domain/area.js';
