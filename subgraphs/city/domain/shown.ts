/** Of what the city keeps and shows to everyone: the types that show it, and root fields that show it without one. */
export const shown = {
  calendars: ['WorkCalendar', 'WorkCalendarConnection', 'WorkCalendarEdge', 'CalendarDay'],
  clockPolicies: ['ClockPolicy', 'ClockPolicyConnection', 'ClockPolicyEdge'],
  concernRules: ['ConcernRule', 'ConcernRuleConnection', 'ConcernRuleEdge'],
  scoringSchemes: ['ScoringScheme', 'ScoringSchemeConnection', 'ScoringSchemeEdge'],
  areaStandards: ['AreaStandards', 'AreaStandardsConnection', 'AreaStandardsEdge', 'AreaVerdict', 'GridPlan'],
  workloadSurveys: ['WorkloadSurvey', 'WorkloadSurveyConnection', 'WorkloadSurveyEdge'],
  lists: ['PublishedList', 'PublishedListConnection', 'PublishedListEdge', 'PublishedListDiff'],
  dutyLists: ['DutyList', 'DutyListConnection', 'DutyListEdge', 'DutyListDiff'],
  openness: ['OpennessEntry', 'OpennessConnection', 'OpennessEdge', 'Query.opennessUpdatedAt'],
  serviceItems: ['ServiceItem', 'ServiceItemConnection', 'ServiceItemEdge'],
} as const;
