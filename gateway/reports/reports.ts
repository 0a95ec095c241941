import { funnel } from './funnel.js';
import { heat } from './heat.js';
import type { ReportName } from './model.js';
import type { ReportKind } from './picture.js';
import { ranking } from './ranking.js';
import { treemap } from './treemap.js';
import { trend } from './trend.js';

export const reports: Readonly<Record<ReportName, ReportKind>> = { funnel, trend, ranking, treemap, heat };
