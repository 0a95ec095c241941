// 区划调整: on one day areas end and others begin in their place. Nothing is renamed and no code changes or is used again,
// so what was counted stays with the old area, and the new one begins at zero.
import { existsOn, governments, type Area, type AreaEnding, type AreaKind } from '../../shared/domain/area.js';
import { levelOfCode } from '../../shared/domain/areaCode.js';
import { addDays, type LocalDate } from '../../shared/domain/calendar.js';
import { bilingual, invalid, ok, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { lengthOf } from '../../shared/domain/text.js';

export interface TreeGrid {
  readonly code: string;
  readonly name: string;
  readonly plannedHouseholds: number;
  readonly isEstimated: boolean;
}

/** An area as the city keeps it, whatever its level; a community's with its grids, which live as long as it does. */
export interface TreeArea extends Area {
  readonly grids: readonly TreeGrid[];
}

export interface NewArea {
  /** Null: the next free one. */
  readonly code: string | null;
  readonly name: string;
  /** Null: that of the first area that ends. */
  readonly kind: AreaKind | null;
  readonly population: number | null;
  readonly households: number | null;
  readonly areaKm2: number | null;
  /** What it takes of those that end: a community grids, a street communities. Null: all, where it is the only one. */
  readonly takes: readonly string[] | null;
}

export interface ReorganisationWish {
  readonly from: readonly string[];
  readonly to: readonly NewArea[];
  /** First day of the new areas. */
  readonly on: LocalDate;
}

export interface EndingArea extends AreaEnding {
  readonly name: string;
}

export interface BeginningArea extends TreeArea {
  /** Codes of the areas in whose place it comes. */
  readonly predecessors: readonly string[];
}

/** Every grid that ends has exactly one that carries it on. */
export interface GridMove {
  readonly from: string;
  readonly to: string;
}

export interface ReorganisationPlan {
  readonly on: LocalDate;
  /** A street before its communities. */
  readonly ends: readonly EndingArea[];
  readonly begins: readonly BeginningArea[];
  readonly grids: readonly GridMove[];
}

const kindsOf = {
  STREET: ['STREET', 'TOWN', 'TOWNSHIP', 'ZONE', 'COMMUNITY_CENTRE'],
  COMMUNITY: ['COMMUNITY', 'VILLAGE', 'ZONE'],
} as const satisfies Partial<Record<string, readonly AreaKind[]>>;
type PlannedLevel = keyof typeof kindsOf;

const isPlannedLevel = (level: string | null): level is PlannedLevel => level !== null && Object.hasOwn(kindsOf, level);

export const maxAreas = 20;
const maxNumber = 999;
const maxGrids = 2_000;
const maxName = 50;
const maxFigure = 100_000_000;
const maxDaysAhead = 730;
/** Named in a refusal at most. */
const maxNamed = 5;

const parentOf = (code: string): string => code.slice(0, -3);
const numbered = (parent: string, number: number): string => `${parent}${String(number).padStart(3, '0')}`;
const numberOf = (code: string): number => Number(code.slice(-3));
const inOrder = (codes: Iterable<string>): string[] => [...codes].toSorted();

const listed = (codes: readonly string[]): string =>
  `${codes.slice(0, maxNamed).join(', ')}${codes.length > maxNamed ? ` … (${codes.length})` : ''}`;

function fromFault(from: readonly string[]): DomainError | null {
  if (from.length < 1 || from.length > maxAreas) {
    return invalid(`须有 1–${maxAreas} 个终止的区划。`, `Give 1–${maxAreas} areas that end.`, 'from');
  }
  const [first = ''] = from;
  if (!isPlannedLevel(levelOfCode(first))) {
    return invalid('只能调整街道或社区,代码为 9 或 12 位。', 'Streets and communities are reorganised, with codes of 9 or 12 digits.', 'from');
  }
  if (from.some((code) => parentOf(code) !== parentOf(first) || levelOfCode(code) !== levelOfCode(first))) {
    return invalid('终止的区划须同级且属同一上级。', 'Areas that end are of one level and one parent.', 'from');
  }
  return new Set(from).size < from.length ? invalid('同一区划只列一次。', 'List an area once.', 'from') : null;
}

const isFigure = (figure: number | null): boolean => figure === null || (figure >= 0 && figure <= maxFigure);

function newAreaFault({ code, name, kind, population, households, areaKm2 }: NewArea, nth: number, parent: string, level: PlannedLevel): DomainError | null {
  if (lengthOf(name) < 1 || lengthOf(name) > maxName) {
    return invalid(`名称须为 1–${maxName} 字。`, `A name has 1–${maxName} characters.`, 'to', nth, 'name');
  }
  const kinds: readonly AreaKind[] = kindsOf[level];
  if (kind !== null && !kinds.includes(kind)) {
    return invalid(`该级区划的类别只能是:${kinds.join('、')}。`, `The kind of an area of this level is one of: ${kinds.join(', ')}.`, 'to', nth, 'kind');
  }
  const outside = Object.entries({ population, households, areaKm2 }).find(([, figure]) => !isFigure(figure));
  if (outside) return invalid(`须为 0–${maxFigure}。`, `From 0 to ${maxFigure}.`, 'to', nth, outside[0]);
  if (code !== null && (parentOf(code) !== parent || levelOfCode(code) !== level || numberOf(code) === 0)) {
    return invalid(`代码须为 ${parent} 加三位序号(001–999)。`, `The code is ${parent} and three digits, 001–999.`, 'to', nth, 'code');
  }
  return null;
}

function wishFault({ from, to, on }: ReorganisationWish, today: LocalDate): DomainError | null {
  const fault = fromFault(from);
  if (fault) return fault;
  if (to.length < 1 || to.length > maxAreas) {
    return invalid(`须有 1–${maxAreas} 个新区划。`, `Give 1–${maxAreas} areas that begin.`, 'to');
  }
  if (on <= today || on > addDays(today, maxDaysAhead)) {
    return invalid(`日期须在明天起 ${maxDaysAhead} 天以内。`, `The day is tomorrow or later, at most ${maxDaysAhead} days ahead.`, 'on');
  }
  const [first = ''] = from;
  const level = levelOfCode(first) as PlannedLevel;
  for (const [i, area] of to.entries()) {
    const found = newAreaFault(area, i, parentOf(first), level);
    if (found) return found;
  }
  return null;
}

function endingFault(code: string, area: TreeArea | undefined, on: LocalDate, today: LocalDate): DomainError | null {
  if (!area) {
    const field = ['input', 'from'];
    return { code: 'NOT_FOUND', message: bilingual(`没有区划 ${code}。`, `There is no area ${code}.`), field };
  }
  const { validFrom, validTo } = area;
  if (validTo !== null) {
    return validTo <= today
      ? invalid(`${code} 已于 ${validTo} 终止。`, `${code} ended on ${validTo}.`, 'from')
      : invalid(`${code} 已在 ${validTo} 的调整之中。`, `${code} is part of a reorganisation on ${validTo} already.`, 'from');
  }
  return validFrom > on ? invalid(`${code} 自 ${validFrom} 起才有。`, `${code} begins on ${validFrom} only.`, 'from') : null;
}

/** What each new area takes, by code; every part is in exactly one list. */
function divide(to: readonly NewArea[], parts: readonly string[]): Result<string[][]> {
  const [only] = to;
  if (to.length === 1 && only && only.takes === null) return ok([inOrder(parts)]);
  const taken = new Set<string>();
  for (const [i, { takes }] of to.entries()) {
    if (takes === null || takes.length === 0) {
      return refuse(invalid('请列出其所接收的网格或社区。', 'List the grids, or communities, that it takes.', 'to', i, 'takes'));
    }
    const stray = takes.find((code) => !parts.includes(code));
    if (stray !== undefined) return refuse(invalid(`${stray} 不在终止的区划之内。`, `${stray} is not part of what ends.`, 'to', i, 'takes'));
    const twice = takes.find((code, nth) => taken.has(code) || takes.indexOf(code) !== nth);
    if (twice !== undefined) return refuse(invalid(`${twice} 已有去处。`, `${twice} has its place already.`, 'to', i, 'takes'));
    takes.forEach((code) => taken.add(code));
  }
  const left = parts.filter((code) => !taken.has(code));
  return left.length > 0
    ? refuse(invalid(`尚无去处:${listed(left)}。`, `Without a place: ${listed(left)}.`, 'to'))
    : ok(to.map(({ takes }) => inOrder(takes ?? [])));
}

function nameFault({ from, to, on }: ReorganisationWish, siblings: readonly TreeArea[]): DomainError | null {
  const stay = siblings.filter(({ code, validTo }) => !from.includes(code) && (validTo === null || validTo > on));
  const names = new Set(stay.map(({ name }) => name));
  for (const [i, { name }] of to.entries()) {
    if (names.has(name.trim())) {
      return invalid(`上级区划内已有“${name.trim()}”。`, `There is a "${name.trim()}" in the same parent.`, 'to', i, 'name');
    }
    names.add(name.trim());
  }
  return null;
}

/** The lowest number above all that were ever used, or else the lowest that is free; null when none is. */
function nextNumber(used: ReadonlySet<number>): number | null {
  const next = Math.max(0, ...used) + 1;
  if (next <= maxNumber) return next;
  return Array.from({ length: maxNumber }, (_, i) => i + 1).find((number) => !used.has(number)) ?? null;
}

function codesFor(to: readonly NewArea[], parent: string, siblings: readonly TreeArea[]): Result<string[]> {
  const used = new Set(siblings.map(({ code }) => numberOf(code)));
  const codes: string[] = [];
  for (const [i, { code }] of to.entries()) {
    if (code === null) continue;
    if (used.has(numberOf(code))) return refuse(invalid(`代码 ${code} 已用过。`, `Code ${code} has been used.`, 'to', i, 'code'));
    used.add(numberOf(code));
  }
  for (const [i, { code }] of to.entries()) {
    const number = code === null ? nextNumber(used) : numberOf(code);
    if (number === null) return refuse(invalid(`${parent} 之下没有空余的代码。`, `No code is free in ${parent}.`, 'to', i, 'code'));
    used.add(number);
    codes.push(numbered(parent, number));
  }
  return ok(codes);
}

const sumOf = (figures: readonly (number | null)[]): number | null =>
  figures.reduce<number | null>((sum, figure) => (sum === null || figure === null ? null : sum + figure), 0);

/** Where the wish says nothing, what the areas that end say, if one area comes in their place; else what whole grids add up to. */
function figuresOf(wish: NewArea, ended: readonly TreeArea[], isOnly: boolean, grids: readonly TreeGrid[]) {
  const whole = (figure: 'population' | 'households' | 'areaKm2'): number | null =>
    (isOnly ? sumOf(ended.map((area) => area[figure])) : null);
  const counted = grids.length > 0 && grids.every(({ isEstimated }) => !isEstimated) ? sumOf(grids.map((grid) => grid.plannedHouseholds)) : null;
  return {
    population: wish.population ?? whole('population'),
    households: wish.households ?? whole('households') ?? counted,
    areaKm2: wish.areaKm2 ?? whole('areaKm2'),
  };
}

interface Founded {
  readonly area: BeginningArea;
  readonly grids: readonly GridMove[];
}

const isNumberedName = (name: string): boolean => /^第\d+网格$/.test(name);

/** A community with the grids that it takes, numbered anew in the order of their old codes. */
function found(area: Omit<BeginningArea, 'grids'>, taken: readonly TreeGrid[]): Founded {
  const moves = taken.map((grid, i) => ({ from: grid.code, to: numbered(area.code, i + 1) }));
  const grids = taken.map((grid, i) => ({
    ...grid, code: numbered(area.code, i + 1), name: isNumberedName(grid.name) ? `第${i + 1}网格` : grid.name,
  }));
  return { area: { ...area, grids }, grids: moves };
}

function newArea(
  { on, from, to }: ReorganisationWish, nth: number, code: string, ended: readonly TreeArea[], predecessors: readonly string[], grids: readonly TreeGrid[],
): Omit<BeginningArea, 'grids'> {
  const wish = to[nth] as NewArea;
  const figures = figuresOf(wish, ended, to.length === 1, grids);
  const kind = wish.kind ?? ended.find((area) => area.code === from[0])?.kind ?? 'ZONE';
  const isKnown = Object.values(figures).some((figure) => figure !== null);
  return {
    ...figures, code, kind, predecessors, parent: parentOf(code), name: wish.name.trim(), isGovernment: governments.has(kind),
    validFrom: on, validTo: null, figuresSource: isKnown ? `区划调整(${on})` : null,
  };
}

/** Codes in the new street: a community keeps its last three digits where they are free. */
function communityCodes(street: string, communities: readonly string[]): Map<string, string> {
  const used = new Set<number>();
  const codes = new Map<string, string>();
  for (const isKeeping of [true, false]) {
    for (const code of communities) {
      const number = isKeeping ? numberOf(code) : nextNumber(used) ?? 0;
      if (codes.has(code) || used.has(number)) continue;
      used.add(number);
      codes.set(code, numbered(street, number));
    }
  }
  return codes;
}

const toEnd = ({ code, name }: TreeArea, begins: readonly BeginningArea[]): EndingArea =>
  ({ code, name, successors: begins.filter(({ predecessors }) => predecessors.includes(code)).map((area) => area.code) });

function assemble(on: LocalDate, ended: readonly TreeArea[], founded: readonly (Founded | BeginningArea)[]): ReorganisationPlan {
  const begins = founded.map((one) => ('area' in one ? one.area : one));
  return { on, begins, ends: ended.map((area) => toEnd(area, begins)), grids: founded.flatMap((one) => ('area' in one ? one.grids : [])) };
}

function planCommunities(wish: ReorganisationWish, ended: readonly TreeArea[], codes: readonly string[], shares: readonly string[][]): ReorganisationPlan {
  const grids = new Map(ended.flatMap((area) => area.grids).map((grid) => [grid.code, grid]));
  return assemble(wish.on, ended, codes.map((code, i) => {
    const share = shares[i] ?? [];
    const taken = share.flatMap((one) => grids.get(one) ?? []);
    const predecessors = [...new Set(share.map(parentOf))];
    return found(newArea(wish, i, code, ended, predecessors, taken), taken);
  }));
}

function planStreets(
  wish: ReorganisationWish, ended: readonly TreeArea[], communities: readonly TreeArea[], codes: readonly string[], shares: readonly string[][],
): ReorganisationPlan {
  const known = new Map(communities.map((area) => [area.code, area]));
  const founded = codes.flatMap((code, i): (Founded | BeginningArea)[] => {
    const share = shares[i] ?? [];
    const taken = share.flatMap((one) => known.get(one) ?? []);
    const predecessors = [...new Set(share.map(parentOf))];
    const newCodes = communityCodes(code, share);
    return [
      { ...newArea(wish, i, code, ended, predecessors, taken.flatMap(({ grids }) => grids)), grids: [] },
      ...taken.map(({ grids, successors: _gone, ...area }) =>
        found({ ...area, code: newCodes.get(area.code) ?? '', parent: code, predecessors: [area.code], validFrom: wish.on, validTo: null }, grids)),
    ];
  });
  return assemble(wish.on, [...ended, ...communities], founded);
}

/** `areas` are all within the parent, those ended or yet to begin too. */
export function planReorganisation(wish: ReorganisationWish, areas: readonly TreeArea[], today: LocalDate): Result<ReorganisationPlan> {
  const { from, to, on } = wish;
  const fault = wishFault(wish, today);
  if (fault) return refuse(fault);
  const parent = parentOf(from[0] ?? '');
  const siblings = areas.filter((area) => area.parent === parent);
  const ended: TreeArea[] = [];
  for (const code of from) {
    const area = siblings.find((one) => one.code === code);
    const unfit = endingFault(code, area, on, today);
    if (unfit) return refuse(unfit);
    if (area) ended.push(area);
  }
  const below = areas.filter((area) => area.parent !== null && from.includes(area.parent));
  const later = below.find(({ validFrom, validTo }) => validFrom > on || (validTo !== null && validTo > on));
  if (later) {
    return refuse(invalid(
      `${later.code} 在该日之后另有调整。`, `${later.code} is part of a reorganisation after that day.`, 'on',
    ));
  }
  const communities = below.filter((area) => existsOn(area, on));
  const isStreets = levelOfCode(parent) === 'DISTRICT';
  const grids = (isStreets ? communities : ended).flatMap((area) => area.grids);
  if (grids.length > maxGrids) {
    return refuse(invalid(`一次至多涉及 ${maxGrids} 个网格。`, `At most ${maxGrids} grids at a time.`, 'from'));
  }
  const shares = divide(to, (isStreets ? communities : grids).map(({ code }) => code));
  if (!shares.ok) return shares;
  const crowded = shares.value.findIndex((share) => share.length > maxNumber);
  if (crowded >= 0) {
    return refuse(invalid(`一个区划至多有 ${maxNumber} 个下级。`, `An area has at most ${maxNumber} parts.`, 'to', crowded, 'takes'));
  }
  const nameError = nameFault(wish, siblings);
  if (nameError) return refuse(nameError);
  const codes = codesFor(to, parent, siblings);
  if (!codes.ok) return codes;
  return ok(isStreets
    ? planStreets(wish, ended, communities, codes.value, shares.value)
    : planCommunities(wish, ended, codes.value, shares.value));
}

/** Why a decided plan cannot be taken back any more; null when it can. `areas` are all within the parent. */
export function undoFault({ ends, begins, on }: ReorganisationPlan, areas: readonly TreeArea[]): DomainError | null {
  const begun = new Set(begins.map(({ code }) => code));
  const ended = new Set(ends.map(({ code }) => code));
  const touched = areas.find(({ code, validTo, parent }) =>
    (begun.has(code) && validTo !== null) || (parent !== null && begun.has(parent) && !begun.has(code)));
  if (touched) {
    return invalid(
      `${touched.code} 已在另一调整之中,请先取消那一项。`, `${touched.code} is part of another reorganisation; cancel that one first.`, 'reorganisationId',
    );
  }
  const restored = areas.filter(({ code }) => ended.has(code));
  const namesake = areas.find(({ code, name, parent, validTo }) =>
    !begun.has(code) && !ended.has(code) && (validTo === null || validTo > on)
    && restored.some((area) => area.name === name && area.parent === parent));
  return namesake
    ? invalid(`“${namesake.name}”已由 ${namesake.code} 使用。`, `"${namesake.name}" is the name of ${namesake.code} now.`, 'reorganisationId')
    : null;
}

/** The parent of the areas that the plan is about. */
export const parentOfPlan = ({ ends: [first] }: Pick<ReorganisationPlan, 'ends'>): string => parentOf(first?.code ?? '');
