import { readFileSync } from 'node:fs';
import type { Standards } from '../domain/standard.js';
import type { Survey } from '../domain/workload.js';

const file = new URL('../../../data/hefei-2014.json', import.meta.url);

type Range = readonly [min: number, max: number];

/** The part of the file that is read here; data/README.md tells of the rest. */
interface SurveyFile {
  readonly source: string;
  readonly districts: readonly {
    readonly code: string;
    readonly registeredPopulation: number;
    readonly residentPopulation: number;
    readonly streets: number;
    readonly communities: number;
    readonly streetStaff: number;
    readonly communityStaff: number;
    readonly windowTransactionsPerDay: { readonly street: number; readonly community: number };
    readonly communityResidents: { readonly belowStandard: number };
    readonly communitiesByGridSize: { readonly below750: number };
  }[];
  readonly standards: {
    readonly grid: { readonly households: Range; readonly residents: Range };
    readonly community: { readonly households: number; readonly residents: number };
    readonly street: {
      readonly 'hefei-2016': { readonly residents: Range };
      readonly 'rong-liu-2019': { readonly residents: Range; readonly cityThreshold: number; readonly unitsPerGovernment: Range };
    };
  };
}

/** The standards and the survey that the platform ships, in force until the city publishes its own. */
export function readSurvey(): { readonly standards: Standards; readonly survey: Survey } {
  const { source, districts, standards: { grid, community, street } } = JSON.parse(readFileSync(file, 'utf8')) as SurveyFile;
  const range = ([min, max]: Range) => ({ min, max });
  const hefei = street['hefei-2016'];
  const paper = street['rong-liu-2019'];
  return {
    standards: [
      {
        name: 'hefei-2016',
        source: { zh: '合肥市政府政策研究室调研报告', en: "report of the city's policy research office" },
        rules: [
          { subject: 'GRID', measure: 'HOUSEHOLDS', ...range(grid.households) },
          { subject: 'GRID', measure: 'RESIDENTS', ...range(grid.residents) },
          { subject: 'COMMUNITY', measure: 'HOUSEHOLDS', min: community.households, max: null },
          { subject: 'COMMUNITY', measure: 'RESIDENTS', min: community.residents, max: null },
          { subject: 'STREET', measure: 'RESIDENTS', ...range(hefei.residents) },
        ],
      },
      {
        name: 'rong-liu-2019',
        source: { zh: '街道体制改革论文:不足 200 万人的城市不设街道一级', en: 'paper on the reform of streets: no street level in a city below 2 million' },
        rules: [
          { subject: 'CITY', measure: 'RESIDENTS', min: paper.cityThreshold, max: null },
          { subject: 'DISTRICT', measure: 'PARTS', ...range(paper.unitsPerGovernment) },
          { subject: 'STREET', measure: 'RESIDENTS', ...range(paper.residents) },
        ],
      },
    ],
    survey: {
      year: 2014,
      source,
      districts: districts.map(({ windowTransactionsPerDay, communityResidents, communitiesByGridSize, ...figures }) => ({
        code: figures.code,
        registeredPopulation: figures.registeredPopulation,
        residentPopulation: figures.residentPopulation,
        streets: figures.streets,
        communities: figures.communities,
        streetStaff: figures.streetStaff,
        communityStaff: figures.communityStaff,
        streetTransactionsPerDay: windowTransactionsPerDay.street,
        communityTransactionsPerDay: windowTransactionsPerDay.community,
        communitiesBelowStandard: communityResidents.belowStandard,
        communitiesWithSmallGrids: communitiesByGridSize.below750,
      })),
    },
  };
}
